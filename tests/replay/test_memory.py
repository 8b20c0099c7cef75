"""The memory of programs: what is written where, and that nobody finds it overwritten."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import minigrad as mg
from minigrad.programs.arena import missing
from minigrad.programs.functions import Fill, Read, Stack
from minigrad.programs.instruction import Instruction, Value, bytes_of
from minigrad.programs.passes import EXACT, PASSES
from minigrad.programs.passes.placing import in_place
from minigrad.programs.passes.planning import plan
from minigrad.programs.program import Program, Ref
from minigrad.programs.running import Runner
from minigrad.transforms.trees import tree_leaves
from tests.replay.test_program import recorded, recurrence_of, shortened
from tests.test_random_programs import programs


def audit(program: Program, inputs: list[Any]) -> int:
    """Run a program in its memory, and beside it without: whoever takes a value finds what was computed.

    Returns how many values were looked at.
    """
    runner = Runner(program)
    arena = runner._spare[-1]
    arena.memory[...] = 255
    here = arena.blank.copy()
    here[0] = mg.engine.cotangents.Joined()
    truth: dict[int, Any] = dict(program.constants)
    for (_, number), array in zip(program.inputs, inputs, strict=True):
        here[1 + number] = truth[number] = array
    codes = iter(runner._codes)
    looked_at = 0
    for instruction in program.instructions:
        if instruction.kind == "effect":
            raise AssertionError("an effect would happen twice")
        for number in instruction.takes:
            if not instruction.results or instruction.results[0] not in arena.fixed:
                np.testing.assert_array_equal(here[1 + number], truth[number], err_msg=str(instruction))
                looked_at += 1
        operands = [truth[each] if isinstance(each, int) else each.value for each in instruction.operands]
        joined = [mg.engine.cotangents.Joined()] if instruction.kind == "sum" else []
        made = instruction.function(*joined, *operands)
        truth.update(zip(instruction.results, made if len(instruction.results) > 1 else [made], strict=True))
        if not instruction.results or instruction.results[0] not in arena.fixed:
            next(codes)(here)
            if instruction.into is None and instruction.results and instruction.results[0] in program.memory.places:
                apart = [here[1 + n] for n in instruction.takes if not isinstance(instruction.function, Stack)]
                assert not any(np.may_share_memory(here[1 + instruction.results[0]], each) for each in apart)
    for number in program.returned:
        np.testing.assert_array_equal(here[1 + number], truth[number])
        looked_at += 1
    return looked_at


def walked(cell: Any, readout: Any) -> Any:
    """A window's losses, gradients and last state, without effects."""
    weights = [*cell.parameters(), *readout.parameters()]

    def window(xs: Any, ys: Any, state: Any) -> Any:
        with mg.Tape() as tape:
            losses = []
            for x, y in zip(xs, ys, strict=True):
                tape.mark()
                state = cell(x, state)
                losses.append(mg.cross_entropy(readout(getattr(state, "h", state)), y))
            return losses, tape.gradient(losses, weights), state

    return window


CELLS = {"rnn": mg.nn.RNNCell, "gru": mg.nn.GRUCell, "lstm": mg.nn.LSTMCell}


def data(seed: int, cell: Any, steps: int = 6) -> Any:
    xs, ys = np.random.default_rng(seed).integers(0, 7, (2, steps, 4))
    return list(xs), list(ys), mg.stop_gradient(cell.initial_state(4))


@pytest.mark.parametrize("passes", [EXACT, PASSES], ids=["exact", "all"])
@pytest.mark.parametrize("name", CELLS)
def test_nobody_finds_a_value_overwritten(name: str, passes: Any):
    cell = CELLS[name](7, 5, rng=0)
    replayed = mg.replay(walked(cell, mg.nn.Linear(5, 7, rng=1)), passes=passes)
    for seed in range(2):
        replayed(*data(seed, cell))
    program = replayed.programs[0]
    xs, ys, state = data(3, cell)
    leaves = [getattr(state, "h", state).value, *([state.c.value] if name == "lstm" else [])]
    arrays = dict(zip([path for path, _ in program.inputs], [*xs, *ys, *leaves], strict=True))
    assert len(program.memory.places) > 30
    assert audit(program, [arrays[path] for path, _ in program.inputs]) > 100


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(programs(), programs(), st.integers(0, 1000), st.integers(1, 6))
def test_nobody_finds_a_value_of_a_random_recurrence_overwritten(inner: Any, outer: Any, seed: int, steps: int):
    rng = np.random.default_rng(seed)
    replayed = mg.replay(recurrence_of(inner, outer))
    for _ in range(2):
        arrays = rng.standard_normal((steps + 2, 3, 3))
        replayed([*map(mg.tensor, arrays[:steps])], *map(mg.tensor, arrays[steps:]))
    assert audit(replayed.programs[0], [*rng.standard_normal((steps + 2, 3, 3))])


