# hole: collect
# says: a walk has cotangents of all ids on its way, and most belong to no parameter: ask for each id in tape.parameters
def collect(tape, cotangents):
    for i, cotangent in cotangents.items():
        parameter = tape.parameters[i]
        parameter.grad = cotangent if parameter.grad is None else parameter.grad + cotangent
