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
from . import bptt as bptt, errors as errors, nn as nn, optim as optim, tutorials as tutorials
from .arrays.creation import (
    arange as arange,
    eye as eye,
    full as full,
    full_like as full_like,
    linspace as linspace,
    logspace as logspace,
    ones as ones,
    ones_like as ones_like,
    parameter as parameter,
    tensor as tensor,
    zeros as zeros,
    zeros_like as zeros_like,
)
from .bptt import Window as Window, truncated_bptt as truncated_bptt
from .draw import Drawing as Drawing, draw_diff as draw_diff
from .engine.primitive import Primitive as Primitive, primitive as primitive
from .engine.record import Record as Record
from .engine.scatter import atomic_sums as atomic_sums
from .engine.tape import Tape as Tape
from .engine.tensor import Leaf as Leaf, Tensor as Tensor
from .optim import clip_grad_norm as clip_grad_norm, clip_grad_value as clip_grad_value
from .primitives import *
from .programs.entry import replay as replay, vmap as vmap
from .storage.runs import load_run as load_run, save_run as save_run
from .storage.saving import load as load, save as save
from .transforms.derivatives import (
    grad as grad,
    hessian as hessian,
    hvp as hvp,
    jacobian as jacobian,
    jvp as jvp,
    linearize as linearize,
    stop_gradient as stop_gradient,
    value_and_grad as value_and_grad,
    vjp as vjp,
)
from .transforms.gradcheck import gradcheck as gradcheck
from .transforms.regions import checkpoint as checkpoint, custom_vjp as custom_vjp
from .watchers.anomaly import detect_anomaly as detect_anomaly
from .watchers.scopes import scope as scope

if _typing.TYPE_CHECKING:
    from .draw import draw as draw
else:
    from . import draw  # the package, which is called like the function

__version__ = "0.1.0"

if not _typing.TYPE_CHECKING:  # a type checker takes ``x as x`` and ``*`` above for public
    _MODULES = (bptt, draw, errors, nn, optim, primitives, tutorials)
    __all__ = sorted(
        name
        for name, value in globals().items()
        if not name.startswith("_") and (type(value) is not type(errors) or value in _MODULES)
    )
