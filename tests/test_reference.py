"""The reference walk says what a gradient is, and its witness sees a walk that says something else."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine import cotangents as cotangent, walk
from tests.conftest import WITNESS
from tests.mutate import _first_slice, _keeps_the_first, _overwrites, replaced
from tests.reference import reference_walk
from tests.witness import close


def test_the_definition_on_a_tape_by_hand():
    """y = w·h + h with h = w·x: dy/dw = h + (w + 1)·x, and what arrives at h is w + 1."""
    w, x = mg.parameter(3.0), mg.tensor(2.0)
    with mg.Tape() as tape:
        h = w * x
        y = w * h + h
    ids = {name: tensor._place[1] for name, tensor in {"w": w, "h": h, "y": y}.items()}
    calls = tape._calls
    arrivals = []
    found = reference_walk(
        tape.records,
        lambda record, g: calls[record.out].contributions(g, None),
        {ids["y"]: np.ones(())},
        {ids["w"]: w, ids["h"]: h},
        lambda i, g: arrivals.append(i) or g,
    )
    assert found[ids["w"]] == 6.0 + 4.0 * 2.0
    assert found[ids["h"]] == 4.0
    assert len(arrivals) == len(set(arrivals)) == len(found)


def train():
    """Two weights of one operand, a bias, an embedding, a checkpoint, a hook, second order: all kinds of sums."""
    rng = np.random.default_rng(0)
    w, v, table = (mg.parameter(rng.standard_normal((3, 3))) for _ in range(3))
    b = mg.parameter(rng.standard_normal(3))
    with mg.Tape() as tape:
        h, total = mg.tensor(np.ones((2, 3))), 0.0
        for t in range(6):
            h = mg.tanh(h @ w + b + mg.take_rows(table, np.array([t % 3, 0])))
            tape.hook(h, lambda g: g * 1.5)
            total = total + mg.square(mg.checkpoint(lambda h: mg.tanh(h @ v))(h)).sum() + (h @ v).sum()
        first = tape.gradient(total, [w, v, b, table], create_graph=True)
        tape.backward(sum(((g * g).sum() for g in first), total))


def evicts_what_is_read(joined, keep):
    """The fault of November 2026: memory of the oldest join is handed out, though somebody reads it."""
    while len(joined._joined) > keep:
        joined._spare.append(joined._joined.pop(next(iter(joined._joined))).memory)


def loses_what_waits(pending, contribution, joined):
    if type(contribution) in cotangent.STRUCTURED:
        pending.parts = {type(contribution): [contribution]}
    else:
        pending.dense = contribution


FAULTS = {
    "memory that is read is handed out": [
        (cotangent.Joined, "_release", evicts_what_is_read),
        (cotangent.Joined, "KEPT", 1),
    ],
    "what waits is lost": [(cotangent.Pending, "add", loses_what_waits)],
    "structured ones overwrite": [(cotangent.Pending, "add", _overwrites)],
    "only the first is kept": [(cotangent.Pending, "add", _keeps_the_first)],
    "what waits is forgotten when more arrives": [(walk, "accumulated", lambda previous, more, joined: more)],
    "more is forgotten when some waits": [(walk, "accumulated", lambda previous, more, joined: previous)],
    "the rows of a bias are not summed": [(cotangent, "unbroadcast", _first_slice)],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_witness_sees(fault):
    before = WITNESS.compared
    train()
    assert WITNESS.compared > before
    with replaced(FAULTS[fault]), pytest.raises(AssertionError):
        train()
    train()


def test_what_is_equal_but_for_rounding():
    close(np.array([1.0, 0.0]), np.array([1.0 + 1e-14, 1e-14]), "")
    close(np.array([1e-20]), np.array([0.0]), "", {0: np.array([1.0])})
    close(np.array([np.nan, np.inf]), np.array([np.nan, np.inf]), "")
    for wrong in ([1.0, 1e-9], [1.0 + 1e-9, 0.0], [1.0, np.nan], [1.0, np.inf], [1.0]):
        with pytest.raises(AssertionError):
            close(np.array(wrong), np.array([1.0, 0.0]), "")
