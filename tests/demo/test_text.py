from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from minigrad.demo.settings import UsageError
from minigrad.demo.text import Corpus, python_text, read_text
from tests.demo.conftest import TEXT


def test_unigram_entropy_against_an_independent_computation() -> None:
    counts = Counter(TEXT)
    expected = -sum(n / len(TEXT) * math.log2(n / len(TEXT)) for n in counts.values())
    corpus = Corpus(TEXT, k=5, batch=4, source="test")
    assert corpus.unigram_bits == pytest.approx(expected, rel=1e-12)
    assert corpus.uniform_bits == math.log2(len(counts))


def test_held_out_tail_is_not_trained_on() -> None:
    corpus = Corpus(TEXT * 10, k=5, batch=4, source="test")
    assert corpus.held_out is not None
    tail = len(TEXT * 10) - len(corpus.training)
    assert tail == len(TEXT * 10) // 20
    np.testing.assert_array_equal(corpus.training, corpus.chars.encode((TEXT * 10)[:-tail]))


def test_short_text_keeps_everything_and_reads_fewer_rows() -> None:
    corpus = Corpus(TEXT[:60], k=25, batch=32, source="test")
    assert corpus.held_out is None
    assert len(corpus.training) == 60
    assert corpus.rows.batch == 2
    assert len(corpus.rows) >= 25


@pytest.mark.parametrize(("length", "k"), [(7, 6), (7, 1), (26, 25)])
def test_shortest_text_that_is_enough(length: int, k: int) -> None:
    corpus = Corpus(TEXT[:length], k, batch=32, source="test")
    assert len(corpus.rows) >= k
    assert len(corpus.first_rows(8)) == 6
    with pytest.raises(UsageError, match=r"characters; (one window|the picture)"):
        Corpus(TEXT[: length - 1], k, batch=32, source="test")


def test_text_of_python_is_long_prose_without_repetition() -> None:
    text = python_text()
    paragraphs = text.splitlines()
    assert len(text) > 150_000
    assert len(set(paragraphs)) == len(paragraphs)
    assert not any(drawn in text for drawn in ("|", "****", "  ", ">>>"))


def test_byte_order_mark_and_line_ends_are_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "dos.txt"
    path.write_bytes("\N{BYTE ORDER MARK}één\r\ntwee\r\n".encode())
    assert read_text(path) == "één\ntwee\n"
