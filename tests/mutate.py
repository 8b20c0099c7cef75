"""Break every rule in turn, and see which breakages the table's checks miss: ``python -m tests.mutate``.

A mutant is one rule of one primitive, changed, or one line of the walk. It is caught when any call of the
table fails on it. None may be missed, but for those listed in ``EQUIVALENT``, which change nothing.
"""

from __future__ import annotations

import inspect
import itertools
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from minigrad.engine import cotangents as cotangent, gradients, walk
from minigrad.engine.primitive import REGISTRY, Primitive
from minigrad.engine.tensor import Tensor
from minigrad.primitives import shape as shapes
from tests.numeric import check_first, check_second
from tests.table import CALLS, TABLE, ZERO


def _dense(g: Any) -> Any:
    return cotangent.dense(g, cotangent.Joined()) if type(g) in cotangent.STRUCTURED else g


def _as(value: float) -> Callable[..., Any]:
    return lambda rule, g, *rest: _dense(rule(g, *rest)) * 0 + value


def _ignores_cotangent(rule: Callable[..., Any], g: Any, *rest: Any) -> Any:
    return rule(g * 0 + 1, *rest)


KINDS: dict[str, Callable[..., Any]] = {
    "×1.01": lambda rule, g, *rest: _dense(rule(g, *rest)) * 1.01,
    "0": _as(0.0),
    "sign": lambda rule, g, *rest: -_dense(rule(g, *rest)),
    "ignores the cotangent": _ignores_cotangent,
    "constant": _as(0.7),
}

OTHER = "takes the other operand"

EQUIVALENT = {
    *(
        (name, argnum, kind)
        for name in ZERO
        for argnum in range(len(REGISTRY[name].rules))
        for kind in KINDS
        if kind != "constant"
    ),
    ("clip", 2, "swaps x and low"),  # the rule asks whether one of the two is above the upper limit
    ("at_set", 1, "drops out"),  # of which only the shape is used
    ("set_moving", 1, "drops out"),  # likewise
    ("sign_of_det", 0, "drops x"),  # likewise
    *(
        (name, 0, "drops x") for name in ("eigenvalues", "eigenvectors", "singular_values", "singular_vectors")
    ),  # which is asked whether the walk is recorded
    ("cofactors_along_both", 0, "swaps g and h"),  # the rule is symmetric in the two
    ("bell", 0, "swaps x and out"),  # the rule is their product
    ("cosine", 1, "swaps x and y"),  # and this one that of a cosine and a sine
}

FREEZES = "takes for constant "  # an operand that a recorded walk differentiates next
# rules that choose by what they ask for, and are constant between the jumps; and what is no number to differentiate
CHOOSE = {"abs", "relu", "leaky_relu", "maximum", "minimum", "clip", "max", "min", "remainder", "fmod", "sign_of_det"}
CHOSEN = {
    ("eigenvalues", "known"),
    ("eigenvectors", "known"),
    ("singular_values", "known"),
    ("singular_vectors", "known"),
    ("take_rows", "index"),
    *((name, "index") for name in ("pick", "place", "set_moving", "add_moving")),
    ("at_set", "out"),
    ("set_moving", "out"),
    ("cross_entropy", "targets"),
}
RARE = {("tanh", "tail"), ("sigmoid", "tail")}  # beyond the table's draws: tests/special is


def kinds(primitive: Primitive, argnum: int) -> dict[str, Callable[..., Any]]:
    """The ways to break one rule: those of ``KINDS``, and those that depend on what it asks for."""
    made = dict(KINDS)
    asked = primitive.asked[argnum]
    arrays = {*primitive.operands, "out", *(name for name, _ in primitive.aux)}
    factors = [k for k, name in enumerate(asked) if name in arrays]
    for k in factors:
        made[f"drops {asked[k]}"] = partial(_drops, k)
        if primitive.name not in CHOOSE and (primitive.name, asked[k]) not in CHOSEN | RARE:
            made[FREEZES + asked[k]] = partial(_freezes, k)
    if len(primitive.operands) == 2 and len({*asked} & {*primitive.operands}) == 1:
        made[OTHER] = lambda rule, g, *rest: rule(g, *rest)
    for i, j in itertools.combinations(factors, 2):
        made[f"swaps {asked[i]} and {asked[j]}"] = partial(_swaps, i, j)
    return made


def _drops(k: int, rule: Callable[..., Any], g: Any, *rest: Any) -> Any:
    return rule(g, *rest[:k], rest[k] * 0 + 1, *rest[k + 1 :])


def _freezes(k: int, rule: Callable[..., Any], g: Any, *rest: Any) -> Any:
    constant = rest[k].detach() if isinstance(rest[k], Tensor) else rest[k]
    return rule(g, *rest[:k], constant, *rest[k + 1 :])


def _swaps(i: int, j: int, rule: Callable[..., Any], g: Any, *rest: Any) -> Any:
    swapped = list(rest)
    swapped[i], swapped[j] = rest[j], rest[i]
    return rule(g, *swapped)


def mutants() -> Iterator[tuple[str, int, str]]:
    """(primitive, argument, kind) for every rule of the package."""
    for name, primitive in REGISTRY.items():
        if primitive.__module__.startswith("minigrad."):
            for argnum, rule in enumerate(primitive.rules):
                if rule is not None:
                    every = kinds(primitive, argnum)
                    yield from ((name, argnum, kind) for kind in every if (name, argnum, kind) not in EQUIVALENT)


