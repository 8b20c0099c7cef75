# hole: instructions
# says: the program reads the tape's list while it runs: what is taken off the tape is missing in it
def instructions(tape, xp=np):
    class Program:
        def __len__(self):
            return len(tape.records)

        def __iter__(self):
            return (Instruction(writing(xp, r.op), r.inputs, r.out, r.params) for r in tape.records)

    return Program()
