"""What a tape records: of which operations, on which tape, in which thread, and of operands of every kind."""

from __future__ import annotations

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
