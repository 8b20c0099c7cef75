# hole: instructions
# says: out and inputs changed places: an instruction has the function, what it reads, what it writes, the params
def instructions(tape, xp=np):
    return [Instruction(writing(xp, r.op), r.out, r.inputs, r.params) for r in tape.records]
