"""The tape: what it records, how it is cut, and what the reverse walk may and may not do."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import threading
from contextlib import nullcontext

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.context import active_tape
from tests.numeric import host


def line() -> int:
    """The caller's line."""
    return sys._getframe(1).f_lineno


# -- recording -------------------------------------------------------------------------------------


def test_records_are_plain_data_in_the_order_of_execution():
    x, y = mg.parameter([[1.0, 2.0]], name="x"), mg.parameter([[3.0]], name="y")
    with mg.Tape() as tape:
        z = mg.tanh(x * y)
        tape.mark("second")
        total = z.sum(axis=1)
    assert [r.op for r in tape] == ["multiply", "tanh", "sum"]
    first, second, third = tape
    assert [tape.names[i] for i in first.inputs] == ["x", "y"]
    assert list(second.inputs) == [first.out]
    assert list(third.inputs) == [second.out]
    assert (first.shape, first.dtype, first.step) == ((1, 2), np.float64, 0)
    assert (third.shape, third.step, third.params["axis"]) == ((1,), 1, 1)
    assert list(first.in_shapes) == [(1, 2), (1, 1)]
    assert total.shape == (1,)
    assert len(tape) == 3
    assert tape[-1] is third
    assert tape[:2] == [first, second]
    assert list(tape) == tape.records


def test_only_what_the_rules_need_is_kept():
    x, w = mg.parameter(np.ones((2, 3))), mg.parameter(np.ones((3, 4)))
    with mg.Tape() as tape:
        mg.tanh(mg.matmul(x, w) + 1.0)
        product, add, tanh = tape
    assert product.residuals is not None
    assert {id(r) for r in product.arrays()} == {id(x._value), id(w._value)}
    assert add.arrays() == []
    assert [r.shape for r in tanh.arrays()] == [(2, 4)]
    assert tape.nbytes == 2 * 4 * 8, "the output of tanh; leaves are not counted"


def test_a_constant_operand_keeps_no_more_than_the_tensor_operand_needs():
    x = mg.parameter(np.ones(5))
    with mg.Tape() as tape:
        _ = x * 2.0
        _ = np.ones(5) * x
    scaled, product = tape
    assert scaled.residuals == (2.0,)
    assert len(product.arrays()) == 1


def test_ids_are_small_and_reproducible():
    def run():
        x, w = mg.parameter(1.0), mg.parameter(2.0)
        with mg.Tape() as tape:
            for _ in range(3):
                x = mg.tanh(x * w) + 1
        return [(r.op, tuple(r.inputs), r.out) for r in tape]

    assert run() == run()
    assert max(out for _, _, out in run()) == 2 + 9 - 1


def test_nothing_is_recorded_outside_or_while_paused():
    x = mg.parameter(2.0)
    y = x * x
    with mg.Tape() as tape:
        with tape.paused():
            assert active_tape.get() is None
            z = x * x
        assert active_tape.get() is tape
        w = x * z
        np.testing.assert_array_equal(tape.gradient(w, x).value, 4.0)
    assert len(tape) == 1
    assert y.item() == z.item() == 4.0


def test_a_tape_can_be_left_and_entered_again():
    tape = mg.Tape()
    x = mg.parameter(3.0)
    with tape:
        y = x * x
    outside = y.detach() * 5
    with tape:
        z = y * x + outside
    tape.backward(z)
    assert x.grad == 27.0
    assert len(tape) == 3


def test_entering_twice_is_an_error_and_leaves_the_tape_working():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        with pytest.raises(errors.TapeError, match="twice"):
            tape.__enter__()
        assert active_tape.get() is tape
        tape.backward(x * x)
    assert active_tape.get() is None
    assert x.grad == 6.0


def test_nested_tapes_record_separately():
    x = mg.parameter(3.0)
    with mg.Tape() as outer:
        y = x * x
        with mg.Tape() as inner:
            z = x * x * x
            with pytest.raises(errors.ForeignTensorError, match="another tape"):
                _ = y * x
        w = y * x
    assert (len(outer), len(inner)) == (2, 2)
    assert inner.gradient(z, x).item() == 27
    assert outer.gradient(w, x).item() == 27
    with pytest.raises(errors.ForeignTensorError):
        inner.gradient(w, x)
    with pytest.raises(errors.ForeignTensorError):
        outer.gradient(w, z)


