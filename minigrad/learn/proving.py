"""The proof of a learner's engine: what proves minigrad, run on it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from ..tutorials.adopting import adopt
from ..tutorials.asking import Todo, last_line

Host = np.ndarray[Any, Any]

_CLOSE = 1e-6
_PROGRAMS = 50
_CHAIN = 100_000


@dataclass(frozen=True)
class Claim:
    """Something that was tried on an engine.

    Attributes:
        words: what is claimed.
        holds: whether it is so; ``None`` if the engine has not what it needs yet.
        found: the numbers, or what was otherwise.
    """

    words: str
    holds: bool | None
    found: str


class _Refuted(Exception):  # noqa: N818 (it is what was found)
    """What is otherwise than claimed."""


def prove(engine: ModuleType) -> list[Claim]:
    """Try all claims on an engine.

    Args:
        engine: the module.
    """
    return [_tried(words, needs, attempt, engine) for words, needs, attempt in _CLAIMS]


def _tried(words: str, needs: str, attempt: Callable[[Any], str], engine: ModuleType) -> Claim:
    missing = [name for name in needs.split() if not hasattr(engine, name)]
    if missing:
        return Claim(words, None, f"the engine has no {', '.join(missing)} yet")
    try:
        return Claim(words, True, attempt(engine))
    except _Refuted as found:
        return Claim(words, False, str(found))
    except Todo as todo:
        return Claim(words, None, str(todo))
    except Exception as error:
        line = last_line(error, "engine.py")
        where = f" (mine/engine.py, line {line.lineno}: {line.line})" if line else ""
        return Claim(words, False, f"{type(error).__name__}: {error}{where}")


def _shapes(op: str) -> list[tuple[tuple[int, ...], ...]]:
    """The shapes that an operation is tried on: of numbers and arrays, and of such that are broadcast."""
    if op in ("take", "reshape"):
        return [((4, 3),)]
    if op in ("add", "subtract", "multiply", "divide"):
        return [((), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 3)), ((4, 2, 3), (1, 3))]
    if op == "matmul":
        return [((2, 3), (3, 4)), ((1, 3), (3, 1))]
    if op in ("transpose", "sum"):
        return [((2, 3),), ((1, 4),)]
    return [((),), ((3,),), ((2, 3),)]


def _settings(op: str) -> list[dict[str, Any]]:
    """The keyword arguments that an operation is tried with."""
    if op == "sum":
        return [{}, {"axis": 0}, {"axis": 1, "keepdims": True}]
    if op == "take":
        return [{"indices": np.array([0, 0, 1]), "axis": 0}]
    if op == "reshape":
        return [{"shape": (-1,)}]
    return [{}]


def _operands(op: str, shapes: tuple[tuple[int, ...], ...], rng: np.random.Generator) -> list[Host]:
    """Operands away from where an operation is not smooth."""
    signs = [1.0] if op in ("log", "divide") else [-1.0, 1.0]
    return [np.asarray(rng.uniform(0.5, 1.5, size=shape) * rng.choice(signs, size=shape)) for shape in shapes]


def _rules(engine: Any) -> str:
    """Each rule against central differences, with other seeds than ones, and each operand used twice as well."""
    rng = np.random.default_rng(0)
    count, worst = 0, 0.0
    for op in sorted(set(engine.RULES) & set(engine.FORWARD)):
        tried = _shapes(op)
        if op != "matmul" and not hasattr(engine, "unbroadcast"):  # chapter 7
            tried = [shapes for shapes in tried if len(set(shapes)) == 1]
        for shapes in tried:
            for params in _settings(op):
                operands = _operands(op, shapes, rng)
                worst = max(worst, _against_differences(engine, op, operands, params, rng))
                count += 1
        if len(tried[0]) == 2 and op != "matmul":
            worst = max(worst, _used_twice(engine, op, rng))
            count += 1
    return f"{count} cases of {len(engine.RULES)} rules, the largest relative error is {worst:.1e}"


def _against_differences(
    engine: Any, op: str, operands: list[Host], params: dict[str, Any], rng: np.random.Generator
) -> float:
    """The largest relative error of the cotangents of an operation, weighted by random numbers."""
    weights = rng.normal(size=np.shape(engine.FORWARD[op](*operands, **params)))
    tape = engine.Tape()
    ids = [engine.leaf(tape, x) for x in operands]
    found = engine.backward(tape, _weighted(engine, tape, engine.record(tape, op, *ids, **params), weights))
    worst = 0.0
    for n, (i, x) in enumerate(zip(ids, operands, strict=True)):
        right = np.zeros_like(x)
        for at in np.ndindex(x.shape):
            values = []
            for step in (1e-6, -1e-6):
                moved = [y.copy() for y in operands]
                moved[n][at] += step
                values.append(float(np.sum(weights * engine.FORWARD[op](*moved, **params))))
            right[at] = (values[0] - values[1]) / 2e-6
        worst = max(worst, _error(f"operand {n} of {op}, shape {x.shape}", found.get(i), right))
    return worst


def _weighted(engine: Any, tape: Any, out: int, weights: Any) -> int:
    """The id of the sum of a result's entries, each times a weight."""
    product: int = engine.record(tape, "multiply", out, engine.leaf(tape, weights))
    return int(engine.record(tape, "sum", product)) if "sum" in engine.FORWARD else product


