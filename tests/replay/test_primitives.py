"""Every primitive of the table, captured on one set of operands and replayed on another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.transforms.trees import tree_leaves
from tests.numeric import host
from tests.primitives.test_integers import CASES as INTEGERS
from tests.table import CALLS, Call

pytestmark = [
    pytest.mark.unwitnessed("every walk is compared with a captured one, and witnessed in test_rules"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]
SCALES = (1.0, 0.95, 0.9, 0.97)  # of the operands: two calls are recorded, two replayed


def spread(most: int, wanted: Callable[[Call], bool] = lambda call: True) -> list[Any]:
    """So many calls of each primitive at most, from all parts of its entry."""
    chosen, entries = [], {}
    for name, call in CALLS:
        if wanted(call):
            entries.setdefault(name, []).append(call)
    for name, entry in entries.items():
        step = max(1, -(-len(entry) // most))
        chosen += [pytest.param(call, id=f"{name} {call.label}") for call in entry[::step]]
    return chosen


def first_order(f: Callable[..., Any]) -> Callable[..., Any]:
    """The value of a function and its cotangents."""

    def run(xs: list[Any], v: Any) -> Any:
        value, pull = mg.vjp(f, *xs)
        return value, pull(v)

    return run


def second_order(f: Callable[..., Any]) -> Callable[..., Any]:
    """The gradient of the cotangents along directions."""

    def run(xs: list[Any], v: Any, directions: list[Any]) -> Any:
        def along(*xs: Any) -> Any:
            _, pull = mg.vjp(f, *xs)
            return sum((g * d).sum() for g, d in zip(pull(v), directions, strict=True))

        return mg.grad(along, tuple(range(len(xs))))(*xs)

    return run


def arrays(tree: Any) -> list[np.ndarray]:
    return [np.asarray(host(leaf)) for leaf in tree_leaves(tree)]


def replayed(function: Callable[..., Any], argument: Callable[[float], tuple[Any, ...]], device: Any = None) -> Any:
    """Pairs of what the function and the program make of operands that were not those of the capture."""
    program = mg.replay(function)
    for scale in SCALES:
        given = argument(scale)
        found, expected = arrays(program(*given)), arrays(function(*given))
        assert len(found) == len(expected)
        assert (program.reason is None) == (scale in SCALES[2:])
        yield from zip(found, expected, strict=True)


def tensors(call: Call, scale: float, xp: Any = np) -> list[Any]:
    return [mg.tensor(xp.asarray(a * scale)) for a in call.arrays]


@pytest.mark.parametrize("call", spread(12))
def test_first_order_to_the_bit(call: Call, rng):
    v = rng.standard_normal(np.shape(call.f(*call.arrays)))
    for found, expected in replayed(first_order(call.f), lambda scale: (tensors(call, scale), mg.tensor(v * scale))):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("call", spread(4, lambda call: call.smooth))
def test_second_order(call: Call, rng):
    v = rng.standard_normal(np.shape(call.f(*call.arrays)))
    ds = [mg.tensor(rng.standard_normal(a.shape)) for a in call.arrays]
    for found, expected in replayed(second_order(call.f), lambda scale: (tensors(call, scale), mg.tensor(v), ds)):
        size = float(np.max(np.abs(expected), initial=1, where=np.isfinite(expected)))
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * size)


@pytest.mark.parametrize("call", spread(2))
def test_on_a_device(call: Call, rng, device):
    v = rng.standard_normal(np.shape(call.f(*call.arrays)))
    given = lambda scale: (tensors(call, scale, device), mg.tensor(device.asarray(v * scale)))
    for found, expected in replayed(first_order(call.f), given):
        np.testing.assert_array_equal(found, expected)


# -- integers that are other ones at each run --------------------------------------------------

RUN = ("index", "indices", "targets", "condition")  # arguments that a program takes anew
PICKS = {"compress condition", "extract condition", "getitem index of booleans"}  # by another number at each run


def others(given: Any) -> list[np.ndarray]:
    """Different arrays like an array of indices or booleans, each in its range."""
    array = np.asarray(given)
    return [array, np.roll(array, 1), array[::-1].copy(), np.roll(array, -1)]


MOVING = {
    f"{name} {argument}": case
    for (name, argument), case in INTEGERS.items()
    if argument.split(",")[0].split(" ")[0] in RUN
}


@pytest.mark.parametrize("name", sorted(set(MOVING) - PICKS))
@pytest.mark.parametrize("order", [1, 2])
def test_other_integers_at_each_run(name: str, order: int, rng):
    f, operands, given = MOVING[name]
    v = rng.standard_normal(np.shape(f(*operands, np.asarray(given))))
    ds = [mg.tensor(rng.standard_normal(x.shape)) for x in operands]

    def run(xs: list[Any], i: Any, v: Any) -> Any:
        g = lambda *xs: f(*xs, i)
        return first_order(g)(xs, v) if order == 1 else second_order(g)(xs, v, ds)

    program = mg.replay(run)
    for index in others(given):
        xs = [mg.tensor(x) for x in operands]
        found, expected = arrays(program(xs, index, mg.tensor(v))), arrays(run(xs, index, mg.tensor(v)))
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)
    assert program.reason is None


@pytest.mark.parametrize("name", sorted(PICKS))
def test_what_picks_another_number_at_each_run_is_refused(name: str):
    f, operands, given = MOVING[name]
    program = mg.replay(f)
    with pytest.raises(mg.errors.CaptureError):
        program(*map(mg.tensor, operands), np.asarray(given))
