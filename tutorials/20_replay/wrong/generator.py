# hole: instructions
# says: round brackets make a generator, which reads the tape later, and once only: make the whole list now
def instructions(tape, xp=np):
    return (Instruction(writing(xp, r.op), r.inputs, r.out, r.params) for r in tape.records)
