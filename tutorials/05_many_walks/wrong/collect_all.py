# hole: collect
# says: not every parameter on the tape was reached by the walk: ask first whether its id is in `cotangents`
def collect(tape, cotangents):
    for i, parameter in tape.parameters.items():
        parameter.grad = cotangents[i] if parameter.grad is None else parameter.grad + cotangents[i]
