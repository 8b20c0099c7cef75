"""The witness: it notes what every forward function was called with, and compares every walk with the reference.

So the reference does not read what a record kept.
"""

from __future__ import annotations

import functools
import itertools
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from minigrad import errors
from minigrad.engine import gradients, hooks, tape, walk
from minigrad.engine.backend import find_module, module_of, to_host
from minigrad.engine.capture import capturing
from minigrad.engine.context import activated
from minigrad.engine.primitive import REGISTRY, Primitive
from minigrad.engine.tensor import is_tensor
from minigrad.transforms import regions
from tests.reference import reference_walk, value_of

# -- what was called -------------------------------------------------------------------------------


class Call(NamedTuple):
    """What a forward function took and returned."""

    primitive: Any
    values: tuple[Any, ...]
    params: dict[str, Any]
    out: Any
    aux: tuple[Any, ...]

    def contributions(self, g: Any, walking: Walking) -> Iterator[tuple[int, Callable[[], Any]]]:
        """For each operand that has a rule: its number, and the rule with what it asks for by name."""
        shapes = tuple(getattr(value, "shape", None) for value in self.values)
        known = self.params | {name: aux for (name, _), aux in zip(self.primitive.aux, self.aux)}
        known |= dict(zip(self.primitive.operands, self.values))
        for argnum, shape in enumerate(shapes):
            which = 0 if self.primitive.variadic else argnum
            rule, asked = self.primitive.rules[which], self.primitive.asked[which]
            known |= {"out": self.out, "shapes": shapes, "shape": shape, "argnum": argnum}
            if rule is not None:
                yield argnum, functools.partial(rule, g, *[copied(known[name]) for name in asked])


class Region(NamedTuple):
    """A checkpoint or a function with a rule of its own: one joint rule, which is not called twice in a walk."""

    joint: Any
    operands: tuple[Any, ...]

    def contributions(self, g: Any, walking: Walking) -> Iterator[tuple[int, Callable[[], Any]]]:
        """For each operand what the joint rule found in this walk, given ``g``; nothing found is zero."""
        for k, operand in enumerate(self.operands):
            yield k, functools.partial(self._found, g, walking, k, operand)

    def _found(self, g: Any, walking: Walking, k: int, operand: Any) -> Any:
        given, found = walking.found[id(self.joint)]
        close(given, g, "the cotangent that a region's joint rule was given")
        return found.get(k, module_of(operand).zeros(operand.shape, operand.dtype))


class Restored(NamedTuple):
    """A record that was read from a file, so that nothing was called: there is only what it kept."""

    rules: tuple[tuple[int, Callable[..., Any], tuple[int, ...]], ...]
    residuals: tuple[Any, ...]

    def contributions(self, g: Any, walking: Walking) -> Iterator[tuple[int, Callable[[], Any]]]:
        """For each operand that has a rule: its number, and the rule with what the record kept for it."""
        for argnum, rule, which in self.rules:
            yield argnum, functools.partial(rule, g, *[copied(self.residuals[k]) for k in which])


class Walking:
    """What one walk did that cannot be done again: what its hooks returned, and the joint rules of regions."""

    def __init__(self) -> None:
        self.hooked: dict[int, tuple[Any, Any]] = {}  # by id: what arrived, and what the hooks made of it
        self.found: dict[int, tuple[Any, dict[int, Any]]] = {}  # by the joint rule's id: its cotangent, what it found


out_of = attrgetter("out")


def copied(value: Any) -> Any:
    """A copy of an array, so that nothing which knows the original by its identity is found."""
    return value.copy() if find_module(value) is not None else value


def seeds_of(target: Any, seed: Any) -> dict[int, Any]:
    """The cotangents of the targets, by id: ones where no seed is given."""
    targets, seeds = ([target], [seed]) if is_tensor(target) else (list(target), seed)
    total: dict[int, Any] = {}
    for each, given in zip(targets, [None] * len(targets) if seeds is None else seeds, strict=True):
        xp = module_of(each._value)
        g = xp.ones(each.shape, each.dtype) if given is None else xp.asarray(value_of(given), dtype=each.dtype)
        i = each._place[1]
        total[i] = total[i] + g if i in total else g
    return total


