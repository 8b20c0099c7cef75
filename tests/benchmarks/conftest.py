"""What the tests of benchmarks need before any of them begins."""

from __future__ import annotations

import warnings
from importlib import import_module
from importlib.util import find_spec

import pytest


@pytest.fixture(scope="session", autouse=True)
def _jax_is_imported() -> None:
    """Its import draws from NumPy's global state, which no test may."""
    if find_spec("jax") is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import_module("jax")
