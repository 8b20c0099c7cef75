"""Linear algebra of good matrices and of those that have no result, and products of every dtype."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import minigrad as mg
from tests.device.comparing import Case, case

RNG = np.random.default_rng(0)


def _positive(n: int) -> Any:
    m = RNG.standard_normal((n, n))
    return m @ m.T + n * np.eye(n)


SPD = _positive(3)
SINGULAR = np.ones((3, 3))
MATRICES = {
    "a good matrix": SPD,
    "a batch": np.stack([SPD, SPD + np.eye(3)]),
    "a singular matrix": SINGULAR,
    "a matrix that is not positive": -SPD,
    "a batch with a singular matrix": np.stack([SPD, SINGULAR]),
    "NaN": np.full((3, 3), np.nan),
    "one NaN": np.where(np.eye(3) == 1, SPD, np.nan),
    "nothing": np.zeros((0, 0)),
    "an empty batch": np.zeros((0, 3, 3)),
    "one number": np.array([[2.0]]),
    "a batch of batches": np.broadcast_to(SPD, (5, 4, 3, 3)).copy(),
    "a large matrix": _positive(40),
}
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "inv": mg.inv,
    "det": mg.det,
    "slogdet": lambda a: mg.slogdet(a)[1],
    "cholesky": mg.cholesky,
    "solve": lambda a: mg.solve(a, a[..., :1]),
    "eigh": lambda a: mg.eigh(a)[0],
    "eigvalsh": mg.eigvalsh,
    "svd": lambda a: mg.svd(a, full_matrices=False)[1],
    "svdvals": lambda a: mg.svd(a, compute_uv=False),
    "matrix_norm": lambda a: mg.matrix_norm(a, ord="nuc"),
    "pinv": mg.pinv,
    "matrix_power": lambda a: mg.matrix_power(a, -2),
}


def linalg() -> Iterator[Case]:
    """Decompositions and products."""
    for label, matrix in MATRICES.items():
        for name, f in FUNCTIONS.items():
            yield case(f"{name} of {label}", f, [matrix], 1e-7, 1e-8)
    for label in ("a good matrix", "a batch"):
        for name, f in FUNCTIONS.items():
            yield case(f"{name} of {label}, float32", f, [MATRICES[label].astype(np.float32)], 1e-3, 1e-4)
            if name not in ("eigh", "eigvalsh"):  # of float16, of which CuPy has one
                yield case(f"{name} of {label}, float16", f, [MATRICES[label].astype(np.float16)], 1e-1, 1e-1)
            yield case(f"{name} of {label}, integers", f, [np.round(MATRICES[label]).astype(int)], 1e-7, 1e-8)
    for shape in ((5, 3), (3, 5), (2, 3, 5), (2, 40, 3)):
        yield case(f"svd of {shape}", FUNCTIONS["svd"], [RNG.standard_normal(shape)], 1e-7, 1e-8)
        yield case(f"pinv of {shape}", mg.pinv, [RNG.standard_normal(shape)], 1e-7, 1e-8)
    product = lambda a, b: a @ b
    for dtype in ("float64", "float32", "float16", "int64", "bool"):
        for shapes in (((2, 3), (3, 2)), ((4, 2, 3), (3, 2)), ((2, 0), (0, 2)), ((3,), (3,)), ((3,), (3, 2))):
            arrays = [np.ones(shape, dtype) for shape in shapes]
            yield case(f"matmul of {dtype}{shapes}", product, arrays, 1e-3, 1e-3)
    yield case("matmul of two dtypes", product, [np.ones((2, 3), "float32"), np.ones((3, 2))], 1e-6, 1e-6)
    yield case("matmul of integers", product, [np.ones((2, 3), int), np.ones((3, 2), "float32")], 1e-6, 1e-6)
    yield case("linear", mg.linear, [np.ones((2, 3)), np.ones((3, 2)), np.ones(2)])
