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
from .draw import Drawing, draw
from .optim import clip_grad_norm
from .primitive import Primitive, primitive
from .primitives import (
    abs,
    add,
    astype,
    broadcast_to,
    concatenate,
    cross_entropy,
    divide,
    equal,
    exp,
    expand_dims,
    getitem,
    greater,
    greater_equal,
    identity,
    less,
    less_equal,
    log,
    log_softmax,
    logsumexp,
    matmul,
    max,
    maximum,
    mean,
    min,
    minimum,
    multiply,
    negative,
    not_equal,
    power,
    relu,
    reshape,
    sigmoid,
    sign,
    softmax,
    sqrt,
    square,
    squeeze,
    stack,
    subtract,
    sum,
    swapaxes,
    take_rows,
    tanh,
    transpose,
    where,
)
from .tape import Record, Tape
from .tensor import Leaf, Tensor, parameter, tensor
from .transforms import grad, value_and_grad, vjp

__version__ = "0.1.0"

__all__ = [
    "Drawing",
    "Leaf",
    "Primitive",
    "Record",
    "Tape",
    "Tensor",
    "Window",
    "bptt",
    "clip_grad_norm",
    "draw",
    "errors",
    "grad",
    "load",
    "nn",
    "optim",
    "parameter",
    "primitive",
    "save",
    "tensor",
    "truncated_bptt",
    "value_and_grad",
    "vjp",
    # the primitives
    "abs",
    "add",
    "astype",
    "broadcast_to",
    "concatenate",
    "cross_entropy",
    "divide",
    "equal",
    "exp",
    "expand_dims",
    "getitem",
    "greater",
    "greater_equal",
    "identity",
    "less",
    "less_equal",
    "log",
    "log_softmax",
    "logsumexp",
    "matmul",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "multiply",
    "negative",
    "not_equal",
    "power",
    "relu",
    "reshape",
    "sigmoid",
    "sign",
    "softmax",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "subtract",
    "sum",
    "swapaxes",
    "take_rows",
    "tanh",
    "transpose",
    "where",
]
