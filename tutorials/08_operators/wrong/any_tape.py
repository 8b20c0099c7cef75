# hole: apply
# says: an id of one tape was used on another, where it stands for something else: refuse with a ValueError
def apply(op, *operands, **params):
    tapes = [each.tape for each in operands if isinstance(each, Tensor)]
    ids = [each.i if isinstance(each, Tensor) else leaf(tapes[0], each) for each in operands]
    return Tensor(tapes[0], record(tapes[0], op, *ids, **params))
