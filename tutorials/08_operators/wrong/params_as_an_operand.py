# hole: apply
# says: params was handed on as one more id: two asterisks, **params, make keyword arguments of it again
def apply(op, *operands, **params):
    tapes = {each.tape for each in operands if isinstance(each, Tensor)}
    if len(tapes) != 1:
        raise ValueError("an operation is recorded on one tape")
    (tape,) = tapes
    ids = [each.i if isinstance(each, Tensor) else leaf(tape, each) for each in operands]
    return Tensor(tape, record(tape, op, *ids, params))
