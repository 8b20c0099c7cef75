# hole: apply
# says: assert raises an AssertionError, and none at all under `python -O`: write `raise ValueError("…")`
def apply(op, *operands, **params):
    tapes = {each.tape for each in operands if isinstance(each, Tensor)}
    assert len(tapes) == 1
    (tape,) = tapes
    ids = [each.i if isinstance(each, Tensor) else leaf(tape, each) for each in operands]
    return Tensor(tape, record(tape, op, *ids, **params))
