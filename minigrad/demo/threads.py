"""One thread for small matrix products."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

SMALL = 512  # hidden units below which a second thread gains nothing


@contextmanager
def one_thread_if_small(hidden: int) -> Iterator[None]:
    """Let NumPy's OpenBLAS use one thread inside this block, if the matrices are small.

    More threads are no faster then, and where other programs use the cores too they wait for each other:
    on two busy cores training took more than ten times as long. ``OPENBLAS_NUM_THREADS`` overrides this, and a
    NumPy with another BLAS is left alone.
    """
    library = None if hidden >= SMALL or "OPENBLAS_NUM_THREADS" in os.environ else _find_openblas()
    if library is None:
        yield
        return
    get_count, set_count = library
    before = get_count()
    set_count(1)
    try:
        yield
    finally:
        set_count(before)


def _find_openblas() -> tuple[ctypes._NamedFuncPointer, ctypes._NamedFuncPointer] | None:
    """The functions that get and set the number of threads, of the OpenBLAS in NumPy's wheel."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for file in folder.glob("*openblas*"):
            library = ctypes.CDLL(str(file))  # loaded by NumPy already, so this is the same one
            for suffix in ("64_", ""):
                name = f"scipy_openblas_{{}}_num_threads{suffix}"
                if hasattr(library, name.format("set")):
                    return getattr(library, name.format("get")), getattr(library, name.format("set"))
    return None
