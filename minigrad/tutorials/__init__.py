"""What the course needs of minigrad: the exercises, what a hole raises, and ``adopt`` for a learner's own tape."""

from .adopting import Adopted, adopt
from .holes import COURSE, Todo, exercises, load, solution_of
from .learners_tape import Difference

__all__ = ["COURSE", "Adopted", "Difference", "Todo", "adopt", "exercises", "load", "solution_of"]