@pytest.mark.parametrize("cell", CELLS)
def test_places_are_in_the_memory(cell: str):
    program = shortened(cell)
    nbytes, places = program.memory
    for number, offset in places.items():
        assert 0 <= offset <= nbytes - bytes_of(program.values[number])
        assert offset % program.values[number].dtype.itemsize == 0
    assert nbytes < sum(bytes_of(program.values[number]) for number in places)  # they are used again


def test_a_chain_needs_no_fresh_memory():
    program = recorded(lambda x: mg.exp(mg.negative(x * 2.0)) + x, *[(mg.tensor([1.0, k]),) for k in (2.0, 3.0)],
                       passes=(in_place,))  # fmt: skip
    assert [each.into for each in program.instructions] == [
        None,
        *(each.results[0] for each in program.instructions[:3]),
    ]
    assert str(program).count(" into %") == 3


def test_what_is_needed_again_is_not_written_into():
    for function in (
        lambda x: (y := x * 2.0, mg.exp(y)),  # returned
        lambda x: mg.exp(y := x * 2.0) + y,
        lambda x: (y := x * 2.0) + mg.transpose(y),  # a view of it
        lambda x: mg.exp(x),  # the caller's
        lambda x: mg.exp((y := x * 2.0)[0]) + y,  # of another shape
    ):
        replayed = mg.replay(function, passes=(in_place,))
        for seed in range(3):
            x = np.random.default_rng(seed).standard_normal((3, 3))
            kept = x.copy()
            found, expected = replayed(x), function(mg.tensor(x))
            np.testing.assert_array_equal(x, kept)
        for one, other in zip(tree_leaves(found), tree_leaves(expected), strict=True):
            np.testing.assert_array_equal(one.value, other.value)
    assert recorded(lambda x: (y := x * 2.0) + mg.transpose(y), *[(np.eye(2) * k,) for k in (1, 2)],
                    passes=(in_place,)).instructions[-1].into is None  # fmt: skip


def test_a_stack_is_not_written_into_while_a_member_is_needed():
    add, exp = mg.add, mg.exp
    value, x = Value((2,), np.dtype("float64")), np.array([1.0, 2.0])

    def operation(primitive: Any, operands: Any, result: int) -> Instruction:
        return Instruction("operation", primitive.name, partial(primitive.forward, np), operands, (result,), primitive)

    for last in (1, 2, 0):
        instructions = (
            operation(add, (0, 0), 1),
            operation(exp, (0,), 2),
            Instruction("glue", "stack", Stack(np), (1, 2), (3,)),
            operation(exp, (3,), 4),
            operation(add, (last, 4), 5),
        )
        made = value._replace(shape=(2, 2))
        values = (value, value, value, made, made, made)
        program = Program("f", (("x", 0),), instructions, Ref(5, True), values, {}, np)
        for passes in ((in_place,), (plan,), (in_place, plan)):
            planned = program
            for each in passes:
                planned = each(planned)
            audit(planned, [x])
            if in_place in passes:  # where only the argument is needed again
                assert planned.instructions[3].into == (3 if last == 0 else None)


def test_stacks_copy_only_what_comes_from_outside():
    cell = mg.nn.RNNCell(7, 5, rng=0)
    program = recorded(walked(cell, mg.nn.Linear(5, 7, rng=1)), data(0, cell), data(1, cell), passes=PASSES)
    stacks = [each for each in program.instructions if isinstance(each.function, Stack)]
    left_out = {each.results[0]: missing(program, each) for each in stacks}
    assert sorted(map(len, left_out.values())) == [0, 0, 0, 1, 6, 6]  # the first state; tokens and targets
    runner = Runner(program)
    assert sum(instruction in stacks for instruction in runner._coding) == 3
    assert Fill([1])(np.ones(2), np.zeros((3, 2))).tolist() == [[0, 0], [1, 1], [0, 0]]


def test_what_was_returned_is_never_written_again():
    cell = mg.nn.GRUCell(7, 5, rng=0)
    replayed = mg.replay(walked(cell, mg.nn.Linear(5, 7, rng=1)))
    kept = []
    for seed in range(6):
        leaves = tree_leaves(replayed(*data(seed, cell)))
        kept.append((leaves, [leaf.value.copy() for leaf in leaves]))
    for leaves, copies in kept:
        for leaf, copy in zip(leaves, copies, strict=True):
            np.testing.assert_array_equal(leaf.value, copy)


def test_threads_have_memory_of_their_own():
    cell = mg.nn.LSTMCell(7, 5, rng=0)
    function = walked(cell, mg.nn.Linear(5, 7, rng=1))
    replayed = mg.replay(function, passes=EXACT)
    for seed in range(2):
        replayed(*data(seed, cell))
    found: dict[int, Any] = {}

    def run(seed: int) -> None:
        for _ in range(10):
            found[seed] = replayed(*data(seed, cell))

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(4):
        for one, other in zip(tree_leaves(found[seed]), tree_leaves(function(*data(seed, cell))), strict=True):
            np.testing.assert_array_equal(one.value, other.value)


