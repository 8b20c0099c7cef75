"""Names, numbers and widths."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from minigrad.draw.text import LONGEST_NAME, Run, base_and_index, clean, line, number, run_width, shorten, symbol


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("W_h", ("W", "h")),
        ("h0", ("h", "0")),
        ("b1", ("b", "1")),
        ("W_ih", ("W", "ih")),
        ("x", ("x", "")),
        ("log_std", ("log_std", "")),
        ("layer1", ("layer1", "")),
        ("_", ("_", "")),
        ("", ("", "")),
    ],
)
def test_subscripts(name: str, expected: tuple[str, str]) -> None:
    assert base_and_index(name) == expected


def test_symbols() -> None:
    assert symbol("cell.W_h") == (Run("cell.W"), Run("h", shift="sub"))
    assert symbol("x", 3) == (Run("x"), Run("3", shift="sub"))
    assert symbol("x_i", 3) == (Run("x"), Run("i,3", shift="sub"))
    assert symbol("") == (Run("?"),)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (2.0, "2"),
        (3.4, "3.40"),
        (0.0790123, "0.0790"),
        (-1.25, "−1.25"),
        (123.456, "123"),
        (1e-7, "1.00e−7"),
        (1.2345e8, "1.23e8"),
        (math.nan, "nan"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers(value: float, expected: str) -> None:
    assert number(value) == expected


@given(st.text(st.characters()))
def test_cleaned_names_are_one_line_of_valid_xml(name: str) -> None:
    cleaned = clean(name)
    assert all(ord(character) >= 32 and not 0xD800 <= ord(character) < 0xE000 for character in cleaned)
    assert "\n" not in cleaned
    cleaned.encode("utf-8")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn", "Co"])))
def test_long_names_are_shortened(name: str) -> None:
    short = shorten(clean(name)).strip("\u2068\u2069")
    assert len(short) <= LONGEST_NAME


def test_shortened_names_keep_both_ends() -> None:
    assert shorten("encoder.layers.12.attention") == "encoder…ention"
    assert shorten("a" * 300).count("…") == 1
    assert shorten("just fits here") == "just fits here"


def test_right_to_left_names_are_isolated_even_when_shortened() -> None:
    name = clean("שלום " * 20)
    assert (name[0], name[-1]) == ("\u2068", "\u2069")
    assert (shorten(name)[0], shorten(name)[-1]) == ("\u2068", "\u2069")
    assert clean("left\u202eright") == "leftright"  # no override survives


def test_widths() -> None:
    # "Hi" in Arial is (722 + 222) / 1000 of the size, and a margin for the font that is found
    assert 0.944 * 10 <= run_width(Run("Hi"), 10) <= 0.944 * 10 * 1.05
    assert run_width(Run("Hi", bold=True), 10) > run_width(Run("Hi"), 10)
    assert run_width(Run("Hi", shift="sub"), 10) < run_width(Run("Hi"), 10)
    assert run_width(Run("漢"), 10) > run_width(Run("a"), 10)
    assert line("a", "b").width == pytest.approx(line("ab").width)
