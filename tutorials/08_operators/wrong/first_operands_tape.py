# hole: apply
# says: the first operand may be a constant, which has no tape: take the tape of the tensors
def apply(op, *operands, **params):
    tape = operands[0].tape
    if any(isinstance(each, Tensor) and each.tape is not tape for each in operands):
        raise ValueError(f"{op}: the operands are on different tapes")
    ids = [each.i if isinstance(each, Tensor) else leaf(tape, each) for each in operands]
    return Tensor(tape, record(tape, op, *ids, **params))
