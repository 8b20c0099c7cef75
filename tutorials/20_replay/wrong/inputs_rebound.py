# hole: replay
# says: the caller's array was put into memory: copy its numbers into the array that is there
def replay(program, memory, inputs):
    for i, value in inputs.items():
        if memory[i].shape != value.shape:
            raise ValueError(f"%{i}: {value.shape}")
        memory[i] = value
    for function, ids, out, params in program:
        function(*[memory[i] for i in ids], out=memory[out], **params)