def check(found: dict[int, Any], wanted: Mapping[int, Any], expected: dict[int, Any]) -> None:
    """Compare what a walk found with the reference: ids, values and dtypes."""
    keys = wanted.keys() & expected.keys()
    assert found.keys() == keys, f"the walk found cotangents of {[*found]}, the reference of {[*keys]}"
    for i in keys:
        close(value_of(found[i]), expected[i], f"the cotangent of %{i}", expected)
        assert found[i].dtype == wanted[i].dtype, f"the cotangent of %{i} has dtype {found[i].dtype}"


def close(actual: Any, expected: Any, what: str, around: dict[int, Any] | None = None) -> None:
    """Assert that two cotangents are equal but for the order of their sums.

    What cancels leaves the rounding of what there was before: ``around`` holds all cotangents of the walk.
    """
    actual, expected = to_host(actual), to_host(expected)
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, expected {expected.shape}"
    if np.array_equal(actual, expected):
        return
    eps = max(np.finfo(actual.dtype).eps, np.finfo(expected.dtype).eps)
    scale = max(map(largest, [expected, *(around or {}).values()]))
    np.testing.assert_allclose(actual, expected, rtol=1e4 * eps, atol=1e3 * eps * scale, err_msg=what)


def largest(g: Any) -> float:
    """The largest finite number in an array, regardless of signs."""
    g = to_host(g)
    return float(np.max(np.abs(g), initial=0.0, where=np.isfinite(g)))


# -- the witness -----------------------------------------------------------------------------------


