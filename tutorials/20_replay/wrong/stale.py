# hole: replay
# says: the new inputs were not written into memory: this is the old result once more
def replay(program, memory, inputs):
    for function, ids, out, params in program:
        function(*[memory[i] for i in ids], out=memory[out], **params)
