# hole: printed
# says: each id has a % before it, that of an input too: a tuple of Python's is printed without
def printed(tape):
    return "\n".join(f"%{r.out} = {r.op}{r.inputs}" for r in tape.records)
