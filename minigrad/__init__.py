"""minigrad: a tiny tape-based autodiff engine to read, draw and learn from.

>>> import minigrad as mg
>>> x = mg.parameter(3.0)
>>> with mg.Tape() as tape:
...     tape.backward(x * x)
>>> float(x.grad)
6.0
"""

import typing as _typing

# First, because it may be interrupted while it imports.
from . import starting as starting

# isort: split
# Then these, because tensors and primitives know each other.
from . import primitives as primitives

# isort: split
from . import bptt as bptt
from . import errors as errors
from . import nn as nn
from . import optim as optim
from .arrays.creation import arange as arange
from .arrays.creation import eye as eye
from .arrays.creation import full as full
from .arrays.creation import full_like as full_like
from .arrays.creation import linspace as linspace
from .arrays.creation import logspace as logspace
from .arrays.creation import ones as ones
from .arrays.creation import ones_like as ones_like
from .arrays.creation import parameter as parameter
from .arrays.creation import tensor as tensor
from .arrays.creation import zeros as zeros
from .arrays.creation import zeros_like as zeros_like
from .bptt import Window as Window
from .bptt import truncated_bptt as truncated_bptt
from .draw import Drawing as Drawing
from .draw import draw_diff as draw_diff
from .engine.anomaly import detect_anomaly as detect_anomaly
from .engine.primitive import Primitive as Primitive
from .engine.primitive import primitive as primitive
from .engine.record import Record as Record
from .engine.scopes import scope as scope
from .engine.tape import Tape as Tape
from .engine.tensor import Leaf as Leaf
from .engine.tensor import Tensor as Tensor
from .optim import clip_grad_norm as clip_grad_norm
from .optim import clip_grad_value as clip_grad_value
from .primitives import *
from .storage.runs import load_run as load_run
from .storage.runs import save_run as save_run
from .storage.saving import load as load
from .storage.saving import save as save
from .transforms.derivatives import grad as grad
from .transforms.derivatives import hessian as hessian
from .transforms.derivatives import hvp as hvp
from .transforms.derivatives import jacobian as jacobian
from .transforms.derivatives import jvp as jvp
from .transforms.derivatives import linearize as linearize
from .transforms.derivatives import stop_gradient as stop_gradient
from .transforms.derivatives import value_and_grad as value_and_grad
from .transforms.derivatives import vjp as vjp
from .transforms.gradcheck import gradcheck as gradcheck
from .transforms.regions import checkpoint as checkpoint
from .transforms.regions import custom_vjp as custom_vjp

if _typing.TYPE_CHECKING:
    from .draw import draw as draw
else:
    from . import draw  # the package, which is called like the function

__version__ = "0.1.0"

if not _typing.TYPE_CHECKING:  # a type checker cannot compute it, but takes ``x as x`` and ``*`` above for public
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
        "linearize",
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
        "scope",
        "stop_gradient",
        "tensor",
        "truncated_bptt",
        "value_and_grad",
        "vjp",
        "zeros",
        "zeros_like",
        *primitives.__all__,
    ]
