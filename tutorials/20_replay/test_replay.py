"""Checks of chapter 20."""

from __future__ import annotations

import tracemalloc

import numpy as np

from minigrad.tutorials.asking import ask, at_most, equal


class OnDevice(np.ndarray):
    """Arrays that tell themselves from NumPy's own."""


class Device:
    """What stands for a GPU's module: NumPy's functions, which note their names and make arrays of their own."""

    def __init__(self):
        self.called = []

    def __getattr__(self, name):
        function = getattr(np, name)

        def noted(*args, **kwargs):
            self.called.append(name)
            found = function(*args, **kwargs)
            return np.asarray(found).view(OnDevice) if kwargs.get("out") is None else found

        return noted


def network(exercise, rng):
    """A tape that uses many operations, its leaves and its result as tensors."""
    tape = exercise.Tape()
    x, W, b = (exercise.tensor(tape, rng.normal(size=shape)) for shape in ((4, 2), (2, 3), (3,)))
    hidden = exercise.tanh(x @ W + b)
    out = (exercise.square(hidden) / (hidden * hidden + 1.5)).T - 0.5
    return tape, (x, W, b), out.sum(axis=1, keepdims=True) * 2.0


def by_numpy(x, W, b):
    """The result of the network."""
    hidden = np.tanh(x @ W + b)
    return (hidden**2 / (hidden * hidden + 1.5) - 0.5).sum(axis=0)[:, None] * 2.0


def own_memory(tape):
    """An array for each id, without sharing; results are not there yet."""
    results = {record.out for record in tape.records}
    return {i: np.full_like(v, np.nan) if i in results else np.array(v) for i, v in tape.values.items()}


def program_of(exercise, tape, *xp):
    """The learner's program of a tape, a list of instructions."""
    asked = f"instructions(tape{', another module' if xp else ''}) of a tape with {len(tape.records)} records"
    found = ask(exercise.instructions, tape, *xp, asked=asked).value
    yours = {type(each).__name__ for each in found} if isinstance(found, list) else {type(found).__name__}
    equal(f"{asked}: what is in the list that it returns", sorted(yours), ["Instruction"])
    equal(f"{asked}: how many", len(found), len(tape.records))
    return found


def test_instructions__each_record(exercise, rng):
    tape, _, _ = network(exercise, rng)
    found = program_of(exercise, tape)
    yours = [[each.inputs, each.out, each.params] for each in found]
    right = [[r.inputs, r.out, r.params] for r in tape.records]
    equal("instructions(tape): inputs, out and params of each", yours, right)
    tape.records.clear()
    equal("the program, after all records are taken off the tape: its instructions", len(found), len(right))


def test_instructions__functions(exercise, rng):
    tape, _, _ = network(exercise, rng)
    for (function, ids, out, params), record in zip(program_of(exercise, tape), tape.records, strict=True):
        into = np.full_like(tape.values[out], np.nan)
        asked = f"the function of instruction {record.op}, called with the operands and out="
        ask(function, *[tape.values[i] for i in ids], out=into, **params, asked=asked).value  # noqa: B018
        equal(f"{asked}: what it wrote", into, tape.values[out])


def test_instructions__xp(exercise, rng):
    tape, _, _ = network(exercise, rng)
    device = Device()
    program = program_of(exercise, tape, device)
    memory = own_memory(tape)
    for function, ids, out, params in program:
        function(*[memory[i] for i in ids], out=memory[out], **params)
    equal("instructions(tape, xp=another module): functions of it that a run calls", device.called, ops(tape))


def ops(tape):
    return [record.op for record in tape.records]


def test_replay__new_inputs(exercise, rng):
    tape, leaves, out = network(exercise, rng)
    program, memory = exercise.instructions(tape), own_memory(tape)
    for said in ("the inputs of the tape", "new inputs", "new inputs again"):
        given = {each.i: rng.normal(size=each.shape) for each in leaves} if "new" in said else {}
        values = [given.get(each.i, each.value) for each in leaves]
        ask(exercise.replay, program, memory, given, asked=f"replay(program, memory, inputs), {said}").value  # noqa: B018
        equal(f"the result after replay(program, memory, inputs), {said}", np.array(memory[out.i]), by_numpy(*values))


def test_replay__some_inputs(exercise, rng):
    tape, (x, W, b), out = network(exercise, rng)
    program, memory = exercise.instructions(tape), own_memory(tape)
    weights = rng.normal(size=(2, 3))
    new = rng.normal(size=(4, 2))
    for given in ({W.i: weights}, {x.i: new}):
        ask(exercise.replay, program, memory, given, asked=f"replay with new {'W' if W.i in given else 'x'}").value  # noqa: B018
    right = by_numpy(new, weights, b.value)
    equal("the result after a run with new W, and a run with new x: both are new", np.array(memory[out.i]), right)


