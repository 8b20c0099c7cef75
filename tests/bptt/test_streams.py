"""Texts and tokens as streams."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.bptt import CharText, TokenRows


def test_a_text_and_its_numbers() -> None:
    text = CharText("hello")
    assert text.vocabulary == "ehlo"
    assert text.decode(text.encode("hole")) == "hole"
    with pytest.raises(ValueError, match="'z' does not occur"):
        text.encode("z")
    for number in (-1, 4):
        with pytest.raises(ValueError, match=f"{number} stands for no character; the vocabulary has 4"):
            text.decode([number])


@pytest.mark.parametrize("text", [b"hello", None, ["h", "e"]])
def test_a_text_is_a_string(text: Any) -> None:
    with pytest.raises(TypeError, match="CharText takes a string"):
        CharText(text)


def test_rows_are_contiguous_and_targets_come_next() -> None:
    columns = list(TokenRows(np.arange(9), 2))
    assert [x.tolist() for x, _ in columns] == [[0, 4], [1, 5], [2, 6], [3, 7]]
    assert all((y == x + 1).all() for x, y in columns)


@pytest.mark.parametrize(
    ("tokens", "batch", "error", "words"),
    [
        (np.arange(9), 0, ValueError, "batch=0"),
        (np.arange(9), 1.5, TypeError, r"batch=1\.5 must be an integer"),
        (np.arange(9), 9, ValueError, "9 tokens are too few for 9 rows"),
        ("hello", 1, mg.errors.ShapeError, r"such as CharText\(text\)\.tokens"),
        (np.zeros((4, 4), int), 2, mg.errors.ShapeError, r"not an array of shape \(4, 4\)"),
    ],
)
def test_rows_of_something_else(tokens: Any, batch: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        TokenRows(tokens, batch)
