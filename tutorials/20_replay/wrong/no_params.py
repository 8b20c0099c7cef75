# hole: instructions
# says: the params belong to the instruction: without them a sum along an axis is a sum over all
def instructions(tape, xp=np):
    return [Instruction(writing(xp, r.op), r.inputs, r.out, {}) for r in tape.records]
