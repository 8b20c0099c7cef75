# hole: last_uses
# says: that is the id that the last reader writes: asked is its number in the program, from 0
def last_uses(program):
    return {i: instruction.out for instruction in program for i in instruction.inputs}
