# hole: Tensor.__sub__
# says: turned round: in `x - y` Python calls `x.__sub__(y)`, so `self` stands in front
class Tensor:
    def __sub__(self, other):
        return apply("subtract", other, self)
