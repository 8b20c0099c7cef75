"""The demo: a character model, trained by truncated BPTT on text.

``train.py`` is the part to read first: the training loop as any user would write it. ``README.md`` beside it says what
the other files are about.
"""

from .model import CharRNN, load_model, save_model
from .session import run
from .settings import Settings, UsageError

__all__ = ["CharRNN", "Settings", "UsageError", "load_model", "run", "save_model"]