def _used_twice(engine: Any, op: str, rng: np.random.Generator) -> float:
    """``op(x, x)``."""
    x = _operands(op, ((2, 3),), rng)[0]
    tape = engine.Tape()
    i = engine.leaf(tape, x)
    found = engine.backward(tape, engine.record(tape, op, i, i)).get(i)
    step = 1e-6
    right = (engine.FORWARD[op](x + step, x + step) - engine.FORWARD[op](x - step, x - step)) / (2 * step)
    return _error(f"{op}(x, x)", found, right)


def _error(what: str, yours: Any, right: Host, close: float = _CLOSE) -> float:
    """The largest relative error.

    Raises:
        _Refuted: it is too large, or the shapes differ.
    """
    if yours is None:
        if np.any(right):
            raise _Refuted(f"{what}: no cotangent, right {right.tolist()}")
        return 0.0
    if np.shape(yours) != right.shape:
        raise _Refuted(f"{what}: the cotangent has shape {np.shape(yours)}, right {right.shape}")
    worst = float(np.max(np.abs(yours - right) / (1 + np.abs(right)), initial=0.0))
    if not worst < close:
        raise _Refuted(f"{what}: yours {np.asarray(yours).tolist()}, right {right.tolist()}")
    return worst


def _programs(engine: Any) -> str:
    """Random programs, run again by minigrad, every value and every cotangent compared."""
    rng = np.random.default_rng(1)
    records = 0
    for number in range(_PROGRAMS):
        tape = engine.Tape()
        known = [engine.leaf(tape, rng.normal(size=(3, 3)), f"w{n}") for n in range(3)]
        ops = [op for op in ("add", "subtract", "multiply", "tanh", "matmul", "square") if op in engine.RULES]
        for _ in range(int(rng.integers(4, 25))):
            op = str(rng.choice(ops))
            inputs = [int(rng.choice(known)) for _ in range(1 if op in ("tanh", "square") else 2)]
            out = engine.record(tape, op, *inputs)
            known.append(engine.record(tape, "tanh", out))
        targets = [known[-1], known[-2]]
        compared = adopt(tape, targets, engine.backward(tape, *targets))
        if not compared:
            raise _Refuted(f"program {number}: {compared}")
        records += len(tape.records)
    return f"{_PROGRAMS} programs of {records:,} records: every value and every cotangent is minigrad's"


def _chain(engine: Any) -> str:
    """A chain that no recursion survives."""
    tape = engine.Tape()
    i = first = engine.leaf(tape, 1.0)
    one = engine.leaf(tape, 1.0)
    for _ in range(_CHAIN):
        i = engine.record(tape, "multiply", i, one)
    _error(f"the first of {_CHAIN:,} products", engine.backward(tape, i).get(first), np.asarray(1.0))
    return f"{_CHAIN:,} records were walked back"