def test_replay__same_arrays(exercise, rng):
    tape, (x, *_), _ = network(exercise, rng)
    program, memory = exercise.instructions(tape), own_memory(tape)
    before = dict(memory)
    given = rng.normal(size=(4, 2))
    known = given.copy()
    ask(exercise.replay, program, memory, {x.i: given}, asked="replay with new x").value  # noqa: B018
    changed = [f"%{i}" for i, array in before.items() if memory.get(i) is not array]
    equal("replay: ids whose array in memory is another one than before the run", changed, [])
    equal("replay: the array that was given for x, afterwards", given, known)


def test_replay__allocates_nothing(exercise, rng):
    tape = exercise.Tape()
    x = exercise.tensor(tape, rng.normal(size=(100, 100)))
    exercise.square(exercise.tanh(x @ x + x) * x)
    program, memory = exercise.instructions(tape), own_memory(tape)
    inputs = {x.i: rng.normal(size=(100, 100))}
    ask(exercise.replay, program, memory, inputs, asked="replay of five records").value  # noqa: B018
    tracemalloc.start()
    try:
        exercise.replay(program, memory, inputs)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    at_most("replay of five records with 80,000 bytes each: bytes that it asks for in between", most, 40_000)


def test_replay__other_shape(exercise, rng):
    tape, (x, _, b), _ = network(exercise, rng)
    program = exercise.instructions(tape)
    for leaf, shape in ((x, (5, 2)), (x, (1, 2)), (b, ()), (b, (1, 3))):
        asked = f"replay with an input of shape {shape}, where {leaf.shape} was recorded"
        ask(exercise.replay, program, own_memory(tape), {leaf.i: np.ones(shape)}, asked=asked).refuses(ValueError)


def tiny(exercise):
    """The program p = a·b, q = tanh(p), r = p + q, s = a − r by hand, with functions that are not called."""
    rows = [("p", "ab"), ("q", "p"), ("r", "pq"), ("s", "ar")]
    ids = {name: i for i, name in enumerate("abpqrs")}
    return ids, [
        exercise.Instruction(np.add, tuple(ids[each] for each in inputs), ids[out], {}) for out, inputs in rows
    ]


def test_last_uses__each_id(exercise):
    ids, program = tiny(exercise)
    asked = "last_uses of p = a·b, q = tanh(p), r = p + q, s = a − r (numbers 0 to 3), where a … s have the ids 0 … 5"
    right = {ids["a"]: 3, ids["b"]: 0, ids["p"]: 2, ids["q"]: 2, ids["r"]: 3}
    ask(exercise.last_uses, program, asked=asked).gives(right)
    ask(exercise.last_uses, [], asked="last_uses of an empty program").gives({})


def random_program(exercise, rng, shapes):
    """A tape of random operations on arrays of some shapes, with results that nothing uses."""
    tape = exercise.Tape()
    known = [[exercise.tensor(tape, rng.normal(size=shape)) for _ in range(2)] for shape in shapes]
    for _ in range(14):
        group = known[rng.integers(len(known))]
        x, y = (group[rng.integers(len(group))] for _ in range(2))
        kind = rng.integers(4)
        group.append(exercise.tanh(x) if kind == 0 else x * y if kind == 1 else x - y if kind == 2 else x + y)
    return tape


def evaluated(tape, given):
    """All values of a tape with other leaves, by NumPy, each in an array of its own."""
    values = {**tape.values, **given}
    for op, ids, out, _, params in tape.records:
        values[out] = getattr(np, op)(*[values[i] for i in ids], **params)
    return values


def leaves_of(tape):
    return sorted(set(tape.values) - {record.out for record in tape.records})


def most_needed(tape, keep):
    """The most results that are needed at the same time, in the worst instruction."""
    needed = []
    for n in range(len(tape.records)):
        later = {i for each in tape.records[n:] for i in each.inputs} | set(keep)
        made = {each.out for each in tape.records[:n]}
        needed.append(len(made & later) + 1)
    return max(needed)


def distinct(memory, tape):
    return len({id(memory[record.out]) for record in tape.records})


def ids_of(memory):
    """The keys of a dict in order; of something else its type."""
    return sorted(memory) if isinstance(memory, dict) else type(memory).__name__


def made(exercise, tape, keep, said):
    """The program of a tape, and the memory that the learner's function makes for it."""
    program = exercise.instructions(tape)
    asked = f"buffers(program, values, keep) of {said}"
    memory = ask(exercise.buffers, program, tape.values, keep, asked=asked).value
    equal(f"{asked}: the ids in it", ids_of(memory), sorted(tape.values))
    return program, memory, asked


def test_buffers__chain(exercise, rng):
    tape, last = chain(exercise, 10)
    _, memory, asked = made(exercise, tape, {last}, "a chain of 10 tanh, of which the last is kept")
    equal(f"{asked}: arrays for the 10 results", distinct(memory, tape), 2)
    _, memory, asked = made(exercise, tape, set(tape.values), "a chain of 10 tanh, all of which are kept")
    equal(f"{asked}: arrays for the 10 results", distinct(memory, tape), 10)


def chain(exercise, length):
    """A tape of ``length`` times tanh, and the id of the last result."""
    tape = exercise.Tape()
    x = exercise.tensor(tape, np.ones(3))
    for _ in range(length):
        x = exercise.tanh(x)
    return tape, x.i


