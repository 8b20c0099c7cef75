# hole: Tensor.__rsub__
# says: that is x - 2: in `2 - x` Python calls `x.__rsub__(2)`, so `self` stands behind
class Tensor:
    def __rsub__(self, other):
        return apply("subtract", self, other)
