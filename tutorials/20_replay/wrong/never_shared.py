# hole: buffers
# says: each result has an array of its own: one that is not needed any more can be used again
def buffers(program, values, keep, xp=np):
    results = {instruction.out for instruction in program}
    return {i: xp.empty(value.shape) if i in results else xp.array(value) for i, value in values.items()}
