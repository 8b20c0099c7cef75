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
    rows = TokenRows(np.arange(9), 2)
    assert rows.batch == 2
    columns = list(rows)
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


def test_numbers_of_a_text_are_int64_also_of_an_empty_one() -> None:
    text = CharText("hello")
    for part in ("", "hell"):
        encoded = text.encode(part)
        assert (encoded.dtype, len(encoded)) == (np.int64, len(part))
    with pytest.raises(ValueError, match="the text is empty"):
        CharText("")


@pytest.mark.parametrize(
    ("text", "bits"), [("aaaa", 0.0), ("abab", 1.0), ("abcd", 2.0), ("aabc", 1.5), ("aaab", 2 - 0.75 * np.log2(3))]
)
def test_the_entropy_of_single_characters(text: str, bits: float) -> None:
    assert CharText(text).unigram_entropy() == pytest.approx(bits, abs=1e-12)


def test_rows_of_one_step_are_the_shortest() -> None:
    (column,) = TokenRows(np.arange(4), 3)
    assert [part.tolist() for part in column] == [[0, 1, 2], [1, 2, 3]]
    with pytest.raises(ValueError, match="3 tokens are too few for 3 rows"):
        TokenRows(np.arange(3), 3)
