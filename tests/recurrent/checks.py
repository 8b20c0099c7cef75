"""What minigrad says about a random program, against the reference.

Results are compared at the end of each check, after all walks: what an earlier walk returned must not have changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import minigrad as mg
from tests.recurrent.choices import Choices
from tests.recurrent.limits import within
from tests.recurrent.program import Arrays, Program, State
from tests.recurrent.programs import Cuts, Windows, cut, rounded, short, walked, windowed
from tests.recurrent.reference import Reference, Unrolled

RATE = 0.1  # of the updates between windows


class Ours:
    """A program's parameters and initial states in minigrad, and what was found beside what was expected."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.values = program.parameters()
        self.leaves = {name: mg.parameter(array, name=name) for name, array in self.values.items()}
        self.start = {name: mg.tensor(array) for name, array in program.start().items()}
        self.inputs: Arrays = {}
        self.pairs: list[tuple[str, np.ndarray, np.ndarray]] = []

    def read(self, step: int) -> Arrays:
        """The inputs of a step, in the arrays in which those of the last one were: what a tape needs it has copied."""
        for name, array in self.program.read(step).items():
            self.inputs.setdefault(name, np.empty_like(array))[...] = array
        return self.inputs

    def enter(self) -> State:
        return self.program.enter(self.leaves, self.start)

    def take_gradients(self) -> Arrays:
        """The gradients, which are forgotten here; zeros for what got none."""
        found = {}
        for name, leaf in self.leaves.items():
            found[name] = np.zeros(leaf.shape, leaf.dtype) if leaf.grad is None else leaf.grad
            leaf.grad = None
        assert all(gradient.base is None for gradient in found.values())
        assert len({id(gradient) for gradient in found.values()}) == len(found), "two parameters share a gradient"
        return found

    def use_elsewhere(self) -> None:
        """What a loop may do between windows: the parameters on another tape."""
        with mg.Tape() as tape:
            tape.gradient(sum(mg.sum(leaf * leaf) for leaf in self.leaves.values()), list(self.leaves.values()))

    def expect(self, what: str, found: Arrays, expected: Arrays) -> None:
        assert found.keys() == expected.keys(), what
        self.pairs += [(f"{what}, {name}", found[name], expected[name]) for name in expected]

    def update(self, gradients: Arrays) -> None:
        """One step of gradient descent; the values are new arrays in a new dict."""
        self.values = {name: array - RATE * np.tanh(gradients[name]) for name, array in self.values.items()}
        for name, leaf in self.leaves.items():
            leaf.value = self.values[name]

    def compare(self, rtol: float = 1e-8, atol: float = 1e-12) -> None:
        for what, found, expected in self.pairs:
            assert found.shape == expected.shape, what
            scale = float(np.max(np.abs(expected), initial=0.0))
            np.testing.assert_allclose(found, expected, rtol, 0.1 * rtol * scale + atol, err_msg=what)
        for name, leaf in self.leaves.items():
            assert np.array_equal(leaf.numpy(), self.values[name]), f"a walk changed the value of {name}"


def seed(step: int) -> float:
    """What the loss of a step counts for."""
    return 1.0 + step / 8


def walk(tape: mg.Tape, losses: dict[int, Any], how: str, retain: bool) -> None:
    """Walk back from some losses."""
    if how == "targets":
        tape.backward(list(losses.values()), list(map(seed, losses)), retain)
    elif how == "sum":
        tape.backward(sum(loss * seed(step) for step, loss in losses.items()), retain=retain)
    else:
        for step, loss in losses.items():
            tape.backward(loss, seed(step), retain=retain or loss is not list(losses.values())[-1])


def unroll(ours: Ours, tape: mg.Tape) -> tuple[dict[int, Any], dict[int, State]]:
    """All steps on one tape: the losses, and the state that enters each step."""
    program = ours.program
    values = ours.leaves | program.prepare(mg, ours.leaves)
    state, losses, states = ours.enter(), {}, {}
    for step in range(1, program.steps + 1):
        assert tape.mark() == step
        states[step] = state
        loss, state = program.step(mg, values, ours.read(step), state, step)
        if loss is not None:
            losses[step] = loss
    return losses, states


