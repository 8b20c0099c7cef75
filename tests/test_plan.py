"""Plans: what a call keeps for its rules, whatever of its operands are tensors."""

from __future__ import annotations

import minigrad as mg


def test_a_variadic_rule_may_ask_for_its_argument_anywhere():
    joined = mg.primitive(lambda xp, *xs: xp.stack(xs).sum(axis=0) * 1.0, name="summed_of_many", public=False)
    joined.defvjp(lambda g, out, argnum, shapes: g * (argnum + 1.0) * out * len(shapes))
    x, y = mg.parameter(2.0), mg.parameter(5.0)
    with mg.Tape() as tape:
        assert [g.item() for g in tape.gradient(joined(x, y), [x, y])] == [14.0, 28.0]


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
