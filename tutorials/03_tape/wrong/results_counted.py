# hole: printed
# says: the id of the result is r.out; the number of the line in the list is something else
def printed(tape):
    lines = []
    for n, r in enumerate(tape.records):
        lines.append(f"%{n} = {r.op}({', '.join(f'%{i}' for i in r.inputs)})")
    return "\n".join(lines)
