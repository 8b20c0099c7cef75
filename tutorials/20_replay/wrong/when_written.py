# hole: last_uses
# says: that is the instruction that writes an id: asked is the last one that reads it
def last_uses(program):
    return {instruction.out: number for number, instruction in enumerate(program)}
