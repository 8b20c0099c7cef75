"""Plans: what a call keeps for its rules, whatever of its operands are tensors."""

from __future__ import annotations

import pytest

import minigrad as mg
from minigrad import errors


def test_a_variadic_rule_may_ask_for_its_argument_anywhere():
    joined = mg.primitive(lambda xp, *xs: xp.stack(xs).sum(axis=0) * 1.0, name="summed_of_many", public=False)
    joined.defvjp(lambda g, out, argnum, shapes: g * (argnum + 1.0) * out * len(shapes))
    x, y = mg.parameter(2.0), mg.parameter(5.0)
    with mg.Tape() as tape:
        assert [g.item() for g in tape.gradient(joined(x, y), [x, y])] == [14.0, 28.0]


def test_a_rule_may_ask_for_more_settings_than_there_are_operands():
    own = mg.primitive(lambda xp, x, *, a, b, c: x * (a + 10 * b + 100 * c), name="of_settings", public=False)
    own.defvjp(lambda g, c, a, b: g * (a + 10 * b + 100 * c))
    x = mg.parameter(2.0)
    with mg.Tape() as tape:
        assert tape.gradient(own(x, a=1.0, b=2.0, c=3.0), x).item() == 321.0


def test_an_auxiliary_result_of_a_constant():
    """Recorded again where it is a tensor's, and a constant where the operand is one."""
    scaled = mg.primitive(
        lambda xp, x, y: (xp.exp(x) * y, xp.exp(x)), name="scaled_by_exp", aux={"e": mg.primitives.exp}, public=False
    )
    scaled.defvjp(lambda g, e, y: g * e * y, lambda g, e: g * e)
    x, y = mg.parameter(0.5), mg.parameter(3.0)
    e = float(mg.exp(0.5))
    for first, second in [(x, y), (x, 3.0), (0.5, y)]:
        sources = [each for each in (first, second) if each is x or each is y]
        with mg.Tape() as tape:
            gradients = tape.gradient(scaled(first, second), sources, create_graph=True)
            assert [g.item() for g in gradients] == [e * 3 if each is x else e for each in sources]
            again = tape.gradient(gradients, sources, unused="zero")
        expected = {(x, y): [e * 3 + e, e], (x,): [e * 3], (y,): [0.0]}[tuple(sources)]
        assert [g.item() for g in again] == expected


@pytest.mark.parametrize("count", [1, 2, 3])
def test_auxiliary_results_of_any_number_of_operands(count):
    """The linear one is recorded again too, though its rule asks for nothing."""

    def forward(xp, x, *others):
        return xp.exp(x) * sum(others, 1.0), xp.exp(x), -x

    forwards = {1: lambda xp, x: forward(xp, x), 2: lambda xp, x, y: forward(xp, x, y)}
    forwards[3] = lambda xp, x, y, z: forward(xp, x, y, z)
    aux = {"e": mg.primitives.exp, "n": mg.primitives.negative}
    f = mg.primitive(forwards[count], name=f"aux_of_{count}", aux=aux, public=False)
    f.defvjp(lambda g, out, n, x: g * out * (1 + n + x), *[lambda g, e: g * e] * (count - 1))
    xs = [mg.parameter(0.5 + k) for k in range(count)]
    e, rest = float(mg.exp(0.5)), sum((0.5 + k for k in range(1, count)), 1.0)
    for _ in range(3):
        with mg.Tape() as tape:
            y = f(*xs)
            assert y.item() == pytest.approx(e * rest)
            first = tape.gradient(y, xs, create_graph=True)
            assert [g.item() for g in first] == pytest.approx([e * rest] + [e] * (count - 1))
            second = tape.gradient(first[0], xs)
        assert [g.item() for g in second] == pytest.approx([e * rest] + [e] * (count - 1))


@pytest.mark.parametrize("results", [(), (1.0,), (1.0, 2.0, 3.0), 1.0])
def test_auxiliary_results_must_all_be_there(results):
    f = mg.primitive(lambda xp, x: results, name="aux_missing", aux={"e": mg.primitives.exp}, public=False)
    with pytest.raises(errors.RuleError, match=r"aux_missing returned .*with auxiliary results"):
        f(mg.parameter(1.0))


@pytest.mark.parametrize("forward", [lambda xp, x, y: x * y, lambda xp, *xs: xs[0] * 1.0])
def test_an_auxiliary_result_is_a_function_of_one_operand(forward):
    of_more = mg.primitive(forward, name="of_more", public=False)
    of_more.defvjp(*[lambda g, out: g * out] * max(1, of_more.arity))
    with pytest.raises(errors.RuleError, match="cannot be that of of_more"):
        mg.primitive(lambda xp, x: (x, x), name="aux_of_more", aux={"e": of_more}, public=False)


def test_new_rules_replace_those_of_earlier_calls():
    f = mg.primitive(lambda xp, x: x * 3.0, name="ruled_again", public=False)
    x = mg.parameter(1.0)
    for factor, rule in [(3.0, lambda g: g * 3.0), (7.0, lambda g: g * 7.0)]:
        f.defvjp(rule)
        with mg.Tape() as tape:
            assert tape.gradient(f(x), x).item() == factor


def test_a_primitive_is_named_and_described_like_its_function():
    def halved(xp, x):
        """Half of x."""
        return x / 2

    made = mg.primitive(halved, public=False)
    assert (made.__name__, made.__qualname__, made.__doc__) == ("halved", "halved", "Half of x.")
    assert made.__module__ == __name__
    assert not made.public
    assert mg.primitives.exp.public


def test_a_list_is_kept_as_a_tuple():
    axes = [1, 0]
    with mg.Tape() as tape:
        _ = mg.transpose(mg.parameter([[1.0, 2.0]]), axes)
    assert (1, 0) in tape[0].params.values()
