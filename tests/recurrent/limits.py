"""Where minigrad changes its way: the sizes from which it adds up, multiplies or copies otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from minigrad.engine import cotangents as cotangent, rows, scatter
from minigrad.primitives import products
from tests.recurrent.choices import Choices


class Limits(NamedTuple):
    """What a program of small sizes would never come across; the defaults are minigrad's own.

    Attributes:
        waiting_rows, waiting_bytes: of cotangents, from which they are added up before the end of the walk.
        kept: joined arrays that are kept at a time.
        few_rows: rows of a table, up to which rows are added by a product with a one-hot matrix.
        block: multiply-adds of one block of a long product.
        copied_rows: rows of a cotangent, from which the transpose of a matrix is copied and kept.
    """

    waiting_rows: int = cotangent.WAITING_ROWS
    waiting_bytes: int = cotangent.WAITING_BYTES
    kept: int = cotangent.Joined.KEPT
    few_rows: int = scatter._FEW_ROWS
    block: int = rows._ONE_THREAD
    copied_rows: int = products._ROWS_WORTH_A_COPY


_PLACES = {
    "waiting_rows": (cotangent, "WAITING_ROWS"),
    "waiting_bytes": (cotangent, "WAITING_BYTES"),
    "kept": (cotangent.Joined, "KEPT"),
    "few_rows": (scatter, "_FEW_ROWS"),
    "block": (rows, "_ONE_THREAD"),
    "copied_rows": (products, "_ROWS_WORTH_A_COPY"),
}
_OWN = Limits()


def some_limits(choices: Choices) -> Limits:
    return Limits(
        choices.choice([_OWN.waiting_rows, _OWN.waiting_rows, 1, 6]),
        choices.choice([_OWN.waiting_bytes, _OWN.waiting_bytes, 200]),
        choices.choice([_OWN.kept, _OWN.kept, 1]),
        choices.choice([_OWN.few_rows, 0]),
        choices.choice([_OWN.block, 320]),
        choices.choice([_OWN.copied_rows, 1]),
    )


@contextmanager
def within(chosen: Limits) -> Iterator[None]:
    """minigrad with other limits."""
    for name, value in chosen._asdict().items():
        setattr(*_PLACES[name], value)
    try:
        yield
    finally:
        for name, value in _OWN._asdict().items():
            setattr(*_PLACES[name], value)
