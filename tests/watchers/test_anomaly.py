"""``detect_anomaly`` names the first NaN or infinity, forward and backward, and costs nothing when off."""

from __future__ import annotations

import sys
import threading
from contextlib import nullcontext

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.primitive import REGISTRY
from minigrad.engine.watch import here


def line() -> int:
    return sys._getframe(1).f_lineno


@pytest.fixture(autouse=True)
def _quiet():
    before = here()
    with np.errstate(all="ignore"):
        yield
    assert here() == before


def test_the_first_record_of_the_forward_computation():
    x = mg.parameter([2.0, 1.0, 0.0], name="x")
    with mg.detect_anomaly(), mg.Tape() as tape:
        y = x * 1.0
        with pytest.raises(errors.AnomalyError) as caught:
            mg.log(y)
        made = line() - 1
    assert isinstance(caught.value, FloatingPointError)
    message = str(caught.value)
    for word in ("log", "inf at [2]", f"{__file__}:{made}", "%2 = log(%1)"):
        assert word in message
    assert [r.op for r in tape] == ["multiply", "log"]


def test_a_leaf_that_was_bad_already_is_named():
    x = mg.parameter([2.0, np.nan], name="data")
    with mg.detect_anomaly(), mg.Tape(), pytest.raises(errors.AnomalyError, match=r"operand data held NaN at \[1\]"):
        _ = x * 2.0


@pytest.mark.parametrize("inside", ["both", "walk"])
@pytest.mark.parametrize("create_graph", [False, True])
def test_the_rule_of_the_backward_walk(inside, create_graph):
    x = mg.parameter([4.0, 0.0])
    tape = mg.Tape()

    def forward():
        y = x * 1.0
        return line(), mg.sqrt(y) * 2.0

    with tape:
        if inside == "both":
            with mg.detect_anomaly():
                made, out = forward()
        else:
            made, out = forward()
        with mg.detect_anomaly(), pytest.raises(errors.AnomalyError) as caught:
            tape.gradient(out, x, np.ones(2), create_graph=create_graph)
    message = str(caught.value)
    for word in ("rule of sqrt", "argument 0", "inf at [1]", "backward walk"):
        assert word in message
    assert (f"{__file__}:{made}" in message) == (inside == "both")
    assert ("unknown line" in message) == (inside == "walk")


def test_rules_that_are_not_needed_are_not_run():
    x, y = mg.parameter(-2.0), mg.parameter(3.0)
    with mg.detect_anomaly(), mg.Tape() as tape:
        assert tape.gradient(x**y, x).item() == 12.0  # the rule by y would be the logarithm of -2
        with pytest.raises(errors.AnomalyError, match="power for argument 1"):
            tape.backward(x**y)


def test_a_bad_seed_hook_or_sum():
    x = mg.parameter(np.float32(3e38))
    with mg.detect_anomaly(), mg.Tape() as tape:
        y = mg.identity(x)
        with pytest.raises(errors.AnomalyError, match="the seed"):
            tape.gradient(y, x, np.float32("nan"))
        with pytest.raises(errors.AnomalyError, match="overflowed"):
            tape.gradient([y, y], x, [np.float32(3e38)] * 2, retain=True)
        tape.hook(y, lambda g: g * np.nan)
        with pytest.raises(errors.AnomalyError):
            tape.backward(y * 1.0)


def test_infinity_may_be_meant():
    x = mg.parameter([1.0, 2.0])
    masked = lambda: mg.softmax(mg.where(np.array([True, False]), x, -np.inf))
    with mg.detect_anomaly(infinity=False), mg.Tape() as tape:
        tape.backward(masked()[0])
        with pytest.raises(errors.AnomalyError, match="NaN"):
            _ = mg.log(x - 3.0)
    with mg.detect_anomaly(), mg.Tape(), pytest.raises(errors.AnomalyError, match="where made inf"):
        masked()


