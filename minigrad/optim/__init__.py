"""Optimisers, learning-rate schedules and clipping.

An update rebinds a parameter's value and never writes into the old array, so a record always
differentiates the values that it was computed with. ``step()`` uses the gradients up: afterwards every
``.grad`` is ``None``, ready for the next window.
"""

from .adam import Adam, AdamW
from .base import Optimizer
from .clipping import clip_grad_norm, clip_grad_value, grad_norm
from .rmsprop import RMSProp
from .schedules import LRSchedule, Schedule, constant, cosine, exponential, step_decay, warm_up
from .sgd import SGD

__all__ = [
    "Adam",
    "AdamW",
    "LRSchedule",
    "Optimizer",
    "RMSProp",
    "SGD",
    "Schedule",
    "clip_grad_norm",
    "clip_grad_value",
    "constant",
    "cosine",
    "exponential",
    "grad_norm",
    "step_decay",
    "warm_up",
]
