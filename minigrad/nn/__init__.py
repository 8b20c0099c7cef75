"""Cells, layers and losses, as modules with named parameters."""

from . import initialisers
from .cells import Cell, GRUCell, LSTMCell, LSTMState, RNNCell
from .dropout import Dropout, MaskedState, VariationalDropout
from .layers import Embedding, LayerNorm, Linear, Sequential, TiedLinear
from .losses import cross_entropy, mse_loss
from .module import Module
from .sequences import bidirectional, unroll
from .stacked import Stacked

__all__ = [
    "Cell",
    "Dropout",
    "Embedding",
    "GRUCell",
    "LSTMCell",
    "LSTMState",
    "LayerNorm",
    "Linear",
    "MaskedState",
    "Module",
    "RNNCell",
    "Sequential",
    "Stacked",
    "TiedLinear",
    "VariationalDropout",
    "bidirectional",
    "cross_entropy",
    "initialisers",
    "mse_loss",
    "unroll",
]