@pytest.mark.parametrize("depth", [1, 2])
def test_an_exception_leaves_no_tape_active(depth):
    class BoomError(Exception):
        pass

    tapes = [mg.Tape() for _ in range(depth)]

    def enter(rest):
        if not rest:
            raise BoomError
        with rest[0]:
            enter(rest[1:])

    with pytest.raises(BoomError):
        enter(tapes)
    assert active_tape.get() is None
    with pytest.raises(BoomError), mg.Tape() as tape, tape.paused():
        raise BoomError
    assert active_tape.get() is None


def test_generators_may_leave_their_tapes_in_any_order():
    def recording():
        with mg.Tape() as tape:
            yield tape

    for order in ([0, 1, 2], [1, 0, 2], [2, 0, 1], [1, 2, 0]):
        generators = [recording() for _ in range(3)]
        tapes = [next(generator) for generator in generators]
        for k, number in enumerate(order):
            generators[number].close()
            entered = [tape for tape, rest in enumerate(tapes) if tape not in order[: k + 1]]
            assert active_tape.get() is (tapes[entered[-1]] if entered else None)


def test_a_walk_that_fails_leaves_the_active_tape_as_it_was():
    broken = mg.Primitive(lambda xp, x: x * 1.0, name="test_broken", public=False)
    broken.defvjp(lambda g: 1 / 0)
    x = mg.parameter(1.0)
    with mg.Tape() as tape:
        y = broken(x)
        for create_graph in (False, True):
            with pytest.raises(ZeroDivisionError):
                tape.gradient(y, x, create_graph=create_graph)
            assert active_tape.get() is tape
            assert tape._order == 0
    assert x.grad is None


def test_threads_record_independently():
    wrong: list[object] = []
    shared = mg.parameter(2.0)

    def work(number: int) -> None:
        try:
            for k in range(2000):
                x = mg.parameter(float(number + k))
                with mg.Tape() as tape:
                    y = x * x * shared
                    if tape.gradient(y, x).item() != 4.0 * (number + k) or len(tape) != 2:
                        wrong.append((number, k))
        except Exception as failure:
            wrong.append(failure)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_tape_in_one_thread_is_not_active_in_another():
    seen = []
    with mg.Tape() as tape:
        thread = threading.Thread(target=lambda: seen.append((active_tape.get(), mg.parameter(1.0) * 2)))
        thread.start()
        thread.join()
    assert seen[0][0] is None
    assert len(tape) == 0


def test_printing():
    x = mg.parameter(np.ones((2, 3)), name="weights", dtype="float32")
    with mg.Tape() as tape:
        tape.mark()
        y = tape.name(mg.tanh(x), "hidden")
        total = y.sum()
        text = str(tape)
        assert repr(tape) == "<Tape: 2 records, 1 steps, 0 cuts>"
        for word in ("weights", "hidden", "tanh", "sum", "2×3", "scalar", "float32", "24"):
            assert word in text
        tape.backward(total)
        assert "freed" in str(tape)
        tape.cut()
        assert "cut 1" in str(tape)
    with mg.Tape() as tape:
        for _ in range(500):
            x = x * 1.0
        assert "440 more" in str(tape)
        assert len(str(tape).splitlines()) < 70
        assert repr(tape[0]) == "%1 = multiply(%0, ·) : float32[2, 3] @step 0"


def test_deepcopy_of_a_long_tape():
    x = mg.parameter(1.0)
    with mg.Tape() as tape:
        for _ in range(20_000):
            x = x * 1.0
    twin = copy.deepcopy(tape)
    assert len(twin) == len(tape)
    assert twin[-1].out == tape[-1].out


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_a_copied_tape_is_another_tape(make):
    x = mg.parameter(2.0, name="x")
    with mg.Tape() as tape:
        y = x * x
        twin = make(tape)  # which is active, and its copy is not
        assert str(twin) == str(tape)
        tape.backward(y)
        assert "freed" not in str(twin)
    with twin:
        assert active_tape.get() is twin
        z = x * 5.0
        with pytest.raises(errors.ForeignTensorError):
            _ = y * 3.0
    assert (len(tape), len(twin)) == (1, 2)
    assert twin.gradient(z, x).item() == 5.0


# -- marks and cuts --------------------------------------------------------------------------------


def recurrence(steps, tape, w, h, cut_after=None, keep=0):
    """h ← w·h + 1, step by step; returns all states."""
    states = [h]
    for number in range(1, steps + 1):
        assert tape.mark() == number
        states.append(w * states[-1] + 1.0)
        if number == cut_after:
            tape.cut(keep)
    return states


