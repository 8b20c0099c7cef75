"""Every error: its class, its builtin, and a message that names operation, shapes, dtypes and the user's line."""

from __future__ import annotations

import copy
import inspect
import pickle
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.primitive import REGISTRY

BUILTIN = {
    "ArgumentError": ValueError,
    "MisuseError": TypeError,
    "SubscriptError": IndexError,
    "AxisError": IndexError,
    "ShapeError": ValueError,
    "DTypeError": TypeError,
    "DeviceError": TypeError,
    "TapeError": RuntimeError,
    "ForeignTensorError": RuntimeError,
    "CutError": RuntimeError,
    "ConsumedError": RuntimeError,
    "UnusedError": ValueError,
    "RuleError": ValueError,
    "ExtraError": ImportError,
    "CheckpointError": ValueError,
    "RecomputeError": RuntimeError,
    "AnomalyError": FloatingPointError,
    "GradientError": AssertionError,
}


def here(offset: int = 0) -> str:
    frame = inspect.currentframe().f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno + offset}"


def test_every_error_is_also_the_builtin_one_expects():
    found = {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and kind.__module__ == "minigrad.errors" and not name.startswith("_")
    }
    assert found.pop("MinigradError") is errors.MinigradError
    for name, kind in found.items():
        assert issubclass(kind, errors.MinigradError)
        if name in BUILTIN:
            assert issubclass(kind, BUILTIN[name])
    assert set(BUILTIN) <= set(found)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: x + np.ones(5), ValueError, ["add", "[2, 3]", "[5]", "float32", "float64"]),
        (lambda x: x @ x, ValueError, ["matmul", "[2, 3]"]),
        (lambda x: x.reshape(4, 2), ValueError, ["reshape", "[2, 3]", "(4, 2)"]),
        (lambda x: x.sum(axis=2), IndexError, ["sum", "[2, 3]", "axis=2"]),
        (lambda x: x[5], IndexError, ["getitem", "[2, 3]", "5"]),
        (lambda x: x[:, :, 0], IndexError, ["getitem", "[2, 3]"]),
        (lambda x: mg.concatenate([x, np.ones((2, 4))]), ValueError, ["concatenate", "[2, 3]", "[2, 4]"]),
        (lambda x: mg.stack([x, np.ones((2, 4))]), ValueError, ["stack", "[2, 3]", "[2, 4]"]),
        (lambda x: mg.transpose(x, axes=(0, 0)), ValueError, ["transpose", "(0, 0)"]),
        (lambda x: mg.broadcast_to(x, shape=(3, 2)), ValueError, ["broadcast_to", "(3, 2)"]),
        (lambda x: mg.squeeze(x, axis=0), ValueError, ["squeeze", "axis=0"]),
        (lambda x: x * "three", TypeError, ["str"]),
        (lambda x: x * None, TypeError, ["NoneType"]),
        (lambda x: x * 1j, TypeError, ["complex"]),
        (lambda x: x * [object()], TypeError, ["list"]),
        (lambda x: mg.softmax(x, axis=7), IndexError, ["softmax", "axis=7"]),
    ],
)
@pytest.mark.parametrize("active", [False, True])
def test_a_failed_operation_names_itself_its_operands_and_the_line(call, error, words, active):
    x = mg.parameter(np.ones((2, 3), "float32"))
    tape = mg.Tape()
    with tape if active else nullcontext(), pytest.raises(error) as caught:
        call(x)
    message = str(caught.value)
    for word in [*words, f"{__file__}:{call.__code__.co_firstlineno}"]:
        assert word in message
    assert len(tape) == 0


