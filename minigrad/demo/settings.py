"""The settings of a run, and the check of them before anything runs."""

from __future__ import annotations

import math
import tempfile
from argparse import ArgumentTypeError
from dataclasses import dataclass
from pathlib import Path

import minigrad as mg
from minigrad.engine.backend import get_module

from .model import CELLS

FILES = (MODEL, DRAWING, DRAWING_PNG, LOSS_CURVE, PAGE) = (  # what a run may write
    "model.npz",
    "unfolded.svg",
    "unfolded.png",
    "loss.svg",
    "index.html",
)


class UsageError(ValueError):
    """Something that the user can put right; its message is one clear line."""


def named_path(text: str) -> Path:
    """An option's value as a path; the empty one, which would be the current folder, is refused.

    Raises:
        ArgumentTypeError: it is empty.
    """
    if not text.strip():
        raise ArgumentTypeError(f"{text!r} is no name; write . for the current folder")
    return Path(text)


@dataclass(frozen=True)
class Settings:
    """The settings of one demo run.

    Attributes:
        text: a file to learn from; ``None`` takes the English text that comes with Python.
        k: steps in a window (k1); k2: how many steps back a gradient may reach, ``None`` for k.
        hidden: number of hidden units. cell: a key of ``CELLS``.
        steps: number of training windows. batch: rows that are read side by side.
        lr: Adam's learning rate at the start. seed: of initial values and samples.
        out: the folder to write to. device: ``"cpu"`` or ``"cuda"``.
        eager: whether each window is recorded step by step, and not replayed as a program.
    """

    text: Path | None = None
    k: int = 25
    k2: int | None = None
    hidden: int = 256
    cell: str = "rnn"
    steps: int = 2500
    batch: int = 32
    lr: float = 3e-3
    seed: int = 0
    out: Path = Path("minigrad-demo")
    device: str = "cpu"
    eager: bool = False

    def check(self) -> None:
        """Refuse settings that cannot work, before any time is spent on them.

        Raises:
            UsageError: naming the option, its value, and what is allowed.
        """
        for option in ("k", "hidden", "steps", "batch"):
            if getattr(self, option) < 1:
                raise UsageError(f"--{option} {getattr(self, option)}: must be at least 1")
        if self.k2 is not None and self.k2 < self.k:
            raise UsageError(f"--k2 {self.k2}: must be at least --k {self.k}")
        if not (0 < self.lr < math.inf):
            raise UsageError(f"--lr {self.lr:g}: must be a positive number")
        if self.seed < 0:
            raise UsageError(f"--seed {self.seed}: must be at least 0")
        if self.cell not in CELLS:
            raise UsageError(f"--cell {self.cell}: must be one of {', '.join(CELLS)}")
        try:
            get_module(self.device)
        except mg.errors.MinigradError as missing:
            raise UsageError(f"--device {self.device}: {missing}") from missing


def prepare_folder(folder: Path) -> None:
    """Make ``folder`` and prove that files can be written there.

    Raises:
        UsageError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as failure:
        raise UsageError(f"--out {folder}: cannot write there: {failure.strerror}") from failure
    for name in FILES:
        if (folder / name).is_dir():
            raise UsageError(f"--out {folder}: {name}, which is to be written there, is a folder")
