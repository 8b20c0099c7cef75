"""The primitives, one file a subject, each forward function beside its rules."""

from . import elementwise, index, linalg, losses, reduce, shape
from .elementwise import *
from .index import *
from .linalg import *
from .losses import *
from .reduce import *
from .shape import *

__all__ = [name for module in (elementwise, reduce, shape, index, linalg, losses) for name in module.__all__]
