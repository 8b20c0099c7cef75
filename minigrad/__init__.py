"""minigrad: a tiny tape-based autodiff engine to read, draw and learn from.

>>> import minigrad as mg
>>> x = mg.parameter(3.0)
>>> with mg.Tape() as tape:
...     tape.backward(x * x)
>>> float(x.grad)
6.0
"""

from . import bptt, errors, nn, optim
from .bptt import Window, truncated_bptt
from .checkpoint import load, save
from .optim import clip_grad_norm
from .primitive import Primitive, primitive
from .primitives import *
from .tape import Record, Tape
from .tensor import Leaf, Tensor, parameter, tensor
from .transforms import grad, value_and_grad, vjp

__version__ = "0.1.0"
