# hole: collect
# says: `+=` changed the array of the first walk's cotangents, which `grad` was: `a = a + b` makes a new one
def collect(tape, cotangents):
    for i, parameter in tape.parameters.items():
        if i in cotangents:
            if parameter.grad is None:
                parameter.grad = cotangents[i]
            else:
                parameter.grad += cotangents[i]
