# hole: printed
# says: that is Python's text of a tuple, with its quotes: join the operands with ", " yourself
def printed(tape):
    return "\n".join(f"%{r.out} = {r.op}{tuple(f'%{i}' for i in r.inputs)}" for r in tape.records)
