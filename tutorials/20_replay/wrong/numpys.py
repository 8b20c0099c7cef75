# hole: instructions
# says: the functions are NumPy's: take them from xp, by writing(xp, …)
def instructions(tape, xp=np):
    return [Instruction(writing(np, r.op), r.inputs, r.out, r.params) for r in tape.records]
