"""Cells, layers and losses, as modules whose parameters are found and named by attribute."""

from .cells import RNNCell
from .layers import Embedding, Linear
from .losses import cross_entropy, mse_loss
from .module import Module

__all__ = ["Embedding", "Linear", "Module", "RNNCell", "cross_entropy", "mse_loss"]
