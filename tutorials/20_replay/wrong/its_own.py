# hole: last_uses
# says: writing was counted as reading: a result that nothing reads is not in it
def last_uses(program):
    return {i: number for number, each in enumerate(program) for i in (*each.inputs, each.out)}
