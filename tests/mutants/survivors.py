"""Which modules are broken, and which mutants survive for a reason, which ``survivors.txt`` gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_MODULES = """
    cotangent rows walk ends tape record plan active primitive regions tree saving resume
    bptt: artbp checkpointed lags overlap plain rtrl schedule state streams window
    nn: cells dropout initialisers layers losses module stacked unroll
    optim: adam base clipping parameters rmsprop schedules sgd
"""


def _modules() -> Iterator[str]:
    for line in _MODULES.strip().splitlines():
        package, _, names = line.rpartition(":")
        yield from (".".join(filter(None, ("minigrad", package.strip(), name))) for name in names.split())


MODULES = [*_modules()]


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
