"""NumPy's second names for what it has under two, those of the array API standard among them."""

from __future__ import annotations

from .arithmetic import divide as true_divide
from .arithmetic import power as pow
from .arithmetic import remainder as mod
from .choices import abs as absolute
from .choices import round as around
from .comparisons import invert as bitwise_invert
from .comparisons import invert as bitwise_not
from .exponential import arccosh as acosh
from .exponential import arcsinh as asinh
from .exponential import arctanh as atanh
from .joining import concatenate as concat
from .reduce import max as amax
from .reduce import min as amin
from .shape import transpose as permute_dims
from .trigonometric import arccos as acos
from .trigonometric import arcsin as asin
from .trigonometric import arctan as atan
from .trigonometric import arctan2 as atan2

__all__ = [
    "absolute",
    "acos",
    "acosh",
    "amax",
    "amin",
    "around",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_invert",
    "bitwise_not",
    "concat",
    "mod",
    "permute_dims",
    "pow",
    "true_divide",
]