def test_marks_number_the_steps():
    with mg.Tape() as tape:
        recurrence(3, tape, mg.parameter(0.5), mg.parameter(1.0))
    assert [r.step for r in tape] == [1, 1, 2, 2, 3, 3]
    tape.mark("fourth")
    assert tape.step == 4
    assert tape.mark_names == {4: "fourth"}


@pytest.mark.parametrize("keep", [0, 1, 2, 3])
def test_a_cut_makes_a_constant_of_everything_before_it(keep):
    w, h = mg.parameter(0.5), mg.parameter(2.0)
    with mg.Tape() as tape:
        states = recurrence(4, tape, w, h, cut_after=4, keep=keep)
        tape.mark()
        last = w * states[-1] + 1.0
        gradient = tape.gradient(last, w).item()
    values = [s.item() for s in states]
    expected = values[-1]  # the newest use, then the kept ones, each times one more w
    for lag in range(1, keep + 1):
        expected += 0.5**lag * values[-1 - lag]
    assert gradient == pytest.approx(expected, rel=1e-15)
    assert len(tape) == 2 * (keep + 1)
    assert tape.last_cut.number == 1
    assert tape.last_cut.dropped == 8 - 2 * keep
    assert tape.last_cut.last_step == 4 - keep


def test_the_gradient_at_the_border_is_what_truncation_throws_away():
    w, h = mg.parameter(0.5), mg.parameter(2.0)
    with mg.Tape() as tape:
        states = recurrence(2, tape, w, h, cut_after=2)
        tape.mark()
        later = w * states[2] + 1.0
        assert tape.gradient(later, states[2], retain=True).item() == 0.5
        full = tape.gradient(later, [w, states[2]], retain=True)
    h1, h2 = states[1].item(), states[2].item()
    thrown_away = full[1].item() * (h1 + 0.5 * 2.0)
    assert full[0].item() + thrown_away == pytest.approx(h2 + 0.5 * (h1 + 0.5 * 2.0))


def test_a_gradient_through_a_cut_names_step_window_and_cut():
    w = mg.parameter(0.5)
    with mg.Tape() as tape:
        states = recurrence(5, tape, w, mg.parameter(2.0), cut_after=4)
        for target, source in [(states[3], w), (states[5], states[2])]:
            with pytest.raises(errors.CutError) as caught:
                tape.gradient(target, source)
            message = str(caught.value)
            step = 3 if target is states[3] else 2
            for part in (f"step {step}", "cut 1", "up to 4", "window 2", "step 5", __file__):
                assert part in message
        with pytest.raises(errors.CutError):
            tape.backward(states[3])
        with pytest.raises(errors.CutError, match="step 3"):
            tape.backward([states[5], states[3]])
    assert w.grad is None


def test_a_second_cut_is_named_by_its_number():
    w = mg.parameter(0.5)
    with mg.Tape() as tape:
        states = recurrence(2, tape, w, mg.parameter(2.0), cut_after=1)
        tape.cut()
        with pytest.raises(errors.CutError, match="cut 2"):
            tape.backward(states[1])
    assert (tape.cuts, tape.last_cut.first_step, tape.last_cut.last_step) == (2, 2, 2)


def test_a_cut_forgets_data_and_names_that_are_no_longer_used():
    old, kept = mg.tensor(1.0, name="old"), mg.parameter(2.0, name="kept")
    with mg.Tape() as tape:
        tape.mark("a")
        y = old * kept
        tape.mark("b")
        z = y * kept
        tape.cut(keep=1)
    assert sorted(tape.names.values()) == ["kept"]
    assert list(tape.leaves.values()) == [kept]
    assert tape.mark_names == {2: "b"}
    tape.backward(z)
    assert kept.grad == 2.0


def test_a_parameter_keeps_its_id_through_cuts_and_gets_no_gradient_where_it_is_not_used():
    old, kept = mg.parameter(1.0), mg.parameter(2.0)
    with mg.Tape() as tape:
        y = old * kept
        tape.cut()
        tape.backward(y * kept)
        tape.cut()
        assert tape.admit(old) == 0
    assert old.grad is None
    assert kept.grad == 2.0


def test_cut_keep_must_not_be_negative():
    with pytest.raises(ValueError, match="keep=-1"):
        mg.Tape().cut(keep=-1)


def test_keeping_more_steps_than_there_are_drops_nothing():
    w = mg.parameter(0.5)
    with mg.Tape() as tape:
        states = recurrence(2, tape, w, mg.parameter(2.0), cut_after=2, keep=9)
    assert len(tape) == 4
    tape.backward(states[2])
    assert w.grad == pytest.approx(2.0 + 0.5 * 2.0)


