# hole: apply
# says: a constant was taken for an id: 0 is the id of the first value on the tape; make a leaf of each constant
def apply(op, *operands, **params):
    tapes = {each.tape for each in operands if isinstance(each, Tensor)}
    if len(tapes) != 1:
        raise ValueError(f"{op}: the operands are on {len(tapes)} tapes, and must be on one")
    (tape,) = tapes
    ids = [each.i if isinstance(each, Tensor) else each for each in operands]
    return Tensor(tape, record(tape, op, *ids, **params))
