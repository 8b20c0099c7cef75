"""Hooks: what they see of a cotangent, what they replace, and when they go."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine import plan
from tests.transforms.tools import value


def test_a_hook_sees_the_whole_cotangent_once():
    x = mg.parameter([1.0, 2.0])
    seen = []
    with mg.Tape() as tape:
        y = x * 2.0
        tape.hook(y, lambda g: seen.append(value(g)))
        z = (y * y).sum() + y[0]
        tape.backward(z)
    assert len(seen) == 1
    np.testing.assert_array_equal(seen[0], [5, 8])
    np.testing.assert_array_equal(x.grad, [10, 16])


def test_hooks_replace_in_order_and_can_be_removed():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * x
        tape.hook(y, lambda g: g + 1.0)
        remove = tape.hook(y, lambda g: np.float32(10) * g)
        tape.hook(x, lambda g: -g)
        tape.hook(y * 5.0, lambda g: 1 / 0)  # the target does not depend on it
        z = y * 1.0
        assert [g.item() for g in tape.gradient(z, [y, x], retain=True)] == [20.0, -120.0]
        remove()
        remove()
        tape.backward(z, retain=True)
        assert x.grad == -12.0
        tape.hook(z, lambda g: g * 0.0)
        assert tape.gradient(z, x).item() == -6.0  # 0, and 1 from the first hook


def test_a_hook_may_remove_itself():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * x
        removers = [tape.hook(y, lambda g: removers[0]()), tape.hook(y, lambda g: g * 10.0)]
        assert tape.gradient(y, x, retain=True).item() == 60.0
        removers[1]()
        assert tape.gradient(y, x).item() == 6.0


def test_hooks_under_create_graph_are_recorded():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * x
        tape.hook(y, lambda g: g * x)
        first = tape.gradient(y * 1.0, x, create_graph=True)  # x · 2x
        assert first.item() == 18.0
        assert tape.gradient(first, x).item() == 12.0


def test_hooks_refuse_and_are_cut():
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        tape.mark()
        y = tape.name(x * 2.0, "state")
        tape.hook(y, lambda g: g.sum())
        with pytest.raises(errors.ShapeError, match=r"state.*\(\).*\(2,\)"):
            tape.backward(y.sum())
        tape.mark()
        _ = x * 3.0
        tape.mark()
        _ = x * 3.0
        tape.cut()
        assert tape.hooks == {}
    with mg.Tape() as other, pytest.raises(errors.ForeignTensorError):
        other.hook(y, lambda g: g)


@pytest.mark.parametrize("search", [False, True])
def test_what_a_hook_returns_is_what_others_see(search):
    """Inspection keeps it, and the search for NaN looks at it, whoever else looks on."""
    x = mg.parameter(2.0)
    with mg.detect_anomaly() if search else nullcontext(), mg.Tape(inspect=True) as tape:
        y = x * 1.0
        tape.hook(y, lambda g: g * 3.0)
        tape.backward(y * 5.0)
        assert tape.walks[-1].cotangents == {0: 15.0, 1: 15.0, 2: 1.0}
        if search:
            tape.hook(y, lambda g: g * np.nan)
            with pytest.raises(errors.AnomalyError, match=r"cotangent of %1 is NaN.*what a hook returned"):
                tape.backward(y * 5.0)


def test_a_rule_that_returns_a_constant_gives_a_tensor_where_the_walk_is_recorded():
    flat = mg.primitive(lambda xp, x: xp.sign(x), name="flat", public=False)
    flat.defvjp(lambda g, shape: np.ones(shape))
    x = mg.parameter(np.array([1.0, 2.0]))
    with mg.Tape() as tape:
        y = x * 2.0
        middle, first = tape.gradient(flat(y).sum(), [y, x], create_graph=True)
    assert type(middle) is type(first) is mg.Tensor
    assert (middle.value.tolist(), first.value.tolist()) == ([1.0, 1.0], [2.0, 2.0])


def test_a_walk_over_rules_of_minigrad_alone_frees_each_record_as_it_goes(monkeypatch):
    monkeypatch.setattr(plan, "users", False)
    x = mg.parameter(2.0)
    freed = []
    with mg.Tape() as tape:
        y = mg.exp(x)
        z = mg.exp(y)
        tape.backward(z)
        freed.append([record.residuals for record in tape])
    assert freed == [[None, None]]
