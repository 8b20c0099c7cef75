"""minigrad: a tiny tape-based autodiff engine to read, draw and learn from.

>>> import minigrad as mg
>>> x = mg.parameter(3.0)
>>> with mg.Tape() as tape:
...     tape.backward(x * x)
>>> float(x.grad)
6.0
"""

# First, because tensors and primitives know each other.
from . import primitives

# isort: split
from . import bptt, errors, nn, optim
from .anomaly import detect_anomaly
from .bptt import Window, truncated_bptt
from .creation import arange, eye, full, full_like, linspace, logspace, ones, ones_like, zeros, zeros_like
from .draw import Drawing, draw, draw_diff
from .gradcheck import gradcheck
from .optim import clip_grad_norm, clip_grad_value
from .primitive import Primitive, primitive
from .primitives import *
from .regions import checkpoint, custom_vjp
from .resume import load_run, save_run
from .saving import load, save
from .tape import Record, Tape
from .tensor import Leaf, Tensor, parameter, tensor
from .transforms import grad, hessian, hvp, jacobian, jvp, stop_gradient, value_and_grad, vjp

__version__ = "0.1.0"

__all__ = [
    "Drawing",
    "Leaf",
    "Primitive",
    "Record",
    "Tape",
    "Tensor",
    "Window",
    "arange",
    "bptt",
    "checkpoint",
    "clip_grad_norm",
    "clip_grad_value",
    "custom_vjp",
    "detect_anomaly",
    "draw",
    "draw_diff",
    "errors",
    "eye",
    "full",
    "full_like",
    "grad",
    "gradcheck",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "linspace",
    "logspace",
    "load",
    "load_run",
    "nn",
    "ones",
    "ones_like",
    "optim",
    "parameter",
    "primitive",
    "primitives",
    "save",
    "save_run",
    "stop_gradient",
    "tensor",
    "truncated_bptt",
    "value_and_grad",
    "vjp",
    "zeros",
    "zeros_like",
]
__all__ += primitives.__all__
