# hole: apply
# says: an operand may be a constant, which has neither tape nor id: make a leaf of it
def apply(op, *operands, **params):
    tapes = {each.tape for each in operands if isinstance(each, Tensor)}
    if len(tapes) != 1:
        raise ValueError(f"{op}: the operands are on {len(tapes)} tapes, and must be on one")
    (tape,) = tapes
    return Tensor(tape, record(tape, op, *[each.i for each in operands], **params))
