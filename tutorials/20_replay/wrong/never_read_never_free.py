# hole: buffers
# says: a result that no instruction reads is needed at its own instruction only: its array is free after that
def buffers(program, values, keep, xp=np):
    results, last, free = {each.out for each in program}, last_uses(program), []
    memory = {i: xp.array(value) for i, value in values.items() if i not in results}
    for n, each in enumerate(program):
        shape = np.shape(values[each.out])
        spare = [k for k, array in enumerate(free) if array.shape == shape]
        memory[each.out] = free.pop(spare[0]) if spare else xp.empty(shape)
        free += [memory[i] for i in set(each.inputs) if i in results and i not in keep and last[i] == n]
    return memory
