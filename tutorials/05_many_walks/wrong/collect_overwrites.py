# hole: collect
# says: the second walk overwrote what the first one had brought: gradients add until `zero_grad`
def collect(tape, cotangents):
    for i, parameter in tape.parameters.items():
        if i in cotangents:
            parameter.grad = cotangents[i]
