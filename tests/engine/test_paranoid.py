"""The debug mode for memory that is used again, turned on and off."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine import cotangents as cotangent, paranoid, watch
from minigrad.engine.primitive import REGISTRY


@pytest.fixture(params=[False, True], ids=["off", "on"])
def on(request, monkeypatch):
    monkeypatch.setattr(paranoid, "ON", request.param)
    monkeypatch.setattr(watch, "everywhere", [paranoid.Paranoia()] if request.param else [])
    return request.param


@pytest.mark.parametrize("inspect", [False, True])
def test_recorded_arrays_are_read_only(inspect, on):
    x, data = mg.parameter([1.0, 2.0]), mg.tensor([3.0, 4.0])
    with mg.Tape(inspect=inspect):
        y = x + data  # of which no record keeps an operand
        z = mg.exp(y)
    assert [each._value.flags.writeable for each in (x, data, y, z)] == [not (on or inspect)] * 4


@pytest.mark.parametrize("inspect", [False, True])
def test_a_rule_that_writes_into_its_cotangent_is_found(inspect, on):
    def rule(g):
        g *= 3.0
        return g

    own = mg.primitive(lambda xp, x: x * 3.0, name="test_user", public=False)
    del REGISTRY["test_user"]
    own.defvjp(rule)
    x = mg.parameter([1.0, 2.0])
    with mg.Tape(inspect=inspect) as tape:
        y = own(x * 1.0)
        loss = mg.sum(mg.exp(y))
        if on:
            with pytest.raises(ValueError, match="read-only"):
                tape.backward(loss)
        else:
            tape.backward(loss)


def test_memory_that_is_given_back_is_poisoned(on, rng):
    joined = cotangent.Joined()
    with joined.rows([rng.standard_normal((2, 3)) for _ in range(2)]) as rows:
        assert np.isfinite(rows).all()
    joined.forget()
    assert np.isnan(rows).all() == on