def test_a_run_that_fails_gives_its_memory_back():
    table = mg.parameter(np.arange(12.0).reshape(4, 3))
    replayed = mg.replay(lambda i, x: mg.exp(mg.take_rows(table, i) * x) * 2.0)
    for k in range(3):
        replayed(np.array([k, 1]), np.ones(3))
    (known,) = replayed._known.values()
    for _ in range(3):
        with pytest.raises(IndexError, match="take_rows"):
            replayed(np.array([0, 4]), np.ones(3))
    assert len(known.runner._spare) == 1
    with pytest.raises(IndexError, match="take_rows"):
        replayed(np.array([0, -1]), np.ones(3))
    found = replayed(np.array([0, 1]), np.ones(3))
    np.testing.assert_array_equal(found.value, np.exp([[0.0, 1, 2], [3, 4, 5]]) * 2)


def test_sums_keep_the_order_of_their_terms():
    """What does not lie in C order is added up in another order, so it is not written into memory that does."""
    w = mg.parameter(np.asfortranarray(np.random.default_rng(9).standard_normal((60, 70)).astype("float32")))

    def function(x: Any) -> Any:
        y = mg.exp(mg.transpose(x) * 1.7)
        return y.sum(axis=0), y.sum(), (mg.exp(x) * 0.3).sum(axis=1), (w * w + x).sum(axis=0), mg.matmul(y * 2.0, x)

    replayed = mg.replay(function, passes=EXACT)
    for seed in range(8):
        x = np.random.default_rng(seed).standard_normal((60, 70)).astype("float32")
        x = np.asfortranarray(x) if seed % 2 else x
        for one, other in zip(replayed(x), function(mg.tensor(x)), strict=True):
            assert one.value.tobytes() == other.value.tobytes()
    assert len(replayed.programs) == 2  # one for each order of the argument
    w.value = np.ascontiguousarray(w.value)
    for _ in range(3):
        for one, other in zip(replayed(x), function(mg.tensor(x)), strict=True):
            assert one.value.tobytes() == other.value.tobytes()


@pytest.mark.parametrize(
    ("primitive", "rules"),
    [(mg.tanh, [lambda g, out, tail: g * 0.5]), (mg.multiply, [lambda g, y: g * y * 3, lambda g, x: g])],
    ids=lambda each: getattr(each, "name", ""),
)
def test_a_rule_that_a_user_has_given(primitive: Any, rules: Any):
    """It computes something else under the same name, and may return the cotangent itself."""

    def function(xs: Any, w: Any) -> Any:
        with mg.Tape() as tape:
            h, losses = mg.zeros(3), []
            for x in xs:
                tape.mark()
                h = mg.tanh(h * w + x * 2.0)
                losses.append((h * h).sum())
            return losses, tape.gradient(losses, [w, *xs])

    before = primitive.rules
    try:
        primitive.defvjp(*rules)
        for passes in (EXACT, PASSES):
            replayed = mg.replay(function, passes=passes)
            for seed in range(3):
                *xs, w = [mg.tensor(x) for x in np.random.default_rng(seed).standard_normal((5, 3))]
                found, expected = replayed(xs, w), function(xs, w)
                for one, other in zip(tree_leaves(found), tree_leaves(expected), strict=True):
                    np.testing.assert_allclose(one.value, other.value, rtol=1e-12)
    finally:
        primitive.defvjp(*before)


def test_lookups_and_slices_are_written_into_the_memory():
    table = mg.parameter(np.arange(12.0).reshape(4, 3))

    def function(index: Any, x: Any) -> Any:
        with mg.Tape() as tape:
            y = mg.take_rows(table, index) * x
            loss = (y[:, 1:] * y[:, :2] * y[:, ::2]).sum()
            return loss, tape.gradient(loss, [y, x])

    replayed = mg.replay(function, passes=EXACT)
    for k in range(4):
        index, x = np.array([k, 3, k % 3]), mg.tensor(np.random.default_rng(k).standard_normal((3, 3)))
        found, expected = replayed(index, x), function(index, x)
        for one, other in zip(tree_leaves(found), tree_leaves(expected), strict=True):
            np.testing.assert_array_equal(one.value, other.value)
    program = replayed.programs[0]
    placed = {each.name for each in program.instructions if {*each.results} & {*program.memory.places}}
    assert {"take_rows", "sum of scatter"} <= placed


def test_plan_after_a_value_that_lies_in_a_stack_twice():
    def function(x: Any) -> Any:
        y, z = x * 2.0, x * 3.0
        return mg.stack([y, y, z]) * 1.0, mg.stack([z, y]) * 1.0, mg.stack([mg.stack([y, z]), mg.stack([z, z])]) + 0.0

    for passes in ((plan,), (in_place, plan), EXACT, PASSES):
        replayed = mg.replay(function, passes=passes)
        for k in range(3):
            x = mg.tensor([1.0 + k, 2.0])
            found = replayed(x)
        for one, other in zip(found, function(x), strict=True):
            np.testing.assert_array_equal(one.value, other.value)
    assert not any(isinstance(each.function, Read) for each in replayed.programs[0].instructions)
