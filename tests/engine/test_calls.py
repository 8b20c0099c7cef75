"""The unrolled calls of primitives do what the long way does, and are taken where they can be."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine.primitive import Binary, Primitive, Ternary, Unary
from tests.engine import template
from tests.strict import strict

VALUE = np.array([[0.5, 1.5], [2.5, 3.5]])

# Operands by kind, each made from the tape that is active, or from none.
TENSORS = {
    "recorded": lambda: known() * 1.0,
    "known leaf": lambda: known(),
    "new leaf": lambda: mg.parameter(VALUE),
    "whole numbers": lambda: known(np.array([[1, 2], [3, 4]])),
    "narrow": lambda: known(VALUE.astype("float32")),
    "row": lambda: known(VALUE[:1]),
    "scalar": lambda: known(2.0),
    "sum": lambda: known().sum(),  # a NumPy number
}
CONSTANTS = {
    "array": lambda: VALUE + 1.0,
    "row array": lambda: VALUE[0].copy(),
    "0-d array": lambda: np.array(1.5),
    "numpy number": lambda: np.float32(1.5),
    "float": lambda: 1.5,
    "int": lambda: 3,
    "booleans": lambda: VALUE > 1,
}
OTHERS = {
    "bool": lambda: True,
    "list": lambda: [[1.0, 2.0], [3.0, 4.0]],
    "complex array": lambda: VALUE + 1j,
    "complex": lambda: 1j,
    "text": lambda: "text",
    "text array": lambda: np.array(["a", "b"]),
    "None": lambda: None,
    "device": lambda: mg.parameter(strict.asarray(VALUE)),
    "known on the device": lambda: known(strict.asarray(VALUE)),
    "device array": lambda: strict.asarray(VALUE),
    "other shape": lambda: known(np.ones(5)),
    "of another tape": lambda: foreign(),
}
KINDS = TENSORS | CONSTANTS | OTHERS


def known(value=VALUE):
    """A leaf that was used on the active tape, if there is one."""
    leaf = mg.tensor(value) if getattr(value, "dtype", VALUE.dtype).kind == "i" else mg.parameter(value)
    _ = leaf.reshape(leaf.shape)
    return leaf


def foreign():
    with mg.Tape():
        return mg.parameter(VALUE) * 1.0


def powered(xp, x, *, power=2.0):
    if x.shape == (5,):
        raise ValueError("five numbers")
    return xp.exp(x) ** power


@pytest.fixture(scope="module")
def primitives():
    """One for each unrolled call, whose rules ask for everything."""
    made = [
        mg.primitive(powered, name="unrolled_1", public=False),
        mg.primitive(lambda xp, x, y, *, power=2.0: (x * y) ** power, name="unrolled_2", public=False, broadcasts=True),
        mg.primitive(lambda xp, x, y, z, *, power=2.0: (x * y + z) ** power, name="unrolled_3", public=False),
        mg.primitive(
            lambda xp, x, y: (xp.exp(x) * y, xp.exp(x)), name="unrolled_aux", aux={"e": mg.primitives.exp}, public=False
        ),
    ]
    made[0].defvjp(lambda g, x, out, shape, shapes, power: g * x * out)
    made[1].defvjp(*[lambda g, x, y, out, shape, shapes, power: g * x * y * out] * 2)
    made[2].defvjp(*[lambda g, x, y, z, out, shape, shapes, power: g * x * y * z * out] * 3)
    made[3].defvjp(lambda g, e, x, y: g * e * x * y, lambda g, e, x: g * e * x)
    made.append(mg.primitive(lambda xp, x, y, z: x + y + z, name="unrolled_plain", public=False))
    made[4].defvjp(*[lambda g: g] * 3)
    made.append(
        mg.primitive(
            lambda xp, x, y, z: (xp.exp(x) * y + z, xp.exp(x)),
            name="unrolled_3_aux",
            aux={"e": mg.primitives.exp},
            public=False,
            broadcasts=True,
        )
    )
    made[5].defvjp(lambda g, e, x, y, z: g * e * y, lambda g, e, x, z: g * e, lambda g: g)
    assert [type(each) for each in made] == [Unary, Binary, Ternary, Binary, Ternary, Ternary]
    return made


def plain(value, values):
    """A value as what can be compared; arrays with the operands whose memory they are."""
    if hasattr(value, "dtype"):
        same = [k for k, operand in enumerate(values) if operand is value]
        host = value._host if hasattr(value, "_host") else value
        return type(value).__name__, str(value.dtype), np.shape(host), np.asarray(host).tolist(), same
    return type(value).__name__, value


def outcome(call, primitive, kinds, options, with_tape):
    """What a call with fresh operands returns, raises and records."""
    tape = mg.Tape()
    with tape if with_tape else tape.paused(), warnings.catch_warnings(record=True):
        operands = [KINDS[kind]() for kind in kinds]
        values = [getattr(operand, "_value", operand) for operand in operands]
        before = len(tape)
        try:
            result = call(primitive, *operands, **options)
        except Exception as error:
            return type(error), str(error), len(tape) - before
        described = [type(result), plain(getattr(result, "_value", result), values)]
        for record in tape.records[before:]:
            fields = (record.inputs, record.in_shapes, record.out, record.step, record.order, record.params)
            described += [record.plan.saves, record.plan.constants, fields, record.shape, record.dtype]
            described += [plain(each, values) for each in record.residuals]
        return described, sorted(tape.leaves), getattr(result, "_shape", None)


CASES = [
    *[(0, kinds) for kinds in itertools.product(KINDS)],
    *[(which, kinds) for which in (1, 3) for kinds in itertools.product(KINDS, repeat=2)],
    *[
        (2, (*kinds[:k], kind, *kinds[k:]))
        for kinds in [("recorded", "new leaf"), ("recorded", "known leaf")]
        for kind in KINDS
        for k in range(3)
    ],
    *[
        (which, kinds)
        for which in (2, 4, 5)
        for kinds in itertools.product(["recorded", "sum", "float", "array", "known on the device"], repeat=3)
    ],
]


@pytest.mark.parametrize("plan", ["cold", "warm"])
@pytest.mark.parametrize("with_tape", [True, False])
@pytest.mark.parametrize("which", range(6))
def test_they_do_what_the_long_way_does(which, with_tape, plan, primitives):
    """Whatever the operands are: same result, same record, same error."""
    primitive = primitives[which]
    for kinds in [kinds for case, kinds in CASES if case == which]:
        for options in ({}, {"power": 3.0}) if which < 3 else ({},):
            expected = outcome(Primitive.general, primitive, kinds, options, with_tape)
            if plan == "cold":
                primitive.plans.clear()
            assert outcome(type(primitive).__call__, primitive, kinds, options, with_tape) == expected, (kinds, options)


@pytest.mark.parametrize("which", range(6))
def test_misuse_gets_the_same_error(which, primitives):
    primitive, x = primitives[which], mg.parameter(VALUE)
    arity = primitive.arity
    calls = [((x,) * count, options) for count in range(arity + 3) for options in ({}, {"x": x}, {"other": 1.0})]
    calls += [((x,) * arity, {"power": x}), ((x,) * (arity - 1), {primitive.operands[-1]: x})]
    for operands, options in calls:
        described = []
        for call in (type(primitive).__call__, Primitive.general):
            with mg.Tape() as tape:
                try:
                    call(primitive, *operands, **options)
                    described.append([(r.op, r.inputs, r.params) for r in tape])
                except TypeError as error:
                    described.append((type(error), str(error)))
        assert described[0] == described[1], (len(operands), options.keys())


USUAL = [
    *[(0, (kind,)) for kind in TENSORS if kind != "new leaf"],
    *[(1, kinds) for kinds in itertools.product(TENSORS, TENSORS | CONSTANTS) if "new leaf" not in kinds],
    *[(1, kinds) for kinds in itertools.product(CONSTANTS, TENSORS) if "new leaf" not in kinds],
    (3, ("recorded", "array")),
    *[
        (which, kinds)
        for which in (2, 4, 5)
        for kinds in itertools.product(["recorded", "known leaf", "sum", "float", "row array"], repeat=3)
        if not set(kinds) <= CONSTANTS.keys()
    ],
]


@pytest.mark.parametrize("which", range(6))
def test_they_are_taken_where_they_can_be(which, primitives, monkeypatch):
    primitive = primitives[which]
    for kinds in [kinds for case, kinds in USUAL if case == which]:
        with mg.Tape():
            primitive(*[KINDS[kind]() for kind in kinds])  # makes the plan
            operands = [KINDS[kind]() for kind in kinds]
            with monkeypatch.context() as patch:
                patch.setattr(Primitive, "general", lambda *_, kinds=kinds: pytest.fail(f"the long way: {kinds}"))
                assert type(primitive(*operands)) is mg.Tensor


@pytest.mark.parametrize("which", [1, 2, 3, 5])
def test_a_constant_that_changes_after_it_was_used_changes_no_gradient(which, primitives):
    primitive, x = primitives[which], mg.parameter(VALUE)
    for place in range(primitive.arity):
        gradients = []
        for spoiled in (False, False, True):  # the first makes the plan
            constants = [VALUE + k for k in range(1, primitive.arity)]
            operands = [*constants[:place], x, *constants[place:]]
            with mg.Tape() as tape:
                y = primitive(*operands)
                for constant in constants if spoiled else ():
                    constant[:] = np.nan
                gradients.append(tape.gradient(y, x, np.ones((2, 2))).numpy().tolist())
        assert gradients[0] == gradients[1] == gradients[2]


@pytest.mark.parametrize("which", range(6))
def test_a_foreign_tensor_is_not_taken_for_one_of_the_tape_by_its_numbers(which, primitives):
    """Its id and its step are the key of the tape that is active."""
    primitive, x = primitives[which], mg.parameter(VALUE)
    with mg.Tape() as tape:
        primitive(*[x] * primitive.arity)
        stranger = mg.Tensor(VALUE, (mg.Tape()._key, tape._key, tape._key))
        for call in (type(primitive).__call__, Primitive.general):
            for place in range(primitive.arity):
                with pytest.raises(mg.errors.ForeignTensorError):
                    call(primitive, *[stranger if k == place else x for k in range(primitive.arity)])


def test_arrays_alone_are_computed_with_whatever_their_dtype_is(primitives):
    np.testing.assert_allclose(primitives[0](VALUE * 1j), np.exp(VALUE * 2j), rtol=1e-14)
    np.testing.assert_allclose(primitives[1](VALUE * 1j, 2.0), -4 * VALUE**2, rtol=1e-14)
    np.testing.assert_allclose(primitives[4](VALUE * 1j, 2.0, VALUE), VALUE * (1 + 1j) + 2.0, rtol=1e-14)


def test_the_calls_are_what_the_template_makes():
    assert template.FILE.read_text("utf-8") == template.text(), "python -m tests.engine.template"
