"""The course: its chapters, the runner of its checks, and ``adopt`` for a learner's own tape."""

from .adopting import Adopted, adopt
from .asking import Todo
from .learners_tape import Difference

__all__ = ["Adopted", "Difference", "Todo", "adopt"]
