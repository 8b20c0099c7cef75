# hole: buffers
# says: the memory has the tape's own arrays: a run with new inputs would write into your parameters
def buffers(program, values, keep, xp=np):
    ends = last_uses(program)
    results = {instruction.out for instruction in program}
    memory = {i: xp.asarray(values[i]) for i in values.keys() - results}
    free = {values[i].shape: [] for i in results}
    for number, (_, inputs, out, _) in enumerate(program):
        shape = values[out].shape
        memory[out] = free[shape].pop() if free[shape] else xp.empty(shape)
        for i in {i for i in (*inputs, out) if ends.get(i, number) == number} & results - set(keep):
            free[values[i].shape].append(memory[i])
    return memory
