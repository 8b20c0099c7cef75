# hole: Tensor.__sub__
# says: no such operation: in `FORWARD` minus is "subtract"
class Tensor:
    def __sub__(self, other):
        return apply("sub", self, other)
