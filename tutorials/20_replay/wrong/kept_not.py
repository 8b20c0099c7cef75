# hole: buffers
# says: what is kept was given away after its last use: it is needed to the end of the run
def buffers(program, values, keep, xp=np):
    ends = last_uses(program)
    results = {instruction.out for instruction in program}
    memory = {i: xp.array(values[i]) for i in values.keys() - results}
    free = {values[i].shape: [] for i in results}
    for number, (_, inputs, out, _) in enumerate(program):
        shape = values[out].shape
        memory[out] = free[shape].pop() if free[shape] else xp.empty(shape)
        for i in {i for i in (*inputs, out) if ends.get(i, number) == number} & results:
            free[values[i].shape].append(memory[i])
    return memory
