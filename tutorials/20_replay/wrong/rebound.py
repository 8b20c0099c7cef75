# hole: replay
# says: the result was put into the dict as a new array: it belongs into the array that is there, by out=
def replay(program, memory, inputs):
    for i, value in inputs.items():
        if memory[i].shape != value.shape:
            raise ValueError(f"%{i}: {value.shape}")
        memory[i][...] = value
    for function, ids, out, params in program:
        fresh = np.empty_like(memory[out])
        function(*[memory[i] for i in ids], out=fresh, **params)
        memory[out] = fresh