def test_a_missing_or_unknown_argument():
    x = mg.parameter([1.0])
    with pytest.raises(TypeError, match=r"sum\(\) has no argument 'axes'; it has x, axis, keepdims"):
        mg.sum(x, axes=0)
    with pytest.raises(TypeError, match=r"add\(\) misses y"):
        mg.add(x)
    with pytest.raises(TypeError, match=r"exp\(\) takes 1 arguments, 2"):
        mg.exp(x, x)
    with pytest.raises(TypeError, match=r"power\(\) misses x, y"):
        mg.power()
    with pytest.raises(TypeError, match="two values for 'axis'"):
        mg.sum(x, 0, axis=0)
    with pytest.raises(TypeError, match=r"reshape\(\) misses shape"):
        mg.reshape(x)
    assert mg.where(True, y=x, x=2.0).value.tolist() == [2.0]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: mg.leaky_relu(x, slope=np.float64(0.1)),
        lambda x: mg.leaky_relu(x, slope=np.array(0.1)),
        lambda x: mg.elu(x, alpha=np.float64(2)),
        lambda x: mg.nn.LayerNorm(2, eps=np.float64(1e-5))(x),
        lambda x: mg.cross_entropy(x, np.array(1), label_smoothing=np.float64(0.1)),
    ],
)
def test_settings_that_are_numpy_scalars_widen_nothing(function):
    x = mg.parameter(np.array([-1.0, 2.0], np.float32))
    with mg.Tape() as tape:
        out = function(x)
        assert out.dtype == np.float32
        assert tape.gradient(out.sum(), x, create_graph=True).dtype == np.float32
        assert {record.dtype.name for record in tape if record.dtype.kind == "f"} == {"float32"}


def test_an_argument_that_is_given_twice():
    x = mg.parameter([1.0])
    with pytest.raises(TypeError, match=r"add\(\) got two values for 'y'"):
        mg.add(x, x, y=1)
    with pytest.raises(TypeError, match=r"add\(\) got two values for 'x'"):
        mg.add(x, x=x)


@pytest.mark.parametrize(
    "operand", [np.array([1j, 2]), np.complex128(1j), np.array([1, 2], object), np.array([1, 2], "m8[s]")], ids=repr
)
@pytest.mark.parametrize(
    "function",
    [
        mg.multiply,
        mg.matmul,
        lambda x, c: mg.where(x > 0, x, c),
        lambda x, c: mg.concatenate([x, np.reshape(c, -1)]),
        lambda x, c: mg.at_set(x, slice(1), np.reshape(c, -1)[:1]),
        lambda x, c: mg.linear(x, np.ones((2, 2)), c),
        lambda x, c: x.astype(c.dtype),
    ],
)
@pytest.mark.parametrize("around", [nullcontext, mg.Tape], ids=["no tape", "tape"])
def test_numbers_that_are_not_real_are_refused(function, operand, around):
    """What is computed with them would have no gradient, without a word."""
    with around(), pytest.raises(errors.DTypeError, match=str(operand.dtype).split("[")[0]):
        function(mg.parameter([1.0, 2.0]), operand)


@pytest.mark.parametrize("around", [nullcontext, mg.Tape], ids=["no tape", "tape"])
def test_a_tensor_as_a_parameter_is_refused(around):
    x, slope = mg.parameter([-1.0, 2.0]), mg.parameter(0.1)
    with around(), pytest.raises(TypeError, match=r"leaky_relu\(\) was given a tensor as 'slope'.*test_errors"):
        mg.leaky_relu(x, slope=slope)


@pytest.mark.parametrize("sources", [None, 1.0, np.ones(2), "p", {"p": 1}, [None]])
def test_a_source_that_is_no_tensor(sources):
    p = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        target = p.sum()
    with pytest.raises(TypeError, match=r"a source must be a tensor, not .*test_errors"):
        tape.gradient(target, sources)


@pytest.mark.parametrize("kind", [list, tuple])
def test_auxiliary_results_come_in_a_list_or_a_tuple(kind):
    exp = mg.Primitive(lambda xp, x: xp.exp(x), name="test_exp", public=False)
    exp.defvjp(lambda g, out: g * out)

    def forward(xp, x, y):
        return kind([xp.exp(x) * y, xp.exp(x)])

    made = mg.primitive(forward, name="test_aux", aux={"e": exp}, public=False)
    made.defvjp(lambda g, e, y: g * e * y, lambda g, e: g * e)
    of_x, of_y = mg.grad(lambda x, y: made(x, y), (0, 1))(0.0, 3.0)
    assert (of_x.item(), of_y.item()) == (3.0, 1.0)


