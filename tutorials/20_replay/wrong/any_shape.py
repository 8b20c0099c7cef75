# hole: replay
# says: an assignment broadcasts: an input of another shape went in without a word, repeated
def replay(program, memory, inputs):
    for i, value in inputs.items():
        memory[i][...] = value
    for function, ids, out, params in program:
        function(*[memory[i] for i in ids], out=memory[out], **params)
