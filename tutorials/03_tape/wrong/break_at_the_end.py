# hole: printed
# says: there is a line break between two lines, and none after the last one
def printed(tape):
    text = ""
    for r in tape.records:
        text += f"%{r.out} = {r.op}({', '.join(f'%{i}' for i in r.inputs)})\n"
    return text
