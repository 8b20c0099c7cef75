"""Which modules are broken, and which mutants survive for a reason, which ``survivors.txt`` gives."""

from __future__ import annotations

from pathlib import Path

_CORE = "cotangent rows walk ends tape record plan active primitive regions tree saving resume".split()
_BPTT = "artbp checkpointed lags overlap plain rtrl schedule state streams window".split()
_NN = "cells dropout initialisers layers losses module stacked unroll".split()
_OPTIM = "adam base clipping parameters rmsprop schedules sgd".split()
MODULES = [
    *(f"minigrad.{name}" for name in _CORE),
    *(f"minigrad.bptt.{name}" for name in _BPTT),
    *(f"minigrad.nn.{name}" for name in _NN),
    *(f"minigrad.optim.{name}" for name in _OPTIM),
]


def reasons() -> dict[str, str]:
    """The reason by the mutant's name: ``survivors.txt`` has paragraphs of a reason, ``# …``, and names."""
    found: dict[str, str] = {}
    for paragraph in Path(__file__).with_name("survivors.txt").read_text("utf-8").split("\n\n"):
        lines = paragraph.strip().splitlines()
        reason = " ".join(line[2:] for line in lines if line.startswith("# "))
        for line in lines:
            if not line.startswith("#"):
                found[line] = reason
    return found
