# hole: collect
# says: a parameter that the walk did not reach keeps what it has: here it got the number 0 for None
def collect(tape, cotangents):
    for i, parameter in tape.parameters.items():
        parameter.grad = (0 if parameter.grad is None else parameter.grad) + cotangents.get(i, 0)
