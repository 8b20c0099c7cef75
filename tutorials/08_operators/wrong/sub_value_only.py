# hole: Tensor.__sub__
# says: the value of y became a constant, and the walk ends there: hand on the tensor itself, which has an id
class Tensor:
    def __sub__(self, other):
        return apply("subtract", self, other.value if isinstance(other, Tensor) else other)
