"""Programs as data: printed, counted, and the passes one by one against the program before them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import minigrad as mg
from minigrad.programs.passes import EXACT, PASSES
from minigrad.programs.passes.pruning import prune
from minigrad.programs.passes.sharing import share
from minigrad.programs.program import Program
from minigrad.programs.running import last_uses
from tests.replay.test_training import Model, batch, training
from tests.test_random_programs import BINARY, UNARY, programs, run


def recorded(function: Any, *calls: Any, passes: Any = ()) -> Program:
    replayed = mg.replay(function, passes=passes)
    for args in calls:
        replayed(*args)
    return replayed.programs[-1]


X, Y = mg.tensor([1.0, 2.0]), mg.tensor([3.0, 4.0])


def test_what_is_printed():
    w = mg.parameter([1.0, 2.0], name="w")
    program = recorded(lambda x, parts: mg.tanh(x * w) + parts["y"] * 2.0, (X, {"y": Y}), (Y, {"y": X}))
    assert str(program).splitlines() == [
        "program <lambda>: 5 instructions",
        "  %0 = input x : float64[2]",
        "  %1 = input parts.y : float64[2]",
        "  %2 = read w : float64[2]",
        "  %3 = multiply(%0, %2) : float64[2]",
        "  %4, %5 = tanh(%3) : float64[2], ?",
        "  %6 = multiply(%1, 2.0) : float64[2]",
        "  %7 = add(%4, %6) : float64[2]",
        "  return %7",
    ]
    assert repr(program) == "<Program <lambda>: 2 inputs, 5 instructions>"
    assert program.counts() == {"multiply": 2, "w": 1, "tanh": 1, "add": 1}
    assert bool(program)


def test_a_walk_and_an_update_are_printed():
    w = mg.parameter([1.0, 2.0], name="w")
    optimiser = mg.optim.SGD([w], 0.1)

    def train(x: Any) -> Any:
        with mg.Tape() as tape:
            tape.mark()
            tape.backward(mg.square(x * w).sum())
        optimiser.step()

    program = recorded(train, (X,), (Y,))
    lines = [line.split(" : ")[0].strip() for line in str(program).splitlines()]
    assert [line for line in lines if "vjp" in line or "accumulate" in line or "step" in line] == [
        "%6 = sum.vjp0(%5, (2,), None)",
        "%7 = square.vjp0(%6, %2)",
        "%8 = multiply.vjp1(%7, %0)",
        "accumulate(%8) @step 1",
        "SGD.step() @step 1",
    ]
    assert program.parameters == (w,)


def test_what_is_said_of_the_programs():
    replayed = mg.replay(lambda x: (x * 2 + x * 2, x * 3)[0])
    assert replayed.explain() == "<lambda>: no program was recorded yet."
    for x in (X, Y, X):
        replayed(x)
    words = [" ".join(line.split()) for line in replayed.explain().splitlines()]
    assert words == [
        "<lambda>(x: float64[2])",
        "pass instructions bytes multiplications",
        "captured 4 64 0",
        "prune 3 48 0",
        "share 2 32 0",
        "slope 2 32 0",
        "batch 2 32 0",
        "join 2 32 0",
        "prune 2 32 0",
        "in_place 2 16 0",
        "plan 2 64 0",
    ]
    assert repr(replayed) == "<replay of <lambda>: 1 programs>"


def test_prune_leaves_what_may_refuse():
    def function(i: Any, m: Any) -> Any:
        mg.take_rows(np.eye(3), i)
        mg.exp(m)
        mg.inv(m)
        return m * 2

    program = prune(recorded(function, (np.array([0, 1]), np.eye(2)), (np.array([2, 1]), 2 * np.eye(2))))
    assert list(program.counts()) == ["take_rows", "inv", "multiply"]
    replayed = mg.replay(function)
    for index in ([0, 1], [1, 2], [2, 0]):
        replayed(np.array(index), np.eye(2))
    with pytest.raises(IndexError, match="take_rows"):
        replayed(np.array([0, 3]), np.eye(2))
    with pytest.raises(np.linalg.LinAlgError, match="inv"):
        replayed(np.array([0, 1]), np.zeros((2, 2)))


def test_share_tells_numbers_apart():
    program = recorded(lambda x: (x * 1, x * 1.0, x * True, x * 0.0, x * -0.0, x * 1), (X,), (Y,))
    assert len(share(program)) == 5
    for k in range(4):
        replayed = mg.replay(lambda x: (x * 0.0, x * -0.0))
        zero, negative = [replayed(mg.tensor([1.0 + k])) for _ in range(3)][-1]
        assert not np.signbit(zero.value[0])
        assert np.signbit(negative.value[0])


def test_share_reads_a_leaf_again_after_an_effect():
    w = mg.parameter(2.0)
    optimiser = mg.optim.SGD([w], 0.5)

    def train(x: Any) -> Any:
        before = w * x
        with mg.Tape() as tape:
            tape.backward(w * x)
        optimiser.step()
        return before, w * x

    replayed = mg.replay(train)
    value = 2.0
    for k in range(1, 6):
        before, after = replayed(mg.tensor(float(k)))
        assert (float(before), float(after)) == (value * k, (value - 0.5 * k) * k)
        value -= 0.5 * k


def test_random_numbers_are_drawn_anew_and_in_order():
    def draws(seed: int) -> Any:
        rng = np.random.default_rng(seed)
        return lambda x: (mg.dropout(x, 0.5, rng=rng), mg.dropout(x, 0.5, rng=rng) * 0, mg.dropout(x, 0.3, rng=rng))

    function, replayed = draws(0), mg.replay(draws(0))
    x = mg.tensor(np.ones(20))
    masks = []
    for _ in range(5):
        for one, other in zip(function(x), replayed(x), strict=True):
            np.testing.assert_array_equal(one.value, other.value)
        masks.append(one.value.tolist())
    assert len({tuple(mask) for mask in masks}) == 5


def test_values_are_let_go_after_their_last_use():
    program = recorded(lambda x: mg.exp(mg.sin(x) * mg.cos(x)), (X,), (Y,))
    assert last_uses(program.instructions, set(program.returned)) == [(), (0,), (1, 2), (3,)]


# -- passes, one by one ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "passes", [(), (prune,), (share,), (share, prune), EXACT], ids=lambda passes: "-".join(p.__name__ for p in passes)
)
def test_every_pass_computes_the_same(passes: Any):
    first, second = Model("lstm", "adam", layers=2, rate=0.3), Model("lstm", "adam", layers=2, rate=0.3)
    train, program = training(first), mg.replay(training(second), passes=passes)
    for seed in range(5):
        state = mg.stop_gradient(first.cell.initial_state(4))
        (found, h), (expected, h2) = program(*batch(seed), state), train(*batch(seed), state)
        assert [float(x) for x in found["losses"]] == [float(x) for x in expected["losses"]]
        np.testing.assert_array_equal(h[0].h.value, h2[0].h.value)
    assert program.reason is None


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(programs(), st.integers(0, 1000))
def test_a_random_program(operations: Any, seed: int):
    """Its value, gradients and second derivatives, on other operands than those of the capture."""
    rng = np.random.default_rng(seed)
    f = lambda x, y: run(mg, operations, x, y)
    first = mg.replay(mg.value_and_grad(f, (0, 1)))
    second = mg.replay(lambda x, y, d, e: mg.hvp(f, (x, y), (d, e)))
    for _ in range(3):
        x, y, d, e = rng.standard_normal((4, 3, 3))
        value, gradients = first(x, y)
        products = second(x, y, d, e)
    value2, gradients2 = mg.value_and_grad(f, (0, 1))(x, y)
    assert float(value) == float(value2)
    for one, other in zip(gradients, gradients2, strict=True):
        np.testing.assert_array_equal(one.value, other.value)
    for one, other in zip(products, mg.hvp(f, (x, y), (d, e)), strict=True):
        np.testing.assert_allclose(one.value, other.value, rtol=1e-9, atol=1e-9)


# -- batches over time -----------------------------------------------------------------------------


def shortened(cell: str, layers: int = 1, steps: int = 5) -> Program:
    """The program of a training step with every pass."""
    model = Model(cell, layers=layers)
    replayed = mg.replay(training(model))
    for seed in range(3):
        replayed(*batch(seed, steps), mg.stop_gradient(model.cell.initial_state(4)))
    return replayed.programs[-1]


@pytest.mark.parametrize(("cell", "recurrent"), [("rnn", 1), ("gru", 1), ("lstm", 1)])
def test_what_is_independent_between_the_steps_is_one_instruction(cell: str, recurrent: int):
    counts = shortened(cell).counts()
    assert counts["take_rows"] == counts["cross_entropy"] == 1
    assert counts["linear"] == 5 * recurrent + 1  # the state's product at each step, and the read-out
    assert counts["linear.vjp0"] == 4 * recurrent


def test_the_length_of_a_window_adds_what_is_recurrent_only():
    few, many = (shortened("lstm", steps=steps).counts() for steps in (4, 8))
    more = {name: many[name] - few.get(name, 0) for name in many if many[name] != few.get(name, 0)}
    assert all(count % 4 == 0 for count in more.values())
    assert {"take_rows", "cross_entropy", "matmul", "sum of outer", "stack"}.isdisjoint(more)


def test_sums_over_the_steps_are_one_product():
    program = shortened("rnn")
    sums = [each for each in program.instructions if each.kind == "sum"]
    assert {each.name for each in sums} == {"sum of outer", "sum of summed", "sum of scatter"}
    stacked = [each for each in sums if all(program.values[n].shape[:2] == (5, 4) for n in each.takes)]
    others = [len(each.takes) for each in sums if each not in stacked]
    assert len(stacked) == 3
    assert sorted(others) == [1, 5, 2 * 5]  # the first state, learned, is broadcast: W_h and b meet another shape there


@pytest.mark.parametrize(("cell", "count"), [("rnn", 1), ("gru", 2), ("lstm", 2)])
def test_slopes_are_computed_for_all_steps_at_once(cell: str, count: int):
    counts = shortened(cell).counts()
    assert sum(counts.get(name, 0) for name in ("tanh.slope", "sigmoid.slope")) >= count
    assert {"tanh.vjp0", "sigmoid.vjp0"}.isdisjoint(counts)


def test_slopes_of_saturated_units():
    """Near to 1 the result has rounded away the slope, which the operand still tells."""
    w = mg.parameter([1.0, 3.0, 12.0, 40.0, -30.0], name="w")

    def unrolled(xs: Any) -> Any:
        with mg.Tape() as tape:
            losses = []
            for x in xs:
                tape.mark()
                losses.append((mg.tanh(w * x) + mg.sigmoid(w * x)).sum())
            return tape.gradient(losses, [w, *xs])

    replayed = mg.replay(unrolled)
    for scale in (0.1, 1.0, 0.5):
        xs = [mg.tensor(np.full(5, scale * k)) for k in (1, 2, 3)]
        found = replayed(xs)
    assert "tanh.slope" in replayed.programs[0].counts()
    for one, other in zip(found, unrolled(xs), strict=True):
        np.testing.assert_allclose(one.value, other.value, rtol=1e-12, atol=0)


def test_a_tail_that_somebody_else_takes_stays():
    def function(xs: Any) -> Any:
        with mg.Tape() as tape:
            outs = []
            for x in xs:
                tape.mark()
                outs.append(mg.tanh(x).sum())
            (first, *_) = tape.gradient(outs, xs, create_graph=True)
            return tape.gradient(first.sum(), xs[0])

    replayed = mg.replay(function)
    for k in range(3):
        xs = [mg.tensor([0.5 + k, 30.0]), mg.tensor([1.0, 2.0])]
        found = replayed(xs)
    np.testing.assert_allclose(found.value, function(xs).value, rtol=1e-12)


def test_a_second_layer_is_batched_after_the_first():
    counts = shortened("gru", layers=2).counts()
    assert counts["linear"] == 5 * 2 + 2  # two recurrences, the second layer's input, the read-out


def test_nothing_is_batched_across_an_update():
    w = mg.parameter(np.eye(3), name="w")
    optimiser = mg.optim.SGD([w], 0.1)

    def train(xs: Any) -> Any:
        found = []
        for x in xs:
            with mg.Tape() as tape:
                tape.mark()
                loss = mg.square(mg.matmul(x, w)).sum()
                tape.backward(loss)
            optimiser.step()
            found.append(loss)
        return found

    def fresh() -> None:
        w.value = np.eye(3)

    replayed = mg.replay(train)
    for seed in range(4):
        xs = [*np.random.default_rng(seed).standard_normal((4, 2, 3))]
        fresh()
        expected = [float(loss) for loss in train([mg.tensor(x) for x in xs])]
        fresh()
        assert [float(loss) for loss in replayed([mg.tensor(x) for x in xs])] == pytest.approx(expected, rel=1e-13)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(programs(), programs(), st.integers(0, 1000), st.integers(1, 6))
def test_a_random_recurrence(inner: Any, outer: Any, seed: int, steps: int):
    """A random step with a state, and a random read-out, over marks: losses and gradients with every pass."""
    rng = np.random.default_rng(seed)
    w = mg.parameter(rng.standard_normal((3, 3)))
    recurrence = recurrence_of(inner, outer)

    def unrolled(xs: Any, h: Any) -> Any:
        losses, _, gradients = recurrence(xs, h, w)
        return losses, gradients

    replayed = mg.replay(unrolled)
    for _ in range(3):
        *xs, h = [mg.tensor(x) for x in rng.standard_normal((steps + 1, 3, 3))]
        found = replayed(xs, h)
    losses, gradients = unrolled(xs, h)
    assert [float(loss) for loss in found[0]] == pytest.approx([float(loss) for loss in losses], rel=1e-11)
    for one, other in zip(found[1], gradients, strict=True):
        np.testing.assert_allclose(one.value, other.value, rtol=1e-9, atol=1e-11 * max(1, abs(other.value).max()))


def recurrence_of(inner: Any, outer: Any) -> Any:
    """A function of inputs, state and weight: the losses of a random recurrence, its last state, and gradients."""

    def unrolled(xs: Any, h: Any, w: Any) -> Any:
        losses = []
        with mg.Tape() as tape:
            for x in xs:
                tape.mark()
                h = mg.tanh(values(inner, h @ w, x))
                losses.append((values(outer, h, x @ w) ** 2).mean())
            return losses, h, tape.gradient(losses, [w, *xs], unused="zero")

    return unrolled


def values(operations: Any, x: Any, y: Any) -> Any:
    """What a random program computes last."""
    seen = [x, y]
    for name, i, j in operations:
        seen.append(UNARY[name](mg, seen[j]) if name in UNARY else BINARY[name](mg, seen[i], seen[j]))
    return seen[-1]


def test_what_stand_ins_have_no_result_for_stays_as_it_is():
    """A pass computes with zeros in place of the values, which have no inverse."""
    w = mg.parameter(np.eye(2), name="w")

    def unrolled(xs: Any) -> Any:
        total = 0.0
        with mg.Tape() as tape:
            for x in xs:
                tape.mark()
                total = total + mg.inv(mg.matmul(x, w)).sum()
            return total, tape.gradient(total, w)

    replayed = mg.replay(unrolled)
    for seed in range(3):
        xs = [mg.tensor(np.eye(2) * 3 + x) for x in np.random.default_rng(seed).standard_normal((4, 2, 2))]
        found = replayed(xs)
    counts = replayed.programs[0].counts()
    assert counts["inv"] >= 4
    for one, other in zip(found, unrolled(xs), strict=True):
        np.testing.assert_allclose(one.value, other.value, rtol=1e-12)


def test_steps_that_do_one_and_the_same():
    w = mg.parameter(np.ones((2, 2)), name="w")

    def unrolled(x: Any) -> Any:
        with mg.Tape() as tape:
            losses = []
            for _ in range(3):
                tape.mark()
                losses.append(mg.square(mg.matmul(x, w)).sum())
            return losses, tape.gradient(losses, w)

    for passes in (PASSES, PASSES[2:]):
        replayed = mg.replay(unrolled, passes=passes)
        for k in range(1, 4):
            x = mg.tensor(np.eye(2) * k)
            (losses, gradient), (losses2, gradient2) = replayed(x), unrolled(x)
        assert [float(loss) for loss in losses] == pytest.approx([float(loss) for loss in losses2])
        np.testing.assert_allclose(gradient.value, gradient2.value)


def test_a_recorded_walk_belongs_to_the_steps_that_it_walks():
    """So that second derivatives are batched over the steps, too."""
    w, v = mg.parameter(np.full((3, 3), 0.1), name="w"), mg.tensor(np.ones((3, 3)))

    def curvature(xs: Any) -> Any:
        with mg.Tape() as tape:
            losses = []
            for x in xs:
                tape.mark()
                losses.append(mg.square(mg.tanh(mg.matmul(x, w))).sum())
            (g,) = tape.gradient(losses, [w], create_graph=True)
            return tape.gradient((g * v).sum(), w)

    plain, short = mg.replay(curvature, passes=()), mg.replay(curvature)
    for seed in range(3):
        xs = [mg.tensor(x) for x in np.random.default_rng(seed).standard_normal((5, 4, 3))]
        found = plain(xs), short(xs)
    for each in found:
        np.testing.assert_allclose(each.value, curvature(xs).value, rtol=1e-11, atol=1e-12)
    assert {each.step for each in plain.programs[0].instructions if each.kind == "operation"} == {1, 2, 3, 4, 5}
    assert short.programs[0].counts()["matmul"] < plain.programs[0].counts()["matmul"]


def test_what_a_program_costs():
    w, b = mg.parameter(np.ones((3, 5)), name="w"), mg.parameter(np.ones(5), name="b")

    def train(x: Any) -> Any:
        with mg.Tape() as tape:
            return tape.gradient(mg.square(mg.linear(x, w, b)).sum(), [x, w, b])

    program = recorded(train, (mg.tensor(np.ones((4, 3))),), (mg.tensor(np.zeros((4, 3))),))
    (name, cost), *_ = program.passes
    assert (name, cost.instructions) == ("captured", len(program))
    assert cost.multiplies == 3 * 4 * 3 * 5  # x @ w, g @ wᵀ, xᵀ g
    results = [program.values[number] for each in program.instructions for number in each.results]
    assert cost.nbytes == sum(8 * int(np.prod(value.shape)) for value in results)


def test_the_time_of_instructions_by_name():
    replayed = mg.replay(lambda x: mg.tanh(x) * 2 + x)
    with pytest.raises(mg.errors.CaptureError, match="no program for these arguments yet"):
        replayed.measure(X)
    for x in (X, Y):
        replayed(x)
    seconds = replayed.measure(X)
    assert set(seconds) == {"tanh", "multiply", "add"}
    assert all(second > 0 for second in seconds.values())
    assert [*seconds.values()] == sorted(seconds.values(), reverse=True)


def test_what_a_pass_made_is_marked():
    program = shortened("rnn")
    by = {each.by for each in program.instructions}
    assert by == {"", "slope", "batch", "join"}
    text = str(program)
    assert "(batch)" in text
    assert "(join)" in text
