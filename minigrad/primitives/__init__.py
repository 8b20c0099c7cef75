"""Forward functions beside their rules, one file a subject.

At special points (zeros, kinks, ties, the ends of the range) the derivatives of elementwise functions, reductions,
norms and deviations are right, up to third order, or infinite or NaN, unless a docstring names a number that is taken
there: ``tests/special`` has the points at which this is checked, and ``covered.py`` there what is not. Where a function
has no value, NaN, nothing is said about its derivative: that of ``log`` at -1 is -1.
"""

from . import (
    activations,
    arithmetic,
    choices,
    comparisons,
    contraction,
    determinant,
    diagonals,
    eigen,
    error_function,
    exponential,
    index,
    inverses,
    joining,
    losses,
    missing,
    norms,
    padding,
    placing,
    products,
    radius,
    reduce,
    sampled,
    scan,
    shape,
    shares,
    singular,
    statistics,
    trigonometric,
    variance,
)
from .activations import *
from .arithmetic import *
from .choices import *
from .comparisons import *
from .contraction import *
from .determinant import *
from .diagonals import *
from .eigen import *
from .error_function import *
from .exponential import *
from .index import *
from .inverses import *
from .joining import *
from .losses import *
from .missing import *
from .norms import *
from .padding import *
from .placing import *
from .products import *
from .radius import *
from .reduce import *
from .sampled import *
from .scan import *
from .shape import *
from .shares import *
from .singular import *
from .statistics import *
from .trigonometric import *
from .variance import *

MYPY = False  # but true for mypy, which knows literal lists alone, and has those of the files
if not MYPY:
    __all__: list[str] = []
    __all__ += comparisons.__all__
    __all__ += choices.__all__
    __all__ += radius.__all__
    __all__ += exponential.__all__
    __all__ += arithmetic.__all__
    __all__ += trigonometric.__all__
    __all__ += error_function.__all__
    __all__ += activations.__all__
    __all__ += shape.__all__
    __all__ += diagonals.__all__
    __all__ += reduce.__all__
    __all__ += shares.__all__
    __all__ += joining.__all__
    __all__ += index.__all__
    __all__ += placing.__all__
    __all__ += padding.__all__
    __all__ += scan.__all__
    __all__ += variance.__all__
    __all__ += contraction.__all__
    __all__ += inverses.__all__
    __all__ += products.__all__
    __all__ += singular.__all__
    __all__ += eigen.__all__
    __all__ += determinant.__all__
    __all__ += norms.__all__
    __all__ += missing.__all__
    __all__ += statistics.__all__
    __all__ += sampled.__all__
    __all__ += losses.__all__