@pytest.mark.parametrize("around", [nullcontext, mg.Tape], ids=["no tape", "tape"])
def test_an_auxiliary_result_that_is_missing(around):
    exp = mg.Primitive(lambda xp, x: xp.exp(x), name="test_exp", public=False)
    made = mg.primitive(lambda xp, x, y: x * y, name="test_aux", aux={"e": exp}, public=False)
    with around(), pytest.raises(errors.RuleError, match=r"test_aux returned ndarray.*\(its result, e\)"):
        made(mg.parameter([1.0, 2.0]), mg.parameter([1.0, 2.0]))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_auxiliary_result_that_is_missing_from_a_later_call(count):
    """The first call takes the long way; in the unrolled one an array must not be taken for its rows."""
    exp = mg.Primitive(lambda xp, x: xp.exp(x), name="test_exp", public=False)
    whole = [True, False]
    result = lambda xp, x: (x * 2.0, xp.exp(x)) if whole.pop(0) else x * 2.0
    forwards = {
        1: lambda xp, x: result(xp, x),
        2: lambda xp, x, y: result(xp, x),
        3: lambda xp, x, y, z: result(xp, x),
    }
    made = mg.primitive(forwards[count], name="test_aux", aux={"e": exp}, public=False)
    made.defvjp(*[lambda g, e: g * e] * count)
    operands = [mg.parameter([[1.0, 2.0], [3.0, 4.0]]) for _ in range(count)]
    with mg.Tape():
        on_tape = [x * 1.0 for x in operands]
        assert made(*on_tape).shape == (2, 2)
        with pytest.raises(errors.RuleError, match=r"test_aux returned ndarray.*\(its result, e\)"):
            made(*on_tape)


@pytest.mark.parametrize("value", [[1, 2], [True], [1j], np.ones(2, "longdouble"), ["a"], [None]])
def test_a_parameter_is_floating_point(value):
    with pytest.raises(errors.DTypeError) as caught:
        mg.parameter(value)
    for word in (str(np.array(value).dtype), "float16, float32, float64", here(-1)):
        assert word in str(caught.value)


@pytest.mark.parametrize("other", [mg.square, mg.multiply])
def test_an_auxiliary_result_is_told_by_its_value_alone(other):
    """Else its rule would miss its operand when the walk is itself recorded."""
    with pytest.raises(errors.RuleError, match=rf"test_aux: the auxiliary result 'e' cannot be that of {other.name}"):
        mg.primitive(lambda xp, x: (x, x), name="test_aux", aux={"e": other}, public=False)


@pytest.mark.parametrize("value", [[1j], ["a"], [None], [object()]])
def test_a_tensor_holds_real_numbers(value):
    with pytest.raises(errors.DTypeError, match=r"a leaf was given dtype.*test_errors\.py"):
        mg.tensor(value)


def test_an_integer_leaf_may_be_used_but_has_no_gradient():
    n, x = mg.tensor([2, 3]), mg.parameter([0.5, 0.5])
    with mg.Tape() as tape:
        y = (n * 0.5 * x).sum()
        assert y.dtype == np.float64
        with pytest.raises(errors.DTypeError, match="int64"):
            tape.gradient(y, n)
        tape.backward(y)
    np.testing.assert_array_equal(x.grad, [1, 1.5])


# -- rules that users write ------------------------------------------------------------------------


@pytest.fixture
def define():
    """Make primitives that are forgotten after the test."""
    before = dict(REGISTRY)

    def make(*rules, forward=lambda xp, x, y: x * y, **options):
        made = mg.primitive(forward, name="test_user", public=False, **options)
        if rules:
            made.defvjp(*rules)
        return made

    yield make
    REGISTRY.clear()
    REGISTRY.update(before)