class Witness:
    """Notes every call and compares every walk, while it is ``awake``."""

    def __init__(self) -> None:
        self.awake = True
        self.compared = 0
        self._local = threading.local()

    @property
    def looking(self) -> bool:
        """Whether there is something to compare: a walk that is captured holds no arrays."""
        return self.awake and capturing.get() is None

    def install(self) -> None:
        """Stand beside the forward functions, the tapes and the walk of this process."""
        errors._LIBRARIES = (*errors._LIBRARIES, __file__)  # the user's line is not in here
        for each in REGISTRY.values():
            each.forward = self._noting(each)
        made: Any = Primitive.__init__

        @functools.wraps(made)
        def make(new: Any, *args: Any, **options: Any) -> None:
            made(new, *args, **options)
            new.forward = self._noting(new)

        Primitive.__init__ = make
        tape.Tape.append = self._appending(tape.Tape.append)
        gradients.walk = walk.walk = regions.walk = self._comparing(walk.walk)
        hooks.Hooks.arrived = self._seeing_hooks(hooks.Hooks.arrived)
        for joint in (regions._RunAgain, regions._OwnRule):
            joint.find = self._seeing_joint_rules(joint.find)
        tape.Tape.backward = self._accumulating(tape.Tape.backward)
        tape.Tape.gradient = self._answering(tape.Tape.gradient)

    def _noting(self, each: Any) -> Any:
        forward = each.forward

        @functools.wraps(forward)
        def noted(xp: Any, *values: Any, **params: Any) -> Any:
            out = forward(xp, *values, **params)
            if self.looking:
                self._local.call = (each, values, each.defaults | params, out)
            return out

        return noted

    def _appending(self, append: Any) -> Any:
        @functools.wraps(append)
        def appended(tape: Any, plan: Any, inputs: Any, shapes: Any, residuals: Any, params: Any, out: Any) -> Any:
            tensor = append(tape, plan, inputs, shapes, residuals, params, out)
            if self.looking:
                each, values, known, result = self._local.__dict__.pop("call", (None, (), {}, None))
                result, *aux = result if each is not None and each.aux else (result,)
                calls = vars(tape).setdefault("_calls", {})
                if result is out:
                    values = tuple(copied(v) if i is None else v for v, i in zip(values, inputs, strict=True))
                    calls[tensor._place[1]] = Call(each, values, known, out, tuple(aux))
                elif plan.primitive.rules:  # an auxiliary result, whose rule asks for no more
                    calls[tensor._place[1]] = Call(plan.primitive, (np.broadcast_to(np.nan, *shapes),), params, out, ())
                else:
                    calls[tensor._place[1]] = Region(residuals[0], residuals[2:])
            return tensor

        return appended

    def _seeing_hooks(self, arrived: Any) -> Any:
        def seen(hooks: Any, tape: Any, i: int, g: Any) -> Any:
            result = arrived(hooks, tape, i, g)
            if self.looking and tape.hooks.get(i):
                self._local.walking[-1].hooked[i] = (g, result)
            return result

        return seen

    def _seeing_joint_rules(self, find: Any) -> Any:
        @functools.wraps(find)
        def seen(joint: Any, g: Any, out: Any, operands: Any) -> Any:
            found = find(joint, g, out, operands)
            if self.looking:
                self._local.walking[-1].found[id(joint)] = (value_of(g), {k: value_of(v) for k, v in found.items()})
            return found

        return seen

    def _comparing(self, real: Any) -> Any:
        @functools.wraps(real)
        def compared(
            tape: Any, target: Any, seed: Any, wanted: Any, retain: bool, create_graph: bool, **since: int
        ) -> Any:
            if not self.looking:
                return real(tape, target, seed, wanted, retain, create_graph, **since)
            target, seed = (list(each) if isinstance(each, Iterator) else each for each in (target, seed))
            records, calls = tape.records[since.get("since", 0) :], vars(tape).setdefault("_calls", {})
            for record in records:
                if record.out not in calls:
                    calls[record.out] = Restored(record.plan.rules, record.residuals)
            stack = self._local.__dict__.setdefault("walking", [])
            stack.append(Walking())
            try:
                found = real(tape, target, seed, wanted, retain, create_graph, **since)
            finally:
                walking = stack.pop()
            if self.looking:
                with activated(None):
                    expected = self._expected(tape, records, seeds_of(target, seed), wanted, walking)
                    check(found, wanted, expected)
                self._local.expected = expected
                self.compared += 1
            return found

        return compared

    def _expected(self, tape: Any, records: Any, seeds: Any, wanted: Any, walking: Walking) -> dict[int, Any]:
        calls = tape._calls
        for i in itertools.takewhile(lambda i: not tape.records or i < tape.records[0].out, [*calls]):
            del calls[i]  # which was cut away
        between = (
            bisect_left(records, min(wanted, default=0), key=out_of),
            bisect_right(records, max(seeds, default=-1), key=out_of),
        )
        records = records[slice(*between)]

        def arrived(i: int, g: Any) -> Any:
            if i not in walking.hooked:
                return g
            seen, result = walking.hooked[i]
            close(value_of(seen), g, f"what the hooks of %{i} were given")
            return value_of(result)

        contributions = lambda record, g: calls[record.out].contributions(g, walking)
        return reference_walk(records, contributions, seeds, wanted, arrived)

    def _accumulating(self, backward: Any) -> Any:
        @functools.wraps(backward)
        def accumulated(tape: Any, *args: Any, **options: Any) -> None:
            leaves = [(i, leaf, leaf._grad) for i, leaf in tape.leaves.items() if leaf.wants_grad]
            backward(tape, *args, **options)
            for i, leaf, before in leaves if self.looking else ():
                g = self._local.expected.get(i)
                if g is None:
                    assert leaf._grad is before, "a parameter received a gradient that it should not"
                else:
                    close(leaf._grad, g if before is None else before + g, "a parameter's .grad", self._local.expected)
                    assert leaf._grad.dtype == leaf.dtype, "a gradient has another dtype than its parameter"

        return accumulated

    def _answering(self, gradient: Any) -> Any:
        @functools.wraps(gradient)
        def answered(tape: Any, target: Any, sources: Any, *args: Any, **options: Any) -> Any:
            sources = list(sources) if isinstance(sources, Iterator) else sources
            results = gradient(tape, target, sources, *args, **options)
            pairs = [(sources, results)] if is_tensor(sources) else zip(sources, results, strict=True)
            for source, result in pairs if self.looking else ():
                i = source._place[1] if source._place[0] == tape._key else tape._leaf_ids.get(id(source))
                g = self._local.expected.get(i)
                if g is None:
                    assert result is None or not to_host(result._value).any(), "a gradient out of nothing"
                else:
                    close(result._value, g, "a gradient", self._local.expected)
                    assert result.dtype == source.dtype, "a gradient has another dtype than its source"
            return results

        return answered
