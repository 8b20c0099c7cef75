"""The reverse walk at its edges: what dtype arrives where, where it ends, and what it says once."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad import tape as tapes

# -- dtypes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("narrow", ["float16", "float32"])
def test_a_hook_sees_the_dtype_of_its_value(narrow, create_graph):
    """What is wider further on, a float64 target here, does not widen what flows back."""
    x, wide = mg.parameter([1.0, 2.0], dtype=narrow), np.array([3.0, 4.0])
    seen = []
    with mg.Tape() as tape:
        y = x * 2
        tape.hook(y, lambda g: seen.append((g.dtype.name, g.numpy().tolist())))
        gradient = tape.gradient((y * wide).sum(), x, create_graph=create_graph)
    assert seen == [(narrow, [3.0, 4.0])]
    assert gradient.dtype == narrow
    np.testing.assert_array_equal(gradient.value, [6, 8])


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("returned", [lambda g: g.astype("float64") / 3, lambda g: np.full(2, 1 / 3)])
def test_what_a_hook_returns_takes_the_dtype_of_the_value(returned, create_graph):
    x = mg.parameter(np.ones(2, "float32"))
    seen = []
    with mg.Tape(inspect=True) as tape:
        y = x * 2
        tape.hook(y, returned)
        tape.hook(y, lambda g: seen.append(g.dtype.name))
        tape.gradient(y.sum(), x, create_graph=create_graph)
    assert seen == ["float32"]
    assert [g.dtype.name for g in tape.walks[0].cotangents.values()] == ["float32"] * 3


# -- where it ends ---------------------------------------------------------------------------------


def test_the_walk_ends_at_each_of_several_sources():
    """The records that computed a source are left as they were, though the walk goes on to an older source."""
    w, p = mg.parameter(5.0), mg.parameter(2.0)
    with mg.Tape() as tape:
        old = w * w
        h = p * p * p
        y = h * old
        assert [g.item() for g in tape.gradient(y, [h, w])] == [25.0, 80.0]
        assert tape.gradient(h, p).item() == 12.0


def test_a_source_on_the_way_to_another_is_walked_through():
    p = mg.parameter(2.0)
    with mg.Tape() as tape:
        h = p * p
        y = h * 3.0
        assert [g.item() for g in tape.gradient(y, [h, p])] == [3.0, 12.0]
        with pytest.raises(errors.ConsumedError):
            tape.gradient(h, p)


# -- what is said once, and what is known again ----------------------------------------------------


def test_a_tape_that_is_never_cut_says_so_once(monkeypatch):
    monkeypatch.setattr(tapes, "_WALKED_LIMIT", 5)
    x = mg.parameter(1.0)
    with mg.Tape() as tape:

        def walked() -> list[str]:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                for _ in range(9):
                    tape.backward(x * 2.0)
            return [str(each.message) for each in caught]

        (message,) = walked()
        assert "holds 6 records that were walked and never cut" in message
        assert walked() == []
        tape.cut()
        assert len(walked()) == 1


def test_records_that_are_walked_and_cut_need_no_warning(monkeypatch):
    monkeypatch.setattr(tapes, "_WALKED_LIMIT", 5)
    x = mg.parameter(1.0)
    with mg.Tape() as tape:
        for _ in range(9):
            tape.backward(x * 2.0 * 3.0)
            tape.cut()
        for _ in range(9):
            tape.backward(x * 2.0, retain=True)  # nothing is freed


def test_a_leaf_that_a_cut_forgot_is_known_by_its_name_again():
    mask, w = mg.tensor([1.0, 0.0], name="mask"), mg.parameter([3.0, 4.0], name="w")
    with mg.Tape() as tape:
        tape.mark()
        _ = w * mask
        for _ in range(2):
            tape.mark()
            h = w * 2.0
            tape.cut(keep=1)
        assert sorted(tape.names.values()) == ["w"]
        y = h * mask
    (i,) = (i for i, leaf in tape.leaves.items() if leaf is mask)
    assert tape.names[i] == "mask"
    assert tape.records[-1].inputs[1] == i
    assert tape.gradient(y, mask, [1.0, 1.0]).numpy().tolist() == [6.0, 8.0]
    assert tape.admit(mask) == i
