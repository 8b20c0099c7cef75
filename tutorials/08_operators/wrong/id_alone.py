# hole: apply
# says: that is the id of the result; a tensor is made of a tape and an id
def apply(op, *operands, **params):
    tapes = {each.tape for each in operands if isinstance(each, Tensor)}
    if len(tapes) != 1:
        raise ValueError(f"{op}: the operands are on {len(tapes)} tapes, and must be on one")
    (tape,) = tapes
    return record(tape, op, *[each.i if isinstance(each, Tensor) else leaf(tape, each) for each in operands], **params)
