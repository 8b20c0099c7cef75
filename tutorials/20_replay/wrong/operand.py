# hole: buffers
# says: the result got the array of an operand, which its own instruction still reads
def buffers(program, values, keep, xp=np):
    ends = last_uses(program)
    results = {instruction.out for instruction in program}
    memory = {i: xp.array(values[i]) for i in values.keys() - results}
    free = {values[i].shape: [] for i in results}
    for number, (_, inputs, out, _) in enumerate(program):
        for i in {i for i in inputs if ends[i] == number} & results - set(keep):
            free[values[i].shape].append(memory[i])
        shape = values[out].shape
        memory[out] = free[shape].pop() if free[shape] else xp.empty(shape)
    return memory
