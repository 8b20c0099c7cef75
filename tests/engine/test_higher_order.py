"""Derivatives of derivatives: walks that are recorded, and walked again."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg


def test_a_derivative_of_a_derivative_keeps_outer_dependencies():
    x, y = mg.parameter(3.0), mg.parameter(5.0)
    with mg.Tape() as tape:
        inner = tape.gradient(x * y, y, create_graph=True)  # x
        outer = x * inner  # x · x
        assert tape.gradient(outer, x).item() == 6.0


def test_a_derivative_at_a_recorded_tensor_does_not_mix_with_its_other_uses():
    p = mg.parameter(3.0)
    with mg.Tape() as tape:
        x = p * 1.0
        _ = mg.exp(x)
        at = mg.identity(x)
        first = tape.gradient(at * at * x, at, create_graph=True)  # 2·at·x
        assert first.item() == 18.0
        assert tape.gradient(first, at, retain=True).item() == 6.0
        assert tape.gradient(first, p).item() == 12.0  # both at and x are p


def test_third_and_fourth_derivatives():
    x = mg.parameter(1.5)
    with mg.Tape() as tape:
        y = x**5
        for expected in (5 * 1.5**4, 20 * 1.5**3, 60 * 1.5**2, 120 * 1.5):
            y = tape.gradient(y, x, create_graph=True)
            assert y.item() == pytest.approx(expected, rel=1e-14)
    assert sorted({r.order for r in tape}) == [0, 1]


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "exp"])
def test_third_derivative_of_activations(name):
    x = mg.parameter(0.3)
    with mg.Tape() as tape:
        y = getattr(mg, name)(x)
        for _ in range(3):
            y = tape.gradient(y, x, create_graph=True)
    s = 1 / (1 + np.exp(-0.3))
    t = np.tanh(0.3)
    expected = {
        "tanh": (1 - t * t) * (6 * t * t - 2),
        "sigmoid": s * (1 - s) * (1 - 6 * s + 6 * s * s),
        "exp": np.exp(0.3),
    }
    assert y.item() == pytest.approx(expected[name], rel=1e-13)


def test_the_hessian_is_symmetric(rng):
    x = mg.parameter(rng.standard_normal(4))
    w = rng.standard_normal((4, 4))
    rows = []
    with mg.Tape() as tape:
        y = mg.logsumexp(mg.tanh(x @ w) * x) + mg.softmax(x)[0]
        g = tape.gradient(y, x, create_graph=True)
        for k in range(4):
            rows.append(tape.gradient(g[k], x, retain=True).value)
    np.testing.assert_allclose(rows, np.transpose(rows), rtol=1e-12, atol=1e-15)
    assert np.abs(rows).max() > 0.01


def test_backward_through_a_recorded_gradient():
    x, w = mg.parameter([1.0, 2.0]), mg.parameter([3.0, 4.0])
    with mg.Tape() as tape:
        g = tape.gradient((w * x**3).sum(), x, create_graph=True)  # 3 w x²
        tape.backward((g * g).sum())  # Σ 9 w² x⁴
    np.testing.assert_allclose(w.grad, 18 * w.value * x.value**4)
    np.testing.assert_allclose(x.grad, 36 * w.value**2 * x.value**3)


def test_a_gradient_that_is_the_seed_itself_can_be_differentiated():
    x, v = mg.parameter([1.0, 2.0]), mg.parameter([3.0, 4.0])
    with mg.Tape() as tape:
        g = tape.gradient(x + 1.0, x, seed=v, create_graph=True)
        np.testing.assert_array_equal(tape.gradient(g, v, seed=np.array([5.0, 6.0])).value, [5, 6])


def test_without_create_graph_a_gradient_is_a_constant():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        g = tape.gradient(x * x, x)
        assert tape.gradient(g * x, x).item() == 6.0


def test_create_graph_of_cross_entropy_with_raw_targets(rng):
    logits, targets = rng.standard_normal((3, 4)), np.array([0, 3, 1])
    hessians = []
    for y in (targets, mg.tensor(targets)):
        x = mg.parameter(logits)
        with mg.Tape() as tape:
            g = tape.gradient(mg.cross_entropy(x, y, reduction="sum"), x, create_graph=True)
            hessians.append(tape.gradient(g[0, 0], x).value)
    p = np.exp(logits[0]) / np.exp(logits[0]).sum()
    np.testing.assert_allclose(hessians[0][0], p[0] * (np.eye(4)[0] - p), rtol=1e-12)
    assert not hessians[0][1:].any()
    np.testing.assert_array_equal(*hessians)


# -- where the records of a recorded walk come from ------------------------------------------------


def test_each_record_of_a_walk_names_the_record_whose_rule_made_it():
    w = mg.parameter(0.5)
    with mg.Tape() as tape:
        h = mg.tensor(0.2)
        for _ in range(3):
            tape.mark()
            h = mg.tanh(w * h)
        tape.mark()
        (g,) = tape.gradient(h, [w], create_graph=True)
        between = len(tape)
        tape.gradient(g, w, create_graph=True)
    forward = {record.out: record for record in tape if record.order == 0}
    assert all(record.origin == -1 for record in forward.values())
    first, second = [record for record in tape[:between] if record.order], tape[between:]
    assert {record.origin for record in first} == set(forward)  # every record was walked
    assert all(record.step == 4 for record in first)
    for record in first:
        origin = forward[record.origin]
        assert tape.time_of(record) == origin.step
        allowed = {"tanh": {"multiply", "subtract", "add", "tanh_slope"}, "multiply": {"multiply", "add"}}
        assert record.op in allowed[origin.op]
    # from the last step to the first
    assert [tape.time_of(record) for record in first] == sorted(
        (tape.time_of(record) for record in first), reverse=True
    )
    known = {record.out: record for record in tape}
    assert second
    for record in second:
        assert known[record.origin].order in (0, 1)
        assert tape.time_of(record) == tape.time_of(known[record.origin])


def test_records_after_a_walk_and_beside_it_come_from_none():
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        y = mg.square(x).sum()
        tape.hook(y, lambda g: g * 2)
        g = tape.gradient(y, x, create_graph=True)
        after = g * 3
        with pytest.raises(mg.errors.UnusedError):
            tape.gradient(y, mg.parameter(1.0), create_graph=True)
        last = after + 1
    records = {record.out: record for record in tape}
    assert records[last._place[1]].origin == records[after._place[1]].origin == -1
    assert records[tape.records[-1].inputs[0]].origin == -1


def test_where_a_cut_dropped_the_origin_the_step_is_the_records_own():
    w = mg.parameter(0.5)
    with mg.Tape() as tape:
        tape.mark()
        y = mg.tanh(w * w)
        tape.mark()
        tape.gradient(y, w, create_graph=True)
        tape.cut(keep=1)
    assert {tape.time_of(record) for record in tape} == {2}
