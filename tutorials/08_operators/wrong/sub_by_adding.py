# hole: Tensor.__sub__
# says: right, in two records: minus is an operation of its own, "subtract"
class Tensor:
    def __sub__(self, other):
        return self + other * -1.0
