"""The primitives, one file a subject, each forward function beside its rules."""

from . import elementwise, index, linalg, losses, reduce, shape
from .elementwise import *
from .index import *
from .linalg import *
from .losses import *
from .reduce import *
from .shape import *

__all__: list[str] = []
__all__ += elementwise.__all__
__all__ += reduce.__all__
__all__ += shape.__all__
__all__ += index.__all__
__all__ += linalg.__all__
__all__ += losses.__all__
