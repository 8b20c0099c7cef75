# hole: instructions
# says: `transpose` and `reshape` know no `out=`: the given function `writing` makes one that does
def instructions(tape, xp=np):
    return [Instruction(getattr(xp, r.op), r.inputs, r.out, r.params) for r in tape.records]