@pytest.mark.parametrize(
    ("result", "described"),
    [
        (lambda g: g[:1], r"shape \(1,\)"),
        (lambda g: g[:, None], r"shape \(3, 1\)"),
        (lambda g: g.sum(), r"shape \(\)"),
        (lambda g: None, "None"),
        (lambda g: (g,), r"\(array"),
        (lambda g: 1.0, "1.0"),
        (lambda g: np.stack([g, g]), r"shape \(2, 3\)"),
    ],
)
def test_a_rule_with_a_wrong_result(define, result, described):
    user = define(lambda g: g, lambda g: result(g))
    x, y = mg.parameter(np.ones(3)), mg.parameter(np.ones(3))
    with mg.Tape() as tape:
        z = user(x, y)
        with pytest.raises(errors.RuleError, match=described) as caught:
            tape.backward(z, np.ones(3))
    message = str(caught.value)
    assert "test_user" in message
    assert "argument 1" in message
    assert "(3,)" in message
    assert x.grad is None
    assert y.grad is None


@pytest.mark.parametrize("result", [None, 2.0, (1.0, 2.0)])
@pytest.mark.parametrize("operands", [1, 2, 3, 4])
def test_a_forward_function_that_returns_no_array(define, result, operands):
    """On the general road and the unrolled ones, with and without a tape."""
    names = "abcd"[:operands]
    forward = {1: lambda xp, a: result, 2: lambda xp, a, b: result, 3: lambda xp, a, b, c: result}.get(
        operands, lambda xp, a, b, c, d: result
    )
    user = define(forward=forward)
    for tape in (mg.Tape(), nullcontext()):
        with tape:
            leaves = [mg.parameter(np.ones(3), name=name) for name in names]
            for _ in range(2):  # a leaf is on the tape from its first use on
                with pytest.raises(errors.RuleError, match="test_user returned") as caught:
                    user(*leaves)
                assert repr(result) in str(caught.value)
                assert here(-2) in str(caught.value)


def test_a_forward_function_that_computes_with_a_tensor_from_outside(define):
    """Its gradient would be lost: what comes out is no array but a tensor."""
    scale = mg.parameter(2.0)
    user = define(lambda g: g, forward=lambda xp, x: x * scale)
    for _ in range(2):
        with (
            mg.Tape(),
            pytest.raises(errors.RuleError, match=r"returned tensor.*takes the tensors.*as operands") as caught,
        ):
            user(mg.parameter(np.ones(3)) * 1.0)
        assert here(-1) in str(caught.value)


@pytest.mark.parametrize("shape", [(), (3,)])
def test_a_rule_that_computes_with_a_tensor_from_outside(define, shape):
    scale = mg.parameter(np.full(shape, 2.0))
    user = define(lambda g: g * scale, forward=lambda xp, x: x * 2.0)
    x = mg.parameter(np.ones(3))
    with (
        mg.Tape() as tape,
        pytest.raises(errors.RuleError, match=r"test_user.*computed with a tensor that it does not ask for by name"),
    ):
        tape.backward(user(x).sum())
    assert x.grad is None


def test_a_default_that_is_an_array_is_the_primitives_own(define):
    table = np.array([1.0, 2.0])

    def forward(xp, x, *, table=table):
        return x * table

    user = define(lambda g, table: g * table, forward=forward)
    table[:] = 0
    x = mg.parameter([3.0, 3.0])
    for _ in range(2):
        x.grad = None
        with mg.Tape() as tape:
            y = user(x * 1.0)
            tape.backward(y.sum())
        np.testing.assert_array_equal(y.numpy(), [3, 6])
        np.testing.assert_array_equal(x.grad, [1, 2])


def test_a_masked_array_does_not_lose_its_mask():
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    for use in (mg.tensor, mg.parameter, lambda value: mg.parameter([1.0, 1.0]) * value):
        with pytest.raises(errors.DTypeError, match=r"masked array.*filled.*test_errors"):
            use(masked)


