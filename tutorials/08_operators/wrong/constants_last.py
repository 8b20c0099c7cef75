# hole: apply
# says: the constants went behind the tensors: operands stay in their order
def apply(op, *operands, **params):
    tapes = {each.tape for each in operands if isinstance(each, Tensor)}
    if len(tapes) != 1:
        raise ValueError(f"{op}: the operands are on {len(tapes)} tapes, and must be on one")
    (tape,) = tapes
    ids = [each.i for each in operands if isinstance(each, Tensor)]
    ids += [leaf(tape, each) for each in operands if not isinstance(each, Tensor)]
    return Tensor(tape, record(tape, op, *ids, **params))