def test_inspect_keeps_values_cotangents_and_history():
    w = mg.parameter(0.5)
    with mg.Tape(inspect=True) as tape:
        states = recurrence(2, tape, w, mg.parameter(2.0))
        tape.backward(states[2])
        tape.cut()
    assert [len(past.records) for past in tape.history] == [4]
    outs = [r.out for r in tape.history[0].records]
    assert [tape.values[i] for i in outs] == [1.0, 2.0, 1.0, 2.0]
    assert [tape.cotangents[i] for i in outs] == [0.5, 0.5, 1.0, 1.0]


def test_inspect_keeps_each_walk_with_what_arrived():
    w = mg.parameter(0.5)
    with mg.Tape(inspect=True) as tape:
        y, z = w * 3.0, w * 7.0
        remove = tape.hook(y, lambda g: tape.gradient(z, w, retain=True) * 0 + g)  # a walk inside a walk
        tape.backward(y * 2.0, retain=True)
        remove()
        tape.gradient(y, w, create_graph=True)
        tape.cut()
        tape.backward(w * 5.0)
    outer, inner, recorded, last = tape.walks
    assert [walk.cuts for walk in tape.walks] == [0, 0, 0, 1]
    y = tape.history[0].records[0].out
    assert [float(walk.cotangents[y]) for walk in (outer, recorded)] == [2.0, 1.0]
    assert [float(walk.cotangents[0]) for walk in (inner, recorded, last)] == [7.0, 3.0, 5.0]
    assert outer.ids <= inner.ids < recorded.ids < last.ids


def test_only_an_inspecting_tape_remembers_its_walks():
    w = mg.parameter(0.5)
    with mg.Tape() as tape:
        tape.backward(w * 3.0)
    assert tape.walks == []


# -- the walk --------------------------------------------------------------------------------------


def test_backward_accumulates_on_leaves_and_consumes_the_tape():
    x = mg.parameter([3.0, 4.0])
    with mg.Tape() as tape:
        y = (x * x).sum()
        tape.backward(y)
        np.testing.assert_array_equal(x.grad, [6, 8])
        with pytest.raises(errors.ConsumedError, match="retain=True"):
            tape.backward(y)
        with pytest.raises(errors.ConsumedError):
            tape.gradient(y, x)
        np.testing.assert_array_equal(x.grad, [6, 8])
        tape.backward((x * x).sum())
    np.testing.assert_array_equal(x.grad, [12, 16])


def test_retain_adds_exactly_once_more():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * x
        z = y * y  # 4 x³ = 108
        for times in (1, 2, 3):
            tape.backward(z, retain=True)
            assert x.grad == 108.0 * times
        tape.backward(z)
        assert x.grad == 432.0
        with pytest.raises(errors.ConsumedError):
            tape.backward(z)


def test_gradient_leaves_grad_alone():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        assert tape.gradient(x * x, x).item() == 6.0
    assert x.grad is None


def test_gradients_at_intermediates_and_at_the_target():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * x
        z = y * y + x
        gz, gy, gx = tape.gradient(z, [z, y, x])
    assert (gz.item(), gy.item(), gx.item()) == (1.0, 18.0, 109.0)


def test_several_targets_add_up():
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        y = x * x
        total = y.sum()
        (g,) = tape.gradient([total, y, total], [x], seed=[2.0, np.array([10.0, 20.0]), None])
        np.testing.assert_array_equal(g.value, [2 * (2 + 10 + 1), 4 * (2 + 20 + 1)])
    with pytest.raises(errors.ShapeError, match="2 targets"):
        tape.gradient([total, y], x, seed=[1.0])


def test_one_source_twice_and_an_ancestor_of_another():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * 2.0
        a, b, c = tape.gradient(y * x, [x, x, y])
    assert (a.item(), b.item(), c.item()) == (12.0, 12.0, 3.0)
    assert not np.shares_memory(a._value, b._value)


def test_a_recorded_walk_from_outside_of_the_tape():
    x = mg.parameter(np.float32(2.0))
    with mg.Tape() as tape:
        y, seed = x * np.float64(3.0) * x, x * 3.0
    twice = tape.gradient([y, y], x, seed=[seed, seed], create_graph=True)  # 2 · 3x · 6x
    assert twice.dtype == np.float32
    assert tape.gradient(twice, x).item() == 72 * 2.0