def test_a_tensor_as_the_value_of_padding_is_named():
    with pytest.raises(TypeError, match=r"pad\(\) was given a tensor as 'constant_values'.*test_errors"):
        mg.pad(mg.parameter([1.0]), 1, constant_values=mg.parameter(1.0))


def test_a_rule_for_a_broadcast_operand_is_summed_only_if_that_was_declared(define):
    x, y = mg.parameter(np.ones((2, 3))), mg.parameter(np.ones(3))
    rules = (lambda g, y: g * y, lambda g, x: g * x)
    with mg.Tape() as tape:
        declared = define(*rules, broadcasts=True)(x, y)
        tape.backward(declared, np.full((2, 3), 5.0))
        np.testing.assert_array_equal(y.grad, [10, 10, 10])
        undeclared = define(*rules)(x, y)
        with pytest.raises(errors.RuleError, match=r"\(2, 3\).*\(3,\)"):
            tape.backward(undeclared, np.ones((2, 3)))


def test_defvjp_refuses_what_cannot_work(define):
    user = define()
    with pytest.raises(errors.RuleError, match="2 rules are needed, 1"):
        user.defvjp(lambda g: g)
    with pytest.raises(errors.RuleError, match=r"'z'.*out"):
        user.defvjp(lambda g, z: g, None)
    with pytest.raises(errors.RuleError, match="argnum"):
        user.defvjp(lambda g, argnum: g, None)


def test_a_primitive_whose_rules_were_forgotten(define):
    """Its part of the gradient would be missing, with no word; what the target does not need is not asked."""
    user = define(forward=lambda xp, x: x**3)
    x = mg.parameter(2.0)
    with mg.Tape() as tape:
        cube = user(x)
        tape.backward(x * x)
        with pytest.raises(errors.RuleError, match=r"test_user has no rules.*test_user\.defvjp.*None") as caught:
            tape.backward(cube + x)
        assert here(-1) in str(caught.value)
    assert x.grad == 4
    with pytest.raises(errors.RuleError, match="test_user has no rules"):
        mg.grad(lambda x: user(x) + x)(2.0)


def test_an_operand_declared_without_derivative_is_a_constant_to_the_walk(define):
    user = define(None, lambda g, x: g * x)
    x, y = mg.parameter([2.0]), mg.parameter([3.0])
    with mg.Tape() as tape:
        z = user(x, y).sum()
        tape.backward(z, retain=True)
        with pytest.raises(errors.UnusedError):
            tape.gradient(z, x)
    assert x.grad is None
    np.testing.assert_array_equal(y.grad, [2])


def test_a_users_primitive_from_the_docstring(define):
    @mg.primitive
    def test_softplus(xp, x, *, beta=1.0):
        return xp.logaddexp(0, beta * x) / beta

    test_softplus.defvjp(lambda g, x, beta: g * mg.sigmoid(beta * x))
    x = mg.parameter([0.0, 1.0])
    with mg.Tape() as tape:
        first = tape.gradient(test_softplus(x, beta=2.0).sum(), x, create_graph=True)
        second = tape.gradient(first.sum(), x)
    s = 1 / (1 + np.exp(-2 * x.value))
    np.testing.assert_allclose(first.value, s)
    np.testing.assert_allclose(second.value, 2 * s * (1 - s))
    assert REGISTRY["test_softplus"] is test_softplus
    assert repr(test_softplus) == "<primitive test_softplus(x, *, beta=1.0)>"


def test_whole_numbers_in_a_tensor_are_a_setting(define):
    kept = []
    own = define(lambda g: g, forward=lambda xp, x, *, n: kept.append(n) or x * 1.0)
    with mg.Tape() as tape:
        for n in (mg.tensor(2), mg.tensor([1, 2]), mg.tensor(True)):
            own(mg.parameter([1.0]), n=n)
    assert [(type(n), np.array(n).tolist()) for n in kept] == [(int, 2), (np.ndarray, [1, 2]), (bool, True)]
    assert [type(record.params["n"]) for record in tape] == [int, np.ndarray, bool]


