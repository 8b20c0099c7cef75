# hole: apply
# says: the params did not reach the record: hand them on with `**params`
def apply(op, *operands, **params):
    tapes = {each.tape for each in operands if isinstance(each, Tensor)}
    if len(tapes) != 1:
        raise ValueError(f"{op}: the operands are on {len(tapes)} tapes, and must be on one")
    (tape,) = tapes
    ids = [each.i if isinstance(each, Tensor) else leaf(tape, each) for each in operands]
    return Tensor(tape, record(tape, op, *ids))