def test_what_the_last_walk_started_from_is_said_after_walks_inside_it():
    x = mg.parameter(2.0)
    keep = mg.checkpoint(lambda x: x * x)
    for create_graph in (False, True):
        with mg.Tape() as tape:
            y = keep(x)
            z, inner = y * 3.0, y * 5.0
            other = mg.tensor(1.0) * 2.0
            tape.hook(z, lambda g, y=y, tape=tape, inner=inner: tape.gradient(inner, y, retain=True) * 0.0 + g)
            tape.gradient([z, other], x, create_graph=create_graph)
            assert tape.targets == (z._place[1], other._place[1])
            assert tape.unreached == (other._place[1],)


def test_a_leaf_may_be_the_target():
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        _ = x * 2.0
        np.testing.assert_array_equal(tape.gradient(x, x, seed=np.array([5.0, 6.0])).value, [5, 6])


@pytest.mark.parametrize(
    ("seed", "error"),
    [
        (np.ones(3), errors.ShapeError),
        (1.0, errors.ShapeError),
        (np.ones((2, 1)), errors.ShapeError),
        (np.ones(2, complex), errors.DTypeError),
        (np.array([True, False]), errors.DTypeError),
    ],
)
def test_a_bad_seed(seed, error):
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        y = x * x
        with pytest.raises(error, match="seed"):
            tape.backward(y, seed)
        tape.backward(y, np.array([3, 4]))  # integers are converted
    np.testing.assert_array_equal(x.grad, [6, 16])


def test_a_seed_of_another_precision_is_converted(xp):
    x = mg.parameter(xp.asarray(np.ones(2, "float32")))
    with mg.Tape() as tape:
        for seed in (np.array([3.0, 4.0]), mg.tensor(xp.asarray(np.array([3.0, 4.0])))):
            g = tape.gradient(x * x, x, seed=xp.asarray(seed) if isinstance(seed, np.ndarray) else seed)
            assert g.dtype == np.float32
            np.testing.assert_array_equal(host(g), [6, 8])


def test_a_target_that_is_no_scalar_needs_a_seed():
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        y = x * x
        with pytest.raises(errors.ShapeError, match=r"\(2,\)"):
            tape.backward(y)
        with pytest.raises(errors.ShapeError):
            tape.gradient(x[:1] * 1.0, x)


def test_unused_sources():
    x, other = mg.parameter([1.0, 2.0]), mg.parameter(np.ones((2, 2), "float32"), name="other")
    with mg.Tape() as tape:
        y = (x * x).sum()
        late = other * 2.0
        with pytest.raises(errors.UnusedError, match="'other'"):
            tape.gradient(y, [x, other], retain=True)
        zero = tape.gradient(y, other, unused="zero", retain=True)
        assert (zero.shape, zero.dtype) == ((2, 2), np.float32)
        assert not zero.value.any()
        assert tape.gradient(y, [late, x], unused="none")[0] is None
        with pytest.raises(ValueError, match="'ignore'"):
            tape.gradient(y, x, unused="ignore")
        with pytest.raises(errors.UnusedError):
            tape.backward(mg.tensor(1.0) * 2.0)
        with pytest.raises(errors.DTypeError, match="int64"):
            tape.gradient(y, mg.tensor([1, 2]))


def test_a_target_that_is_on_no_tape():
    x = mg.parameter(1.0)
    y = x * 2
    with mg.Tape() as tape:
        with pytest.raises(errors.TapeError, match="not on this tape"):
            tape.backward(y)
        with pytest.raises(errors.TapeError):
            tape.backward(mg.parameter(1.0))
    with pytest.raises(errors.TapeError, match="no tape is active"):
        y.backward()
    with mg.Tape():
        (x * x).backward()
    assert x.grad == 2.0


def test_a_target_without_derivative():
    x = mg.parameter(2.0)
    with mg.Tape() as tape, pytest.raises(errors.DTypeError, match="bool"):
        tape.backward(x > 1)


def test_walking_does_not_touch_what_the_target_does_not_depend_on():
    x, y = mg.parameter(2.0), mg.parameter(3.0)
    with mg.Tape() as tape:
        a, b = x * x, y * y
        tape.backward(a)
        assert y.grad is None
        tape.backward(b)
    assert (x.grad, y.grad) == (4.0, 6.0)


# -- derivatives of derivatives --------------------------------------------------------------------


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


