"""Functions that are one record: what they take, hand on and return, what is run again, and what is not registered."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.primitive import REGISTRY
from tests.numeric import host


def ruled(function, rule):
    made = mg.custom_vjp(function)
    made.defvjp(rule)
    return made


# -- checkpoint ------------------------------------------------------------------------------------


def test_a_checkpoint_of_several_operands_is_run_again_once_a_walk():
    calls = []
    xs = [mg.parameter(float(k)) for k in (2, 3, 5)]
    product = mg.checkpoint(lambda a, b, c: calls.append(1) or a * b * c)
    with mg.Tape() as tape:
        y = product(*xs)
        for walk in (1, 2):
            assert [g.item() for g in tape.gradient(y, xs, retain=True)] == [15.0, 10.0, 6.0]
            assert len(calls) == 1 + walk


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_checkpoint_may_hand_on_its_argument(create_graph):
    x = mg.parameter(3.0)
    f = mg.checkpoint(lambda x: (x, x * x))
    with mg.Tape() as tape:
        same, squared = f(x * 1.0)
        gradient = tape.gradient(same * squared, x, create_graph=create_graph)
        assert gradient.item() == 27.0
        if create_graph:
            assert tape.gradient(gradient, x).item() == 18.0


@pytest.mark.parametrize("create_graph", [False, True])
def test_operands_that_a_checkpoint_uses_without_derivative_have_zeros(create_graph):
    x, y = mg.parameter([2.0, 3.0]), mg.parameter([1.0, -1.0])
    f = mg.checkpoint(lambda x, y: x * (y > 0))
    with mg.Tape() as tape:
        found = tape.gradient(f(x, y).sum(), [x, y], create_graph=create_graph)
    assert [host(g).tolist() for g in found] == [[1.0, 0.0], [0.0, 0.0]]


def test_whole_numbers_in_and_out_of_a_checkpoint():
    x, n = mg.parameter([np.inf, 3.0]), mg.tensor([2, 5])
    f = mg.checkpoint(lambda x, n: (x * n, n * 2))
    with mg.Tape() as tape:
        y, twice = f(x, n)
        assert (twice.dtype, twice.numpy().tolist()) == (np.int64, [4, 10])
        assert tape.gradient(y.sum(), x).numpy().tolist() == [2.0, 5.0]
    with mg.Tape() as tape:
        only = mg.checkpoint(lambda n: n * 2)(n)
        assert only.numpy().tolist() == [4, 10]
        assert not only.recorded
        assert len(tape) == 0


def test_what_depends_on_no_tensor_is_a_constant():
    with mg.Tape() as tape:
        y, rest = mg.checkpoint(lambda k: (k * 2.0, None))(3.0)
        z = ruled(lambda k: np.ones(2) * k, lambda g, value, k: g)(3.0)
    assert (y, rest, z.numpy().tolist(), z.recorded) == (6.0, None, [3.0, 3.0], False)
    assert len(tape) == 0


@pytest.mark.parametrize("value", [np.zeros((0, 3)), np.zeros(3), np.array([np.inf, 1.0]), np.array([np.nan, 1.0])])
def test_a_checkpoint_of_any_values(value):
    x = mg.parameter(value)
    with mg.Tape() as tape:
        y = mg.checkpoint(lambda x: x * 3.0)(x)
        np.testing.assert_array_equal(tape.gradient(y, x, np.ones(value.shape)).value, np.full(value.shape, 3.0))


@pytest.mark.parametrize(("difference", "pure"), [(0.0, True), (1e-10, True), (1e-6, False)])
def test_half_of_the_digits_must_agree_when_it_is_run_again(difference, pure):
    """The order of sums may differ."""
    x, runs = mg.parameter([1.0, np.inf, 0.0]), iter([0.0, difference])
    with mg.Tape() as tape:
        y = mg.checkpoint(lambda x: x + next(runs))(x)
        if pure:
            tape.gradient(y, x, np.ones(3))
        else:
            with pytest.raises(errors.RecomputeError):
                tape.gradient(y, x, np.ones(3))


def test_a_function_that_returns_a_constant_the_second_time_is_not_pure():
    x, runs = mg.parameter(2.0), iter([lambda x: x * 2.0, lambda x: 4.0])
    with mg.Tape() as tape:
        y = mg.checkpoint(lambda x: next(runs)(x))(x)
        with pytest.raises(errors.RecomputeError):
            tape.gradient(y, x)


@pytest.mark.parametrize("values", [[np.inf, 1e-12], [-np.inf, -1e-12], [0.0, 1e-12]])
def test_how_small_a_difference_may_be_depends_on_the_finite_values_alone(values):
    x, factors = mg.parameter(values), iter([1.0, 2.0])
    with mg.Tape() as tape:
        y = mg.checkpoint(lambda x: x * next(factors))(x)
        with pytest.raises(errors.RecomputeError):
            tape.gradient(y, x, np.ones(2))


@pytest.mark.parametrize("which", range(3))
def test_each_of_several_results_must_agree_when_it_is_run_again(which):
    x, changes = mg.parameter(2.0), iter([1.0, 1.1])

    def f(x):
        change = next(changes)
        return tuple(x * (change if k == which else 1.0) for k in range(3))

    with mg.Tape() as tape:
        first, second, third = mg.checkpoint(f)(x)
        with pytest.raises(errors.RecomputeError):
            tape.gradient(first + second + third, x)


# -- custom_vjp ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x,
        lambda x: x * 1.0,
        lambda x: x.value * 1.0,
        lambda x: mg.tensor(x.value),
        lambda x: x.detach(),
    ],
    ids=["the argument", "recorded", "an array", "a constant", "detached"],
)
def test_the_rule_holds_whatever_kind_of_value_is_returned(function):
    f = ruled(function, lambda g, value, x: g * 10.0 * value)
    x = mg.parameter([2.0, 3.0])
    with mg.Tape() as tape:
        w = x * 1.0
        y = f(w)
        assert y.recorded
        assert tape.gradient(y, x, np.ones(2)).numpy().tolist() == [20.0, 30.0]
        assert len(tape) == 2


def test_results_of_every_kind_beside_each_other():
    f = ruled(
        lambda x: (x, x * 2.0, x.value * 3.0, mg.tensor([4, 5]), "text", None, np.array([6, 7])),
        lambda g, value, x: g[0] + 10.0 * g[1] + 100.0 * g[2],
    )
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        a, b, c, whole, text, nothing, array = f(x)
        assert (type(array), array.tolist()) == (np.ndarray, [6, 7])
        assert [each.numpy().tolist() for each in (a, b, c, whole)] == [[1, 2], [2, 4], [3, 6], [4, 5]]
        assert (text, nothing, whole.recorded) == ("text", None, False)
        for each, factor in [(a, 1.0), (b, 10.0), (c, 100.0), (a + b + c, 111.0)]:
            assert tape.gradient(each, x, np.ones(2), retain=True).numpy().tolist() == [factor] * 2


@pytest.mark.parametrize("create_graph", [False, True])
def test_an_argument_without_derivative_has_zeros(create_graph):
    f = ruled(lambda x, y: x * y, lambda g, value, x, y: (g * y, None))
    x, y = mg.parameter([2.0, 3.0]), mg.parameter(np.ones(2, "float32"))
    with mg.Tape() as tape:
        found = tape.gradient(f(x, y).sum(), [x, y], create_graph=create_graph)
    assert [(g.dtype.name, host(g).tolist()) for g in found] == [("float64", [1.0, 1.0]), ("float32", [0.0, 0.0])]
    assert all(type(g) is mg.Tensor for g in found)


def test_the_one_argument_may_be_a_pair():
    f = ruled(lambda pair: pair[0] * pair[1], lambda g, value, pair: [g * pair[1], g * pair[0]])
    x, y = mg.parameter(2.0), mg.parameter(3.0)
    with mg.Tape() as tape:
        assert [g.item() for g in tape.gradient(f([x, y]), [x, y])] == [3.0, 2.0]


@pytest.mark.parametrize("cotangent", [3.0, 3, np.float64(3), np.array(3.0), mg.tensor(3.0)])
def test_a_rule_may_return_numbers_also_for_what_is_no_tensor(cotangent):
    f = ruled(lambda x, k, y: x * k + y, lambda g, value, x, k, y: (cotangent, cotangent, cotangent))
    x = mg.parameter(2.0)
    with mg.Tape() as tape:
        assert tape.gradient(f(x, 5.0, x), x).item() == 6.0, "an argument that is there twice adds both"


def test_a_recorded_tensor_that_is_no_argument_is_refused():
    x = mg.parameter(2.0)
    with mg.Tape():
        hidden = x * 3.0
        for function in (lambda x: x * hidden, lambda x: hidden):
            with pytest.raises(errors.RuleError, match="not one of its positional arguments"):
                ruled(function, lambda g, value, x: g)(x)
        constant = mg.tensor(4.0)
        assert ruled(lambda x: x * constant, lambda g, value, x: g)(x).item() == 8.0
        assert ruled(lambda pair: pair[0] * pair[1], lambda g, value, pair: (g, g))((x, hidden)).item() == 12.0


# -- both ------------------------------------------------------------------------------------------


def test_their_records_are_in_no_register():
    before = dict(REGISTRY)

    def tanh(x):
        return mg.tanh(x)

    def of_no_primitive(x):
        return x * 1.0

    for function in (tanh, of_no_primitive):
        made = ruled(function, lambda g, value, x: g)
        with mg.Tape() as tape:
            made(mg.parameter(1.0))
            mg.checkpoint(function)(mg.parameter(1.0))
        assert [record.op for record in tape] == [function.__name__, "checkpoint"]
    assert before == REGISTRY
    assert not tape[0].plan.primitive.public


@pytest.mark.parametrize("wrong", [3, None, "text"])
def test_they_take_functions(wrong):
    with pytest.raises(TypeError, match="checkpoint takes a function"):
        mg.checkpoint(wrong)
    with pytest.raises(TypeError, match="custom_vjp takes a function"):
        mg.custom_vjp(wrong)
