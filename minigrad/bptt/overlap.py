"""The overlap that windows keep between them, so that a run can be saved there and resumed to the bit.

With ``overlap="keep"`` that is the records of the last ``k2 − k1`` steps. They are plain data, and hold the parameter
values of their time, so they are saved as they are and nothing is computed again. With ``"recompute"`` it is
the inputs and the entering states of those steps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import errors
from ..checks import check_named
from ..engine.backend import find_module
from ..engine.primitive import REGISTRY
from ..engine.record import Record
from ..engine.tape import Tape
from ..engine.tensor import Leaf, Tensor
from ..storage.archive import PLAIN
from ..storage.plain import NDArray, Reader, Writer
from ..transforms.parameters import parameter_list
from ..transforms.trees import tree_leaves, tree_refill

# Of a record, behind the name of its primitive, in the order in which they are saved.
_FIELDS = ("inputs", "out", "residuals", "params", "shape", "dtype", "step", "order", "in_shapes", "origin")

Past = deque[tuple[Any, Any]]  # inputs and entering state of each step that is to be run again


class Between(NamedTuple):
    """Where a loop stands between two windows.

    Attributes:
        window: the number of the last window.
        tape: its tape, with the records of the overlap.
        kept: how many steps of it the next window needs.
        state: the carried state, on the tape.
        past: with ``overlap="recompute"``, what the overlap is run again from.
    """

    window: int
    tape: Tape
    kept: int
    state: Any
    past: Past | None


class Overlap:
    """What ``truncated_bptt`` keeps between overlapping windows, to be saved and loaded with the rest of a run.

        overlap = mg.bptt.Overlap(model.parameters())
        # to resume: run = mg.load_run("run.npz", ..., state=state, overlap=overlap, position=0)
        for window in mg.truncated_bptt(step, stream, state, k1=5, k2=20, resume=overlap):
            ...
            mg.save_run("run.npz", ..., state=window.state, overlap=overlap, position=window.last_step)

    A resumed loop numbers steps and windows on from where the saved one stood. With ``overlap="keep"`` it goes on
    with the state that lies here; the one that it is given shows the structure only.

    Args:
        params: all parameters that the steps use, in the same order before and after.

    Raises:
        ValueError: no parameters were given, or one twice.
        TypeError: something that is no list of parameters was given.
    """

    def __init__(self, params: Sequence[Leaf]) -> None:
        self._params = parameter_list("Overlap", params)
        self._between: Between | None = None
        self._loaded: dict[str, NDArray] = {}

    def state_dict(self) -> dict[str, NDArray]:
        """Plain arrays, nobody else's: JSON as bytes, the memory of the arrays in it, and the checksum of them all.

        Raises:
            CheckpointError: a record holds something else, or a parameter was not given to this object.
        """
        import json  # not for every `import minigrad`

        if self._between is None:
            return _copies(_sealed(self._loaded))
        writer = Writer(self._params)
        text = json.dumps(_described(self._between, writer))
        arrays = {str(number): array for number, array in enumerate(writer.arrays)}
        return _copies(_sealed({"plan": np.frombuffer(text.encode(), np.uint8), **arrays}))

    def load_state_dict(self, state: dict[str, NDArray]) -> None:
        """Take what ``state_dict`` gave; the next loop that is given this object begins with it.

        Raises:
            CheckpointError: it is something else.
        """
        check_named("Overlap.load_state_dict", state)
        rest = dict(state)
        checksum = rest.pop("checksum", None)
        if state and not _is_whole(rest, checksum):
            raise errors.CheckpointError("this is not what an Overlap saved")
        self._loaded = _copies(rest)
        self._between = None

    def _note(self, between: Between) -> None:
        """Remember where the loop stands; what was loaded was for this loop only: another has a stream of its own."""
        self._between, self._loaded = between, {}

    def _begin(self, tape: Tape, state: Any, kept: int, past: Past | None) -> tuple[int, Any]:
        """Put what was loaded on an empty tape, or into ``past``.

        Returns:
            The number of the window to come, and the state, linked to the records of the overlap.

        Raises:
            CheckpointError: the run was saved with other settings or another model.
        """
        import json

        self._between = None
        loaded = self._loaded  # kept until there is a window: the stream may have ended
        if not loaded:
            return 0, state
        plan = json.loads(loaded["plan"].tobytes())
        mine = {"kept": kept, "recompute": past is not None}
        if mine != {name: plan[name] for name in mine}:
            raise errors.CheckpointError(
                f"resume: the run was saved with an overlap of {plan['kept']} steps and overlap="
                f"{'recompute' if plan['recompute'] else 'keep'!r}; this loop has an overlap of {kept} and "
                f"{'recompute' if past is not None else 'keep'!r} (at {errors.user_line()})"
            )
        reader = Reader(self._params, [loaded[str(number)] for number in range(len(loaded) - 1)])
        try:
            tape.step = plan["step"]
            for inputs, leaves in map(reader.read, plan["past"]):
                assert past is not None
                past.append((inputs, tree_refill(state, leaves) if leaves else None))
            for number, leaf in reader.read(plan["leaves"]):
                tape._next_id = number
                tape.admit(leaf)
            tape.records = [_record(reader.read(fields)) for fields in plan["records"]]
            tape._next_id = plan["next"]
            if plan["state"] is not None:
                parts = [_on(tape, *placed) for placed in reader.read(plan["state"])]
                if len(parts) != len(tree_leaves(state)):
                    raise ValueError(f"the state had {len(parts)} parts, now it has {len(tree_leaves(state))}")
                state = tree_refill(state, parts)
        except (KeyError, TypeError, ValueError, IndexError) as wrong:
            raise errors.CheckpointError(
                f"resume: what was loaded does not fit this model and state: {wrong} (at {errors.user_line()})"
            ) from wrong
        return plan["window"] + 1, state


def _copies(arrays: dict[str, NDArray]) -> dict[str, NDArray]:
    return {name: array.copy() for name, array in arrays.items()}


def _is_whole(arrays: dict[str, Any], checksum: Any) -> bool:
    """Whether the arrays are those that were sealed with this checksum."""
    names = {"plan", *(str(number) for number in range(len(arrays) - 1))}
    plain = all(isinstance(array, np.ndarray) and array.dtype.kind in PLAIN for array in arrays.values())
    return names == arrays.keys() and plain and np.array_equal(checksum, _sealed(arrays)["checksum"])


def _sealed(arrays: dict[str, NDArray]) -> dict[str, NDArray]:
    """The arrays, if there are any, and their checksum."""
    from zlib import crc32

    checksum = 0
    for name, array in sorted(arrays.items()):
        checksum = crc32(f"{name} {array.dtype.str} {array.shape} ".encode() + array.tobytes(), checksum)
    return {**arrays, "checksum": np.array(checksum)} if arrays else {}


def _described(between: Between, writer: Writer) -> dict[str, Any]:
    window, tape, kept, state, past = between
    keeps = past is None and kept > 0
    records = [record for record in tape.records if record.step > tape.step - kept] if keeps else []
    known = {record.out for record in records}

    def placed(leaf: Any) -> Any:
        """A part of the state beside its place in the overlap, if it was computed there."""
        recorded = tape.holds(leaf) and leaf._place[1] in known
        return (leaf, leaf._place[1:]) if recorded else (leaf, None)

    used = {i for record in records for i in record.inputs}
    leaves = [(i, leaf) for i, leaf in tape.leaves.items() if i in used]
    return {
        "window": window,
        "step": tape.step,
        "kept": kept,
        "recompute": past is not None,
        "next": tape._next_id,
        "leaves": writer.write(leaves, "the overlap"),
        "records": [_plain(record, writer) for record in records],
        "state": writer.write([placed(leaf) for leaf in tree_leaves(state)], "the state") if keeps else None,
        "past": [
            writer.write((inputs, tree_leaves(state)), "an input or a state of the overlap")
            for inputs, state in past or ()
        ],
    }


def _on(tape: Tape, leaf: Any, place: Any) -> Any:
    """A part of the state, on the tape again if it was computed there."""
    return leaf if place is None else Tensor(leaf._value, (tape._key, *place))


def _plain(record: Record, writer: Writer) -> Any:
    what = f"{record.op} (%{record.out}, step {record.step})"
    if REGISTRY.get(record.op) is not record.plan.primitive:
        raise errors.CheckpointError(
            f"{what} keeps a function, which cannot be saved as plain data; without mg.checkpoint and mg.custom_vjp "
            "in the step a run can be saved between overlapping windows"
        )
    return writer.write((record.op, *(getattr(record, field) for field in _FIELDS)), what)


def _record(fields: Any) -> Record:
    op, *values = fields
    if op not in REGISTRY:
        raise errors.CheckpointError(f"it used a primitive {op!r}, which is not defined here")
    record = Record()
    record.origin = -1
    saved = _FIELDS[:-1] if len(values) == len(_FIELDS) - 1 else _FIELDS  # without an origin, in the past
    for field, value in zip(saved, values, strict=True):
        setattr(record, field, value)
    mask = 1 << len(record.inputs) | sum(1 << k for k, i in enumerate(record.inputs) if i is not None)
    record.plan = REGISTRY[op].plans[mask]
    return record


def copied(leaf: Any) -> Any:
    """An input as it is now, without what else lies in its memory: the stream may fill the same array anew."""
    return leaf.copy() if find_module(leaf) is not None else leaf