# -- aliasing and mutation -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: x + y,
        lambda x, y: mg.identity(x) - y,
        lambda x, y: (x.reshape(-1) + y.T.reshape(-1)).reshape(2, 2),
        lambda x, y: mg.stack([x, y])[0] + x.T.T + y,
    ],
)
def test_gradients_never_alias(f):
    x, y = mg.parameter(np.ones((2, 2))), mg.parameter(np.ones((2, 2)))
    seed = np.arange(4.0).reshape(2, 2)
    with mg.Tape() as tape:
        tape.backward(f(x, y), seed, retain=True)
        gx, gy = tape.gradient(f(x, y), [x, y], seed=seed)
    arrays = [x.grad, y.grad, gx._value, gy._value, seed]
    for k, a in enumerate(arrays):
        for b in arrays[:k]:
            assert not np.shares_memory(a, b)


def test_the_seed_may_change_afterwards():
    x = mg.parameter([3.0, 4.0])
    seed = np.array([1.0, 2.0])
    with mg.Tape(inspect=True) as tape:
        y = x * x
        g = tape.gradient(y, x, seed=seed, create_graph=True)
        tape.backward(y, seed, retain=True)
        seed[:] = 1e6
        np.testing.assert_array_equal(tape.gradient(g, x, seed=np.ones(2)).value, [2, 4])
    np.testing.assert_array_equal(x.grad, [6, 16])
    assert all(np.all(np.abs(c) < 100) for c in tape.cotangents.values())


def test_leaves_copy_what_they_are_given():
    a = np.array([1.0, 2.0])
    x, p = mg.tensor(a), mg.parameter(a)
    with mg.Tape() as tape:
        y = x * p
        a[:] = 100.0
        np.testing.assert_array_equal(tape.gradient(y, p, seed=np.ones(2)).value, [1, 2])
    np.testing.assert_array_equal(x.value, [1, 2])
    np.testing.assert_array_equal(p.value, [1, 2])
    q = mg.parameter([0.0, 0.0])
    q.value = a
    a[:] = 5.0
    np.testing.assert_array_equal(q.value, [100, 100])


@pytest.mark.parametrize(
    ("f", "array"),
    [
        (lambda x, a: x * a, np.array([1.0, 2.0, 3.0])),
        (lambda x, a: a * x, np.array([1.0, 2.0, 3.0])),
        (lambda x, a: x / a, np.array([1.0, 2.0, 3.0])),
        (lambda x, a: a / x, np.array([1.0, 2.0, 3.0])),
        (lambda x, a: x**a, np.array([1.0, 2.0, 3.0])),
        (lambda x, a: x @ a, np.array([[1.0], [2.0], [3.0]])),
        (lambda x, a: mg.maximum(x, a), np.array([1.0, 9.0, 3.0])),
        (lambda x, a: mg.where(a, x, 0.0), np.array([True, False, True])),
        (lambda x, a: x[a], np.array([0, 0, 1])),
        (lambda x, a: x[a], np.array([True, False, True])),
        (lambda x, a: x[a, None], np.array([0, 0, 1])),
        (lambda x, a: mg.take_rows(x, a), np.array([0, 0, 1])),
        (lambda x, a: mg.cross_entropy(mg.stack([x, x]), a), np.array([0, 1])),
        (lambda x, a: mg.add(x, a) * mg.subtract(a, x), np.array([1.0, 2.0, 3.0])),
        (lambda x, a: mg.concatenate([x, a]) ** 2, np.array([1.0, 2.0, 3.0])),
        (lambda x, a: mg.roll(x.reshape(3, 1), shift=a, axis=(0, 1)), np.array([1, 0])),
        (lambda x, a: mg.tile(x, reps=a), np.array([2, 1])),
        (lambda x, a: mg.transpose(x.reshape(1, 3, 1), axes=a), np.array([1, 0, 2])),
    ],
)
@pytest.mark.parametrize("create_graph", [False, True])
def test_an_array_that_changes_after_it_was_used_changes_no_gradient(f, array, create_graph):
    def gradient(change):
        a, x = array.copy(), mg.parameter([1.5, 2.5, 3.5])
        with mg.Tape() as tape:
            y = f(x, a)
            if change:
                a[:] = a[::-1].copy() if a.dtype != bool else ~a
            return tape.gradient(
                y, x, seed=np.arange(1.0, y.size + 1).reshape(y.shape), create_graph=create_graph
            ).value

    np.testing.assert_array_equal(gradient(change=True), gradient(change=False))


