# hole: collect
# says: what the walk did not reach keeps its grad: it was None, and became zeros
def collect(tape, cotangents):
    for i, parameter in tape.parameters.items():
        if parameter.grad is None:
            parameter.grad = np.zeros_like(parameter.value)
        parameter.grad = parameter.grad + cotangents.get(i, 0.0)