@contextmanager
def mutated(primitive: Primitive, argnum: int, kind: str) -> Iterator[None]:
    """``primitive`` with one of its rules changed."""
    rules = primitive.rules
    original = rules[argnum]
    assert original is not None
    change = kinds(primitive, argnum)[kind]

    def broken(g: Any, *rest: Any) -> Any:
        return change(original, g, *rest)

    signature = inspect.signature(original)
    if kind == OTHER:
        there = dict(zip(primitive.operands, reversed(primitive.operands), strict=True))
        signature = signature.replace(
            parameters=[p.replace(name=there.get(name, name)) for name, p in signature.parameters.items()]
        )
    broken.__signature__ = signature  # type: ignore[attr-defined]
    primitive.defvjp(*rules[:argnum], broken, *rules[argnum + 1 :])
    try:
        yield
    finally:
        primitive.defvjp(*rules)


CRASH = "no call of it has a result"


def caught(names: set[str] | None = None, limit: int | None = None, kind: str = "") -> str:
    """What is wrong in some call of the named primitives (of all, by default): a gradient, or all of them crash."""
    check = check_second if kind.startswith(FREEZES) else check_first
    tried = [(name, call) for name, call in CALLS if names is None or name in names][:limit]
    tried = [(name, call) for name, call in tried if call.smooth or check is check_first]
    rng, crashed = np.random.default_rng(5), False
    for _, call in tried:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                check(call.f, call.arrays, rng)
        except AssertionError:
            return "a gradient is wrong"
        except Exception:  # a rule that cannot compute with what it got
            crashed = True
    return CRASH if crashed else ""


# -- mutants of the walk ---------------------------------------------------------------------------


def _first_slice(g: Any, shape: tuple[int, ...]) -> Any:
    """What an un-broadcast that forgets to sum would return."""
    g = g[(0,) * (g.ndim - len(shape))]
    return g[tuple(slice(0, 1) if size == 1 else slice(None) for size in shape)]


def _overwrites(pending: Any, contribution: Any, *_: Any) -> None:
    pending.dense, pending.parts = _dense(contribution), {}


def _keeps_the_first(pending: Any, contribution: Any, *_: Any) -> None:
    if pending.dense is None:
        pending.dense = _dense(contribution)


def _rewritten_walk(old: str, new: str) -> Callable[..., Any]:
    """The reverse walk with one piece of its source replaced."""
    source = inspect.getsource(walk.walk)
    assert old in source, f"walk has no {old!r} any more: adapt tests/mutate.py"
    scope: dict[str, Any] = dict(vars(walk))
    exec("from __future__ import annotations\n" + source.replace(old, new), scope)
    return scope["walk"]  # type: ignore[no-any-return]


def walk_mutants() -> dict[str, list[tuple[Any, str, Any]]]:
    """Attributes to replace, by what it breaks."""
    add = "cotangents[i] = previous + contribution"
    return {
        "no un-broadcast": [(cotangent, "unbroadcast", _first_slice), (shapes, "unbroadcast", _first_slice)],
        "overwrites instead of adds, dense": [
            (gradients, "walk", _rewritten_walk(add, "cotangents[i] = contribution"))
        ],
        "keeps the first instead of adding, dense": [(gradients, "walk", _rewritten_walk(add, "pass"))],
        "overwrites instead of adds, structured": [(cotangent.Pending, "add", _overwrites)],
        "keeps the first instead of adding, structured": [(cotangent.Pending, "add", _keeps_the_first)],
        "forgets what waits when more arrives": [(walk, "accumulated", lambda previous, more, joined: more)],
        "forgets what arrives when some waits": [(walk, "accumulated", lambda previous, more, joined: previous)],
        "adds twice": [(gradients, "walk", _rewritten_walk(add, add + " + contribution"))],
    }


@contextmanager
def replaced(replacements: list[tuple[Any, str, Any]]) -> Iterator[None]:
    """Attributes set for the duration of the block."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in replacements]
    try:
        for owner, name, value in replacements:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


def walk_caught() -> bool:
    """Whether the table, or an expression that uses a value several times, fails."""
    from minigrad import exp, matmul, primitives, take_rows, tanh

    rng = np.random.default_rng(6)
    x, w = rng.standard_normal((3, 3)), rng.standard_normal((3, 3))
    reuse = [
        (lambda x, w: tanh(x) * x + exp(x) * x, (x, w)),
        (lambda x, w: matmul(tanh(matmul(x, w)), w), (x, w)),
        (lambda x, w: take_rows(w, np.array([0, 1, 0])) * take_rows(w, np.array([2, 0, 0])) + x, (x, w)),
        (lambda x, w: tanh(x + w[0]) * w[0] + w[0], (x, w)),
        (lambda x, w: primitives.add(x, primitives.sum(w, axis=0)) + w, (x, w)),
    ]
    for f, arrays in reuse:
        try:
            check_first(f, arrays, rng)
            check_second(f, arrays, rng)
        except AssertionError:
            return True
    return bool(caught({"add", "multiply", "matmul"}))


def main() -> int:
    """Print every mutant that is missed; the exit status is their number."""
    tried = list(mutants())
    missed, crashed = [], []
    for name, argnum, kind in tried:
        with mutated(REGISTRY[name], argnum, kind):
            seen = caught({name}, kind=kind)
        if seen == CRASH:
            crashed.append(f"only crashes: {name}, argument {argnum}: {kind}")
        elif not seen:
            missed.append(f"{name}, argument {argnum}: {kind}")
    walks = walk_mutants()
    for what, replacements in walks.items():
        with replaced(replacements):
            if not walk_caught():
                missed.append(f"the walk: {what}")
    print(f"{len(tried) + len(walks)} mutants, {len(missed)} missed, {len(EQUIVALENT)} equivalent left out")
    print("\n".join(missed + crashed))
    assert not caught(set(TABLE), limit=50), "the rules are not whole again"
    return len(missed)


if __name__ == "__main__":
    sys.exit(main())