@pytest.mark.parametrize(
    ("f", "listed"),
    [
        (lambda x, s: x[s], [0, 0, 1]),
        (lambda x, s: mg.transpose(x.reshape(1, 3, 1), axes=s), [1, 0, 2]),
        (lambda x, s: mg.reshape(x, shape=s), [3, 1]),
    ],
)
def test_a_list_that_changes_after_it_was_used_changes_no_gradient(f, listed):
    def gradient(change):
        s, x = list(listed), mg.parameter([1.5, 2.5, 3.5])
        with mg.Tape() as tape:
            y = f(x, s)
            if change:
                s.sort(reverse=True)
                s[0] = 0
            return tape.gradient(y, x, seed=np.arange(1.0, y.size + 1).reshape(y.shape)).value

    np.testing.assert_array_equal(gradient(change=True), gradient(change=False))


def test_values_cannot_be_written_into():
    p = mg.parameter([1.0, 2.0])
    with mg.Tape():
        y = p * 2
    for tensor in (p, y, y.detach(), mg.parameter(1.0)):
        with pytest.raises(ValueError, match="read-only"):
            tensor.value[...] = 0.0
    with pytest.raises(TypeError, match="not written into"):
        p[0] = 3.0
    y.numpy()[:] = 0.0
    np.testing.assert_array_equal(y.value, [2, 4])


def test_a_new_value_between_forward_and_backward_is_not_what_was_recorded():
    p, q = mg.parameter([3.0]), mg.parameter([5.0])
    with mg.Tape() as tape:
        y = p * q
        p.value = [100.0]
        q.value = np.array([200.0])
        tape.backward(y.sum(), retain=True)
        g = tape.gradient(y.sum() * 1.0, p, create_graph=True)
    np.testing.assert_array_equal(p.grad, [5])
    np.testing.assert_array_equal(q.grad, [3])
    np.testing.assert_array_equal(g.value, [5])


def test_in_place_operators_rebind():
    p = mg.parameter([3.0])
    with mg.Tape() as tape:
        x = p
        x *= 2.0
        x += 1.0
        tape.backward(x.sum())
    np.testing.assert_array_equal(p.value, [3])
    np.testing.assert_array_equal(p.grad, [2])


# -- dtype and determinism -------------------------------------------------------------------------


def test_float32_stays_float32_through_a_whole_network(rng, xp):
    def array(*shape):
        return xp.asarray(rng.standard_normal(shape).astype("float32"))

    w, b, x = mg.parameter(array(4, 4)), mg.parameter(array(4)), array(2, 4)
    with mg.Tape() as tape:
        h = mg.tensor(array(2, 4))
        for _ in range(3):
            h = mg.tanh(x @ w + h * 0.5 + b) ** 2 / 3 - 1
        h = 2.0 * mg.relu(h) + mg.where(h > 0, h, 0.1) + np.pi * mg.abs(h) - mg.maximum(h, 0)
        loss = mg.cross_entropy(h, xp.asarray(np.array([1, 2]))) + (h**2).mean() + mg.logsumexp(h)
        grads = tape.gradient(loss, [w, b], create_graph=True)
        tape.backward(loss + sum((g * g).sum() for g in grads))
    assert {r.dtype.name for r in tape} <= {"float32", "bool"}
    assert w.grad.dtype == b.grad.dtype == np.float32


def test_the_same_bits_in_every_process():
    program = """
import numpy as np, minigrad as mg, hashlib
rng = np.random.default_rng(0)
cell = mg.nn.RNNCell(5, 7, rng=0); head = mg.nn.Linear(7, 5, rng=1); table = mg.nn.Embedding(5, 5, rng=2)
params = [*cell.parameters(), *head.parameters(), *table.parameters()]
x = rng.integers(0, 5, (9, 3))
with mg.Tape() as tape:
    h, loss = cell.initial_state(3), 0.0
    for t in range(8):
        h = cell(table(x[t]), h)
        loss = loss + mg.cross_entropy(head(h), x[t + 1])
    tape.backward(loss, retain=True)
    g = tape.gradient(loss, params, create_graph=True)
    second = tape.gradient(sum((k * k).sum() for k in g), params)
digest = hashlib.sha256()
for p, s in zip(params, second):
    digest.update(p.grad.tobytes()); digest.update(s.value.tobytes())
print(digest.hexdigest(), str(tape))
"""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 64


