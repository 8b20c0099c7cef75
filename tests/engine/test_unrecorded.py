"""What was computed from a parameter where no tape was active is no constant; two threads share no tape."""

from __future__ import annotations

import contextvars
import inspect
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.errors import ForeignTensorError, TapeError


@pytest.fixture
def p() -> mg.Leaf:
    return mg.parameter(2.0)


def in_a_thread(function: Callable[[], Any]) -> Any:
    """Run in a context of its own, whatever this build of Python gives its threads."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(contextvars.Context().run, function).result()


def line(offset: int = 0) -> str:
    """``file:line`` of the caller."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return re.escape(f"{__file__}:{frame.f_back.f_lineno + offset}")


def test_a_product_from_another_thread_is_refused_with_both_lines(p: mg.Leaf) -> None:
    with mg.Tape() as tape:
        y, made = in_a_thread(lambda: p * 3.0), line()
        with pytest.raises(ForeignTensorError, match=rf"from a parameter at {made} while no tape .*\(at {line(1)}\)$"):
            tape.backward(y * p)
        tape.backward(y.detach() * p)
    assert p.grad == 6


def test_what_was_computed_too_early_is_refused(p: mg.Leaf) -> None:
    cell = nn.RNNCell(2, 3, rng=0)
    h = cell(np.ones((1, 2), "f4"), cell.initial_state(1))
    for early in (mg.exp(p), p + p, -p, mg.stack([p, p]), p[None], (p * 2.0) * 3.0, mg.where(p > 0, p, 0), h):
        with mg.Tape(), pytest.raises(ForeignTensorError, match=r"if a constant is meant, write \.detach\(\)"):
            early * 1.0


def test_the_line_that_met_the_parameter_is_named_whatever_came_after(p: mg.Leaf) -> None:
    early = p * 3.0
    made = line(-1)
    later = mg.exp(early) * early + mg.tanh(early)
    with mg.Tape(), pytest.raises(ForeignTensorError, match=rf"from a parameter at {made} while"):
        later * 1.0


def test_the_line_on_which_an_expression_begins_is_named(p: mg.Leaf) -> None:
    made = line(2)
    early = (
        p
        * 3.0
    )  # fmt: skip
    with mg.Tape(), pytest.raises(ForeignTensorError, match=rf"from a parameter at {made} while"):
        early * 1.0


def test_constants_on_purpose_stay_free(p: mg.Leaf) -> None:
    early = p * 3.0
    compared = p > 1.0
    with mg.Tape() as tape:
        with tape.paused():
            paused = p * 3.0
            again = paused * 2.0
        free = [
            early.detach(),
            mg.tensor(early),
            early.value,
            early.item(),
            paused,
            again,
            compared,
            mg.tensor(1.0) * 2.0,
        ]
        for each in free:
            tape.backward(p * each)
            p.grad = None
    plain = mg.tensor(1.0) * 2.0  # of no parameter
    with mg.Tape() as tape:
        tape.backward(p * plain)
    assert p.grad == 2


def test_a_thread_that_was_given_the_context_is_refused(p: mg.Leaf) -> None:
    with mg.Tape() as tape, ThreadPoolExecutor(1) as pool:
        p * 2.0
        with pytest.raises(TapeError, match=r"two threads .* Open a tape in the thread"):
            pool.submit(contextvars.copy_context().run, lambda: p * 3.0).result()
        assert len(tape) == 1


def test_a_tape_that_is_entered_in_another_thread_belongs_to_it(p: mg.Leaf) -> None:
    tape = mg.Tape()

    def gradient() -> Any:
        with tape:
            tape.backward(p * p)
        return p.grad

    assert in_a_thread(gradient) == 4
    p.grad = None
    assert gradient() == 4
