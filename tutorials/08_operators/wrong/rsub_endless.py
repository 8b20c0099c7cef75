# hole: Tensor.__rsub__
# says: `other - self` in `__rsub__` calls `__rsub__` again, for ever: use `apply`
class Tensor:
    def __rsub__(self, other):
        return other - self