def test_tapes_made_before_inside_and_by_transforms():
    x, w = mg.parameter(0.0), mg.parameter(1.0)
    before = mg.Tape()
    with mg.detect_anomaly():
        with before, pytest.raises(errors.AnomalyError):
            mg.log(x)
        with pytest.raises(errors.AnomalyError, match="sqrt"):
            mg.grad(mg.sqrt)(0.0)
        with pytest.raises(errors.AnomalyError, match="sqrt"):
            mg.grad(mg.checkpoint(lambda x: mg.sqrt(x) * 1.0))(0.0)
        for _ in mg.truncated_bptt(lambda x, h: (h * w, h + x * w), [1.0, 2.0], mg.tensor(1.0), k1=1):
            pass
    with mg.Tape() as tape:
        with mg.detect_anomaly():
            with mg.detect_anomaly(infinity=False):
                mg.log(x)
            with pytest.raises(errors.AnomalyError):
                mg.log(x)
        assert tape.watchers == here()
        mg.log(x)


def test_it_holds_in_its_own_thread_only():
    failures = []

    def work():
        with np.errstate(all="ignore"), mg.Tape() as tape:
            try:
                tape.backward(mg.log(mg.parameter(0.0)))
            except FloatingPointError as failure:
                failures.append(failure)

    with mg.detect_anomaly():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert failures == []


def test_off_nothing_is_looked_at_and_sites_are_cut():
    x = mg.parameter(0.0)
    with mg.Tape() as tape:
        tape.backward(mg.sqrt(x))
        assert tape.sites == {}
    assert np.isinf(x.grad)
    with mg.detect_anomaly(), mg.Tape() as tape:
        h = x
        for _ in range(5):
            tape.mark()
            h = h + x
            tape.cut()
        assert len(tape.sites) <= 1


def test_it_works_on_a_device(xp):
    x = mg.parameter(xp.asarray(np.array([1.0, 0.0])))
    with mg.detect_anomaly(), mg.Tape() as tape:
        tape.backward((x * 2.0).sum())
        with pytest.raises(errors.AnomalyError, match=r"log.*inf at \[1\]"):
            mg.log(x)


def test_a_rule_that_computes_with_a_tensor_from_outside():
    """As without anomaly detection: recorded it is meant, in a plain walk it is refused."""
    scale = mg.parameter(2.0)
    user = mg.primitive(lambda xp, x: x * 2.0, name="test_user", public=False)
    del REGISTRY["test_user"]
    user.defvjp(lambda g: g * scale)
    x = mg.parameter([1.0, 2.0])
    with mg.detect_anomaly(), mg.Tape() as tape:
        y = user(x).sum()
        np.testing.assert_array_equal(tape.gradient(y, x, create_graph=True).value, [2, 2])
        with pytest.raises(mg.errors.RuleError, match="tensor that it does not ask for by name"):
            tape.backward(y)


@pytest.mark.parametrize("entered_within", [False, True])
def test_nothing_is_searched_after_the_block(entered_within):
    """Whatever was walked in it: a tape that was paused there, or was not active, or was entered there."""
    x = mg.parameter([2.0, 0.0])
    tape = mg.Tape()
    if not entered_within:
        tape.__enter__()
        y = mg.exp(x).sum()
        with tape.paused(), mg.detect_anomaly():
            tape.gradient(y, x, retain=True)
    else:
        with mg.detect_anomaly():
            tape.__enter__()
            mg.exp(x)
    try:
        assert np.isneginf(mg.log(x).value[1])
    finally:
        tape.__exit__()


def test_a_thread_without_a_search_does_not_end_that_of_another():
    x = mg.parameter([2.0, 0.0])
    with mg.detect_anomaly(), mg.Tape() as tape:
        y = mg.exp(x).sum()
        thread = threading.Thread(target=lambda: tape.gradient(y, x, retain=True))
        thread.start()
        thread.join()
        with pytest.raises(errors.AnomalyError, match="log made inf"):
            mg.log(x)


def test_a_checkpointed_function_is_run_once_more_and_not_twice():
    calls = []

    def nested(depth):
        def function(x):
            calls.append(depth)
            return mg.tanh(nested(depth - 1)(x)) if depth else mg.exp(x)

        return mg.checkpoint(function)

    x = mg.parameter(0.5)
    counts = []
    for search in (False, True):
        calls.clear()
        with mg.detect_anomaly() if search else nullcontext(), mg.Tape() as tape:
            tape.backward(nested(3)(x))
        counts.append(len(calls))
    assert counts[0] == counts[1]
