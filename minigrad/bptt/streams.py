"""Streams of text: characters as integers, in contiguous rows whose state can be carried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..checks import check_sizes
from ..errors import ArgumentError, MisuseError, ShapeError

NDArray = np.ndarray[Any, Any]


class CharText:
    """A text as integers, one for each distinct character, in the order of their code points.

    Args:
        text: the text; its distinct characters are the vocabulary.

    Attributes:
        vocabulary: the distinct characters, sorted.
        tokens: (length,) int64.

    Raises:
        ValueError: the text is empty.
        TypeError: it is no string.
    """

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise MisuseError(f"CharText takes a string, not {type(text).__name__}")
        if not text:
            raise ArgumentError("the text is empty")
        self.vocabulary = "".join(sorted(set(text)))
        self._numbers = {character: number for number, character in enumerate(self.vocabulary)}
        self.tokens = self.encode(text)

    def encode(self, text: str) -> NDArray:
        """Characters as integers (length,).

        Raises:
            ValueError: a character is not in the vocabulary.
        """
        try:
            return np.array([self._numbers[character] for character in text], dtype=np.int64)
        except KeyError as unknown:
            raise ArgumentError(f"the character {unknown.args[0]!r} does not occur in the text") from None

    def decode(self, tokens: Any) -> str:
        """Integers as characters.

        Raises:
            ValueError: an integer stands for no character.
        """
        numbers = [int(token) for token in tokens]
        for number in numbers:
            if not 0 <= number < len(self.vocabulary):
                raise ArgumentError(f"{number} stands for no character; the vocabulary has {len(self.vocabulary)}")
        return "".join(self.vocabulary[number] for number in numbers)

    def unigram_entropy(self) -> float:
        """The entropy of single characters, in bits: what a model that ignores context can reach."""
        counts = np.array(list(Counter(self.tokens.tolist()).values()), dtype=float)
        frequencies = counts / counts.sum()
        return float(-(frequencies * np.log2(frequencies)).sum())


class TokenRows:
    """Tokens dealt into ``batch`` contiguous rows; each time step yields (inputs, targets), both (batch,).

    Row r reads its own part of the text from left to right, and the target is the next token, so a state
    that is carried from step to step always belongs to the text just read. Iterating again starts over,
    with a fresh state.

    Args:
        tokens: (length,) integers.
        batch: the number of rows.

    Raises:
        ValueError: the batch is below 1, or the tokens do not fill two columns.
        ShapeError: the tokens are not one row of numbers.
        TypeError: the batch is no integer.
    """

    def __init__(self, tokens: NDArray, batch: int) -> None:
        check_sizes("TokenRows", batch=batch)
        tokens = np.asarray(tokens)
        if tokens.ndim != 1:
            raise ShapeError(
                f"TokenRows takes tokens (length,), such as CharText(text).tokens, not an array of shape {tokens.shape}"
            )
        self.steps = (len(tokens) - 1) // batch
        if self.steps < 1:
            raise ArgumentError(f"{len(tokens)} tokens are too few for {batch} rows of at least one step")
        self.batch = batch
        starts = np.arange(batch) * self.steps
        grid = tokens[starts[:, None] + np.arange(self.steps + 1)]
        self._columns = np.ascontiguousarray(grid.T)

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[tuple[NDArray, NDArray]]:
        return zip(self._columns[:-1], self._columns[1:], strict=True)