def _loop(engine: Any, rng: np.random.Generator) -> tuple[list[Any], Any, list[tuple[Host, Host]]]:
    """Parameters, a step and a stream of a small recurrent network."""
    shapes = {"U": (2, 3), "W": (3, 3), "b": (3,), "V": (3, 1)}
    parameters = [engine.Parameter(0.7 * rng.normal(size=shape), name) for name, shape in shapes.items()]

    def step(weights: list[Any], item: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        x, y = item
        h = engine.rnn_step(weights[:3], x, states[0])
        return engine.square(h @ weights[3] - y).sum(), [h]

    stream = [(rng.normal(size=(2, 2)), rng.normal(size=(2, 1))) for _ in range(12)]
    return parameters, step, stream


def _truncation(engine: Any) -> str:
    """TBPTT(k1, k2) against sums over all (loss, step) of the gradient through that step's use of the weights."""
    schemes = [(12, 12), (4, 4), (5, 5), *([(1, 3), (2, 6)] if _overlaps(engine) else [])]
    worst = 0.0
    for k1, k2 in schemes:
        parameters, step, stream = _loop(engine, np.random.default_rng(2))
        start = np.zeros((2, 3))
        every = _by_step(engine, parameters, step, stream, start)
        depth = (k1, k2) if _overlaps(engine) else (k1,)
        windows = engine.truncated(step, stream, [start], parameters, *depth)
        for number, _ in enumerate(windows):
            last = min((number + 1) * k1, len(stream))
            first = max(number * k1 + 1 + k1 - k2, 1)
            for n, parameter in enumerate(parameters):
                right = sum(
                    (every[t, s][n] for t in range(number * k1 + 1, last + 1) for s in range(first, t + 1)),
                    np.zeros_like(parameter.value),
                )
                what = f"TBPTT({k1}, {k2}), window {number + 1}, {parameter.name}"
                worst = max(worst, _error(what, parameter.grad, right))
            engine.zero_grad(parameters)
    return f"{len(schemes)} schemes, all windows: equal to the sum over all pairs (loss, step), error {worst:.1e}"


def _overlaps(engine: Any) -> bool:
    """Whether the engine's windows overlap already."""
    return "k2" in inspect.signature(engine.truncated).parameters


def _by_step(
    engine: Any, parameters: list[Any], step: Any, stream: list[Any], start: Host
) -> dict[tuple[int, int], list[Host]]:
    """The gradient of the loss of step t by the weights as step s uses them, for all (t, s)."""
    found: dict[tuple[int, int], list[Host]] = {}
    for last in range(1, len(stream) + 1):
        tape = engine.Tape()
        states, copies = [engine.tensor(tape, start)], []
        for item in stream[:last]:
            copies.append([engine.tensor(tape, p.value.copy()) for p in parameters])
            loss, states = step(copies[-1], item, states)
        cotangents = engine.walk(loss)
        for s, weights in enumerate(copies, 1):
            found[last, s] = [
                cotangents.get(w.i, np.zeros_like(p.value)) for w, p in zip(weights, parameters, strict=True)
            ]
    return found


def _bounded(engine: Any) -> str:
    """The tape of a long run stays as long as its windows."""
    parameters, step, stream = _loop(engine, np.random.default_rng(3))
    longest = [_longest(engine, parameters, step, stream * times) for times in (5, 50)]
    if longest[1] > longest[0]:
        raise _Refuted(f"{longest[0]} values after 60 steps, {longest[1]} after 600: something is not dropped")
    return f"after 600 steps as after 60: {longest[0]} values at most"


def _longest(engine: Any, parameters: list[Any], step: Any, stream: list[Any]) -> int:
    """How many values a tape has at most while a stream is read."""
    tapes: list[Any] = []
    most = 0

    def watched(weights: list[Any], item: Any, states: list[Any]) -> Any:
        nonlocal most
        tapes[:] = [states[0].tape]
        most = max(most, len(tapes[0].values) + len(tapes[0].records))
        return step(weights, item, states)

    depth = (3, 6) if _overlaps(engine) else (3,)
    for _ in engine.truncated(watched, stream, [np.zeros((2, 3))], parameters, *depth):
        engine.zero_grad(parameters)
    return most


def _mutated() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Ways to break a rule."""
    yield "×1.01", lambda found: [1.01 * each for each in found]
    yield "sign", lambda found: [-1.0 * each for each in found]
    yield "zero", lambda found: [0.0 * each for each in found]
    yield "swapped", lambda found: found[::-1]


def _mutants(engine: Any) -> str:
    """The learner's ``gradcheck`` on the learner's rules, each broken in turn."""
    rng = np.random.default_rng(4)
    caught, missed = 0, []
    for op in sorted(set(engine.RULES) & {"add", "subtract", "multiply", "tanh", "square", "exp", "log", "divide"}):
        operands = _operands(op, ((2, 2),) * len(_shapes(op)[0]), rng)
        rule = engine.RULES[op]
        for name, change in _mutated():
            if name == "swapped" and (len(operands) == 1 or op == "add"):
                continue
            engine.RULES[op] = lambda *args, rule=rule, change=change, **params: change(rule(*args, **params))
            try:
                error = _checked_by(engine, op, operands)
            finally:
                engine.RULES[op] = rule
            caught += error > 1e-4
            missed += [f"{op} {name}"] * (not error > 1e-4)
        if not _checked_by(engine, op, operands) < _CLOSE:
            raise _Refuted(f"gradcheck says that the rule of {op} is wrong, and it is right")
    if missed:
        raise _Refuted(
            f"gradcheck does not see {len(missed)} of {caught + len(missed)} broken rules: {', '.join(missed)}"
        )
    return f"your gradcheck sees {caught} of {caught} broken rules"


def _checked_by(engine: Any, op: str, operands: list[Host]) -> float:
    """What the engine's ``gradcheck`` says of the sum of an operation's results."""

    def value(*xs: Host) -> float:
        return float(np.sum(engine.FORWARD[op](*xs)))

    def gradient(*xs: Host) -> list[Any]:
        tape = engine.Tape()
        ids = [engine.leaf(tape, x) for x in xs]
        found = engine.backward(tape, engine.record(tape, op, *ids))
        return [found.get(i, np.zeros_like(x)) for i, x in zip(ids, xs, strict=True)]

    return float(engine.gradcheck(value, gradient, *operands))


_TAPE = "Tape leaf record FORWARD RULES backward"
_TIME = "Parameter tensor walk square rnn_step truncated zero_grad"
_CLAIMS: list[tuple[str, str, Callable[[Any], str]]] = [
    ("Each rule is the derivative of its operation", _TAPE, _rules),
    ("Random programs have minigrad's values and cotangents", _TAPE, _programs),
    ("A long chain is walked without recursion", _TAPE, _chain),
    ("Your gradient check sees broken rules", f"{_TAPE} gradcheck", _mutants),
    ("TBPTT(k1, k2) is the truncated sum", f"{_TAPE} {_TIME}", _truncation),
    ("The tape of an endless stream stays short", f"{_TAPE} {_TIME}", _bounded),
]