def cotangents(
    tape: mg.Tape, losses: dict[int, Any], states: dict[int, State], reference: Reference, run: Unrolled
) -> tuple[Arrays, Arrays]:
    """The cotangents of the states that enter some steps, found and expected."""
    parts = {
        f"{k} before step {step}": (tensor, part)
        for step in states
        for k, (tensor, part) in enumerate(zip(states[step], run.states[step], strict=True))
        if isinstance(tensor, mg.Tensor) and part.requires_grad
    }
    sources = [tensor for tensor, _ in parts.values()]
    found = tape.gradient(list(losses.values()), sources, list(map(seed, losses)), retain=True, unused="zero")
    total = reference.total(run, {step: seed(step) for step in losses})
    expected = reference.by(total, [part for _, part in parts.values()])
    return dict(zip(parts, (g.numpy() for g in found))), dict(zip(parts, expected))


def check_full(torch: Any, program: Program, how: str) -> None:
    """Full BPTT: the gradients of all parameters, and the cotangents of the state that enters each step."""
    ours, reference = Ours(program), Reference(torch, program)
    run = reference.unroll([ours.values] * (program.steps + 1), program.steps)
    seeds = {step: seed(step) for step in run.losses}
    with within(program.limits), mg.Tape() as tape:
        losses, states = unroll(ours, tape)
        ours.expect("states", *cotangents(tape, losses, states, reference, run))
        walk(tape, losses, how, retain=False)
    ours.expect("parameters", ours.take_gradients(), reference.gradients(run, seeds))
    ours.compare()


def check_cuts(torch: Any, program: Program, cuts: Cuts) -> None:
    """Walks and cuts by hand: the same from each walk, at the border too, where it is what the cut throws away."""
    ours, reference = Ours(program), Reference(torch, program)
    versions, losses = [ours.values], {}
    border, entering, states = -1, {}, {}  # what was computed before the first step counts as step 0
    with within(program.limits), mg.Tape() as tape:
        values, state = ours.leaves | program.prepare(mg, ours.leaves), ours.enter()
        once = reference.unroll(versions * 2, 0).once
        once = dict(zip(once, reference.cut(once.values())))
        for step in range(1, program.steps + 1):
            tape.mark()
            versions.append(ours.values)
            states[step] = state
            loss, state = program.step(mg, values, ours.read(step), state, step)
            losses |= {} if loss is None else {step: loss}
            if step not in cuts.keep and step < program.steps:
                continue
            keep = cuts.keep.get(step, 0)
            first = max(1, border + 1)
            run = reference.unroll(versions, step, first, entering.get(first), once if border >= 0 else None)
            entering = {t: reference.cut(entered) for t, entered in run.states.items() if t > 1} | entering
            seeds = {t: seed(t) for t in losses}
            if losses:
                since = {t: states[t] for t in range(first, step + 1)}
                ours.expect(f"states, walk from step {step}", *cotangents(tape, losses, since, reference, run))
                walk(tape, losses, cuts.how, retain=keep > 0)
            gradients = reference.gradients(run, seeds)
            ours.expect(f"parameters, walk from step {step}", ours.take_gradients(), gradients)
            ours.use_elsewhere()
            if cuts.update:
                ours.update(gradients)
            tape.cut(keep)
            border, losses = max(border, step - keep), {}
    ours.compare()


def check_windows(torch: Any, program: Program, windows: Windows) -> None:
    """``truncated_bptt`` in all of its schemes: the gradients, the losses and the carried state of each window."""
    program = program.inlined()
    ours, reference = Ours(program), Reference(torch, program)
    k1, k2, overlap, scheme, reduction, update = windows
    k1, depth = k1 or program.steps, k2 or k1 or program.steps
    kept = depth - 1 if scheme == "lag mask" else depth - k1
    versions, entering, number = [ours.values], {}, 0

    def step(item: tuple[int, Arrays], state: State) -> tuple[Any, State]:
        return program.step(mg, ours.leaves, item[1], state, item[0])

    stream = ((number, ours.read(number)) for number in range(1, program.steps + 1))
    options = {"overlap": overlap, "scheme": scheme, "reduction": reduction}
    with within(program.limits):
        for window in mg.truncated_bptt(step, stream, ours.enter(), windows.k1, windows.k2, **options):
            new = range(number + 1, min(number + k1, program.steps) + 1)
            number = new[-1]
            border = max(1, new[0] - kept)
            versions += [ours.values for _ in new]
            parameters = versions if overlap == "keep" else [ours.values] * len(versions)
            run = reference.unroll(parameters, number, border, entering.get(border))
            entering |= {t: reference.cut(entered) for t, entered in run.states.items() if t > border}
            seeds = {t: 1.0 for t in new if t in run.losses}
            if reduction == "mean":
                seeds = dict.fromkeys(seeds, 1 / (windows.k1 or len(seeds)))
            losses = {t: run.losses[t].detach().numpy() for t in seeds}
            ours.expect("losses", {t: np.asarray(loss) for t, loss in window.losses.items()}, losses)
            ours.expect(
                "state", numbered(window.state), numbered([each.detach().numpy() for each in run.states[number + 1]])
            )
            if scheme == "window":
                gradients = reference.gradients(run, seeds)
            else:
                gradients = {name: np.zeros(shape) for name, shape in program.leaves.items()}
                for t in seeds:
                    begin = max(1, t - depth + 1)
                    run = reference.unroll(parameters, t, begin, entering.get(begin))
                    part = reference.gradients(run, {t: seeds[t]})
                    gradients = {name: gradients[name] + part[name] for name in gradients}
            ours.expect(f"window {window.index}", ours.take_gradients(), gradients)
            ours.use_elsewhere()
            if update:
                ours.update(gradients)
    assert number == program.steps
    ours.compare()


