# hole: Tensor.__rsub__
# says: right, in two records: "subtract" with the operands in their order is one
class Tensor:
    def __rsub__(self, other):
        return -(self - other)