def test_a_type_error_is_about_the_setting_that_was_given_or_about_the_operands(define):
    def forward(xp, x, *, n=1):
        raise TypeError("cannot")

    own = define(lambda g: g, forward=forward)
    for settings, error in [({}, errors.DTypeError), ({"n": 2}, errors.MisuseError)]:
        with pytest.raises(error, match=r"test_user\(float64\[1\], n=\d\) failed: cannot") as caught:
            own(mg.parameter([1.0]), **settings)
        assert type(caught.value) is error


def test_an_exception_of_the_users_own_is_not_disguised(define):
    class OwnError(Exception):
        pass

    def forward(xp, x, y):
        raise OwnError("mine")

    with pytest.raises(OwnError, match="mine") as caught:
        define(forward=forward)(mg.parameter([1.0]), 2.0)
    assert "test_user(float64[1], 2.0)" in caught.value.__notes__[0]


def test_a_users_file_beside_the_package_is_the_users():
    source = "def call(x):\n    return x + [1.0, 2.0, 3.0]\n"
    scope: dict = {}
    file = errors._LIBRARIES[0].rstrip("/") + "_of_mine.py"
    exec(compile(source, file, "exec"), scope)
    with pytest.raises(ValueError, match=r"_of_mine\.py:2"):
        scope["call"](mg.parameter([1.0, 2.0]))


CALL_ERRORS = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.CallError)]


@pytest.mark.parametrize("kind", CALL_ERRORS)
def test_an_error_of_a_call_ends_with_the_users_line(kind):
    error = kind("something was wrong")
    assert str(error) == f"something was wrong (at {here(-1)})"
    assert error.line == here(-2)
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):  # as from another process
        assert type(twin) is kind
        assert str(twin) == str(error)


def test_which_errors_name_a_line():
    """All but those about files, packages that are missing, and findings, which say themselves where."""
    others = {c.__name__ for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.MinigradError)}
    others -= {c.__name__ for c in CALL_ERRORS}
    assert others == {"MinigradError", "AnomalyError", "GradientError", "ExtraError", "CheckpointError"}


def test_one_seed_for_several_targets():
    x = mg.parameter(2.0)
    with mg.Tape() as tape:
        targets = [x * x, x * 3.0]
        for seed in (1.0, np.array(1.0), mg.tensor(1.0), [1.0], [1.0, 2.0, 3.0]):
            with pytest.raises(errors.ShapeError, match=r"2 targets were given with .*not one seed for each"):
                tape.gradient(targets, x, seed=seed)


def test_the_users_line_is_found_behind_numpy():
    x = mg.parameter([1.0, 2.0])
    with mg.Tape(), pytest.raises(TypeError) as caught:
        np.full(3, x * x)
    assert here(-1) in str(caught.value)


def test_a_primitive_that_is_wrongly_declared_to_broadcast(define):
    user = define(
        lambda g, y: g * y, lambda g, x: g * x[:, None], forward=lambda xp, x, y: x[:, None] * y, broadcasts=True
    )
    x, y = mg.parameter(np.ones(2)), mg.parameter(np.ones(3))
    with (
        mg.Tape() as tape,
        pytest.raises(errors.RuleError, match=r"test_user for argument 0 returned shape \(2, 3\).*\(2,\)"),
    ):
        tape.backward(user(x, y).sum())


@pytest.mark.parametrize(
    ("place", "inside"), [("tutorials/course/16_characters/test_characters.py", False), ("nn/x.py", True)]
)
def test_the_course_in_a_wheel_uses_minigrad_as_users_do(place, inside):
    """Its files lie in the package there; ``float(tensor)`` is looked for in the line that its checks have."""
    path = Path(mg.__file__).parent / place
    found = {}
    exec(compile("def ask():\n    return frame()", str(path), "exec"), {"frame": errors.user_frame}, found)
    assert (found["ask"]().f_code.co_filename != str(path)) == inside