def check_second(torch: Any, program: Program) -> None:
    """The gradients of a random combination of the recorded gradients."""
    ours, reference = Ours(program), Reference(torch, program)
    run = reference.unroll([ours.values] * (program.steps + 1), program.steps)
    seeds = {step: seed(step) for step in run.losses}
    rng = np.random.default_rng(program.seed)
    along = {name: rng.standard_normal(shape) for name, shape in program.leaves.items()}
    (leaves,) = run.versions
    firsts = torch.autograd.grad(
        reference.total(run, seeds), list(leaves.values()), create_graph=True, allow_unused=True, materialize_grads=True
    )
    combined = sum((g * torch.from_numpy(v)).sum() for g, v in zip(firsts, along.values()))
    with within(program.limits), mg.Tape() as tape:
        losses, _ = unroll(ours, tape)
        found = tape.gradient(
            list(losses.values()), list(ours.leaves.values()), list(seeds.values()), create_graph=True, unused="zero"
        )
        ours.expect("first", named(ours, found), reference.gradients(run, seeds))
        total = sum(mg.sum(g * v) for g, v in zip(found, along.values()))
        if total.recorded:
            seconds = tape.gradient(total, list(ours.leaves.values()), unused="zero")
            ours.expect(
                "second", named(ours, seconds), dict(zip(leaves, reference.by(combined, list(leaves.values()))))
            )
        else:
            assert not combined.requires_grad
    ours.compare()


def check_dtypes(torch: Any, program: Program) -> None:
    """Some leaves or everything in float32: gradients have their leaves' dtypes, and float32 stays float32.

    Nothing else is wider than float32 then, but what met 64-bit integers, which NumPy promotes.
    """
    ours, reference = Ours(program), Reference(torch, program)
    run = reference.unroll([ours.values] * (program.steps + 1), program.steps)
    seeds = {step: seed(step) for step in run.losses}
    with within(program.limits), mg.Tape(inspect=True) as tape:
        losses, _ = unroll(ours, tape)
        walk(tape, losses, "targets", retain=True)
        assert all(tape.cotangents.get(record.out, record).dtype == record.dtype for record in tape)
        arrived = tape.gradient(list(losses.values()), list(ours.leaves.values()), list(seeds.values()), unused="zero")
    for found in (ours.take_gradients(), named(ours, arrived)):
        ours.expect("gradient", found, reference.gradients(run, seeds))
        for name, gradient in found.items():
            assert gradient.dtype == ours.values[name].dtype, name
    if program.singles.issuperset(program.states) and all(each.kind != "int64" for each in program.inputs.values()):
        assert {record.dtype.name for record in tape} == {"float32"}
    ours.compare(1e-2, 1e-6)  # where a tanh is nearly 1, float32 knows its derivative no better


def numbered(found: list[Any]) -> Arrays:
    return {str(k): each.numpy() if isinstance(each, mg.Tensor) else each for k, each in enumerate(found)}


def named(ours: Ours, found: list[Any]) -> Arrays:
    return {name: each.numpy() for name, each in zip(ours.leaves, found)}


class Check(NamedTuple):
    """A check, what draws its arguments, and its share of many examples."""

    draw: Callable[[Choices], tuple[Any, ...]]
    check: Callable[..., None]
    share: int


CHECKS = {
    "full": Check(walked, check_full, 4),
    "cuts": Check(cut, check_cuts, 2),
    "windows": Check(windowed, check_windows, 3),
    "second": Check(short, check_second, 1),
    "dtypes": Check(rounded, check_dtypes, 1),
}
