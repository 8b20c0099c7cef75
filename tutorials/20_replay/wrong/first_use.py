# hole: last_uses
# says: that is the first instruction that reads it: a later one overwrites it here
def last_uses(program):
    found = {}
    for number, instruction in enumerate(program):
        for i in instruction.inputs:
            found.setdefault(i, number)
    return found