def test_a_gradient_at_an_intermediate_leaves_its_own_record_to_be_walked():
    p = mg.parameter(2.0)
    with mg.Tape() as tape:
        h = p * p
        y = h * 3.0
        assert tape.gradient(y, h).item() == 3.0
        assert tape.gradient(h, p).item() == 4.0


def test_names_and_ids_survive_a_cut():
    p = mg.parameter(2.0, name="p")
    with mg.Tape() as tape:
        tape.mark()
        h = tape.name(p * 3.0, "h")
        cut = tape.cut()
        assert (cut.first_step, cut.last_step) == (1, 1)
        tape.mark()
        h * p
        table = str(tape)
    assert "h, p" in table
    assert tape.records[0].inputs == (1, 0)


@pytest.mark.parametrize("keep", [1.5, "a", None])
def test_cut_keep_must_be_an_integer(keep):
    with pytest.raises(TypeError, match="must be an integer"):
        mg.Tape().cut(keep=keep)


def test_a_cut_that_keeps_more_than_there_is_names_no_negative_step():
    with mg.Tape() as tape:
        tape.mark()
        mg.tensor(1.0) * 2.0
        cut = tape.cut(keep=10)
    assert (cut.dropped, cut.last_step) == (0, 0)
    assert len(tape) == 1


def test_the_bytes_of_the_table_add_up_to_its_head():
    x, w = mg.parameter(np.ones(4)), mg.parameter(np.ones(4))
    with mg.Tape() as tape:
        h = mg.tanh(x * w)  # keeps its result; the product keeps leaves only
        h * h * w  # the first product keeps h, which counts already
        assert tape.kept_bytes() == [0, 32, 0, 32]
        assert tape.nbytes == 64
        rows = str(tape).splitlines()
    assert "64 bytes kept" in rows[0]
    assert sum(int(row.split()[-1]) for row in rows[3:]) == 64


@pytest.mark.parametrize("target", [3, None, "loss", ["loss"]])
def test_a_target_that_is_no_tensor(target):
    x = mg.parameter(1.0)
    with mg.Tape() as tape:
        mg.exp(x)
        with pytest.raises(TypeError, match="must be a tensor, or a sequence of them, not"):
            tape.gradient(target, x)
        with pytest.raises(TypeError, match="not Record"):
            tape.backward(tape[-1])


# -- operands of every kind, in every place ----------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_leaf_that_is_new_to_the_tape_in_each_place(place):
    """The unrolled calls know only tensors that are on the tape already."""
    values = [np.ones((2, 3)), np.ones((3, 4)), np.ones(4)]
    leaves = [mg.parameter(value) for value in values]
    with mg.Tape() as tape:
        mg.linear(*leaves)
        fresh = mg.parameter(values[place])
        operands = [*leaves[:place], fresh, *leaves[place + 1 :]]
        tape.backward(mg.linear(*operands).sum())
    assert fresh.grad.tolist() == {0: np.full((2, 3), 4.0), 1: np.full((3, 4), 2.0), 2: np.full(4, 2.0)}[place].tolist()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_tensor_of_another_tape_in_each_place(place):
    values = [np.ones((2, 3)), np.ones((3, 4)), np.ones(4)]
    with mg.Tape():
        foreign = mg.parameter(values[place]) * 1.0
    with mg.Tape():
        own = [mg.parameter(value) * 1.0 for value in values]
        with pytest.raises(errors.ForeignTensorError):
            mg.linear(*own[:place], foreign, *own[place + 1 :])


@pytest.mark.parametrize("around", [nullcontext, mg.Tape], ids=["no tape", "tape"])
@pytest.mark.parametrize(
    ("x", "w", "b"), [((3,), (3,), (3,)), ((2, 3), (3, 4), (5, 2, 4)), ((3,), (3, 4), (2, 4))], ids=str
)
def test_linear_does_not_grow(x, w, b, around):
    """Also where the product is a scalar, to which an addition in place binds something larger."""
    with around(), pytest.raises(errors.ShapeError, match="linear"):
        mg.linear(mg.parameter(np.ones(x)), mg.parameter(np.ones(w)), mg.parameter(np.ones(b)))


def test_linear_takes_numbers_and_other_dtypes():
    x, w = np.arange(6).reshape(2, 3), np.arange(12).reshape(3, 4)
    for b in (0.5, 2, np.float32(0.5), np.ones(4, "float32"), np.ones(4, int), np.ones(4, "float64")):
        result, expected = mg.linear(mg.tensor(x), w, b), x @ w + b
        assert result.dtype == expected.dtype
        np.testing.assert_array_equal(result.numpy(), expected)