def test_buffers__small(exercise, rng):
    for last, wanted, said in (("r", 3, "p, q and r are needed together"), ("d", 2, "nothing reads d, and it is kept")):
        tape = exercise.Tape()
        a, b = (exercise.tensor(tape, rng.normal(size=2)) for _ in range(2))
        p = a * b
        q = exercise.tanh(p)
        out = p * q if last == "r" else q - a
        said = f"p = a·b, q = tanh(p), {'r = p·q' if last == 'r' else 'd = q − a'}: {said}"
        program, memory, asked = made(exercise, tape, [out.i], said)
        equal(f"{asked}: arrays for the results", distinct(memory, tape), wanted)
        exercise.replay(program, memory, {})
        equal(f"{asked}: the last result after a run", np.array(memory[out.i]), out.value)


def test_buffers__unused(exercise, rng):
    tape = exercise.Tape()
    a = exercise.tensor(tape, rng.normal(size=2))
    exercise.tanh(a)
    exercise.square(a)
    last = exercise.tanh(a)
    _, memory, asked = made(exercise, tape, [last.i], "p = tanh(a), q = a², r = tanh(a), of which r is kept")
    equal(f"{asked}: arrays for the results", distinct(memory, tape), 1)


def test_buffers__leaves(exercise, rng):
    tape, _, out = network(exercise, rng)
    _, memory, asked = made(exercise, tape, [out.i], "a network")
    for i in leaves_of(tape):
        equal(f"{asked}: the value of leaf %{i}", memory[i], tape.values[i])
    shared = [f"%{i}" for i in memory if any(np.shares_memory(memory[i], each) for each in tape.values.values())]
    equal(f"{asked}: ids whose array is one of the tape's", shared, [])
    others = [f"%{i}" for i in leaves_of(tape) for j in memory if i != j and np.shares_memory(memory[i], memory[j])]
    equal(f"{asked}: leaves that share their array with another id", others, [])
    right = {i: np.shape(value) for i, value in tape.values.items()}
    equal(f"{asked}: the shapes", {i: np.shape(array) for i, array in memory.items()}, right)


def test_buffers__shapes_apart(exercise, rng):
    tape = exercise.Tape()
    x = exercise.tensor(tape, rng.normal(size=(3, 2)))
    y = exercise.tensor(tape, rng.normal(size=(2,)))
    for _ in range(3):
        x, y = exercise.tanh(x), exercise.tanh(y)
    _, memory, asked = made(exercise, tape, [x.i, y.i], "two chains of 3 tanh, of shapes (3, 2) and (2,)")
    equal(f"{asked}: arrays for the 6 results", distinct(memory, tape), 4)


def test_buffers__right_values(exercise, rng):
    for number in range(12):
        tape = random_program(exercise, rng, [(2, 3), (3,)] if number % 2 else [(2,)])
        results = [record.out for record in tape.records]
        keep = {int(each) for each in rng.choice(results, size=3, replace=False)} | {results[-1]}
        program, memory, asked = made(exercise, tape, keep, "a random program of 14 records, four of them kept")
        for run in (1, 2):
            given = {leaves_of(tape)[0]: rng.normal(size=tape.values[leaves_of(tape)[0]].shape)}
            exercise.replay(program, memory, given)
            right = evaluated(tape, given)
            yours = {i: np.array(memory[i]) for i in sorted(keep)}
            equal(f"{asked}: what is kept after run {run}", yours, {i: right[i] for i in sorted(keep)})


def test_buffers__as_few_as_can_be(exercise, rng):
    for kept in (1, 1, 1, 3, 3, 6):
        tape = random_program(exercise, rng, [(2,)])
        results = [record.out for record in tape.records]
        keep = {int(each) for each in rng.choice(results, size=kept, replace=False)}
        _, memory, asked = made(exercise, tape, keep, f"a random program of 14 records of one shape, {kept} kept")
        equal(f"{asked}: arrays for the results", distinct(memory, tape), most_needed(tape, keep))


def test_buffers__xp(exercise, rng):
    tape, (x, W, b), out = network(exercise, rng)
    device = Device()
    program = exercise.instructions(tape, device)
    asked = "buffers(program, values, keep, another module)"
    memory = ask(exercise.buffers, program, tape.values, [out.i], device, asked=asked).value
    equal(f"{asked}: the ids in it", ids_of(memory), sorted(tape.values))
    here = [f"%{i}" for i, array in memory.items() if not isinstance(array, OnDevice)]
    equal(f"{asked}: ids whose array is not made by it", here, [])
    device.called.clear()
    new = rng.normal(size=(4, 2))
    exercise.replay(program, memory, {x.i: device.array(new)})
    equal("a run with another module: its functions that are called", device.called[1:], ops(tape))
    equal("a run with another module: the result", np.array(memory[out.i]), by_numpy(new, W.value, b.value))


def predicted(exercise):
    """The arrays for a hundred results of a chain."""
    tape, last = chain(exercise, 100)
    memory = exercise.buffers(exercise.instructions(tape), tape.values, [last])
    return f"{distinct(memory, tape)}"
