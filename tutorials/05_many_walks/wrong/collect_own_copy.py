# hole: collect
# says: `+=` into an array of your own spares the cotangents, but not those who hold `grad`: add with `+`
def collect(tape, cotangents):
    for i, parameter in tape.parameters.items():
        if i in cotangents:
            if parameter.grad is None:
                parameter.grad = np.zeros_like(parameter.value)
            parameter.grad += cotangents[i]
