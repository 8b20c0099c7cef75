"""Truncated back-propagation through time, as a loop that the user owns."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import errors
from ..checks import check_sizes
from ..engine.backend import numbers
from ..engine.tape import Tape
from ..engine.tensor import Tensor
from ..engine.walk import dependents
from ..transforms.trees import tree_leaves, tree_map
from .clips import noting_clips
from .overlap import Between, Overlap, Past, copied
from .state import constants, detached, initial
from .unroll import Step, Unroll, data_alone
from .window import Window

if TYPE_CHECKING:
    from ..programs.passes import Pass

SCHEMES = ("window", "lag mask")
_TAILS = ("tail", "tail window", "truncate_gradient")
_step_of = attrgetter("step")
_END = object()  # what comes after the last item of a stream


def truncated_bptt(
    step: Step,
    stream: Iterable[Any],
    state: Any,
    k1: int | None = None,
    k2: int | None = None,
    *,
    overlap: str = "keep",
    reduction: str = "mean",
    scheme: str = "window",
    inspect: bool = False,
    resume: Overlap | None = None,
    replay: bool | Sequence[Pass] = False,
) -> Iterator[Window]:
    """Unroll ``step`` over ``stream`` and walk back every ``k1`` steps, at most ``k2`` steps deep.

    Each loss is counted exactly once. The gradients are added into ``.grad`` of the parameters, and the
    window is yielded while no tape is active; update the parameters there.

        for window in mg.truncated_bptt(step, stream, state, k1=25):
            mg.clip_grad_norm(params, 1.0)
            optimizer.step()

    With ``k2 > k1`` windows overlap, and the older part of a window was computed with older parameters.
    ``overlap`` says what becomes of it. ``"keep"``: the records keep the parameter values that they were
    computed with, so the gradient is exact with every step holding the values of its own time.
    ``"recompute"``: that part is run again from the state stored at its border, so the gradient is exact for
    today's parameters, from a border state that is stale (Aicher, Foti and Fox 2019). Each step then runs
    about ``k2 / k1`` times, and must compute the same again from the same inputs.

    Args:
        step: ``step(inputs, state) -> (loss, state)``, one time step. The loss is a scalar tensor, or
            ``None`` where there is no label. The state keeps its structure, shapes and dtypes.
        stream: any iterable of inputs, one item a step; it may be endless.
        state: the initial state, any pytree of tensors or arrays. A parameter in it is a learned initial
            state and receives its gradient in the windows that reach the first step. ``None`` lets the
            first step make the state, and one row (1, n) may serve a batch (batch, n).
        k1: the number of new steps in a window; ``None`` unrolls the whole stream (full BPTT).
        k2: how many steps back the gradient may reach; ``k1`` by default.
        overlap: ``"keep"`` or ``"recompute"``, see above.
        reduction: ``"mean"`` divides each loss by ``k1`` (so a last, shorter window weighs less), or by
            their number with ``k1=None``; ``"sum"`` adds them.
        scheme: ``"window"`` walks once from all new losses to the border of the window, so the newest sees
            ``k2`` steps and the oldest ``k2 - k1 + 1``. ``"lag mask"`` walks from each loss through exactly
            the last ``k2`` uses of the parameters, which takes ``k1`` walks and ``k1 + k2 - 1`` steps
            on the tape; ``k2`` may then be less than ``k1``.
        inspect: keep values, cotangents and the records of earlier windows, for drawing.
        resume: needed to save a run between windows that overlap, and to go on from there, see ``Overlap``.
        replay: whether to record the steps and the walk of a window as a program, and to run that from the third
            window on, see ``mg.replay``: the same numbers, to rounding, in less time; passes in place of ``True``
            are those that are made, ``minigrad.programs.passes.EXACT`` for the same bits. The inputs must be
            arrays, and a step must do nothing but compute; it is called for the first two windows of a kind only.
            Where it cannot be done (windows that overlap, a value that is read) the loop goes on as usual, and
            ``window.reason`` says why. A replayed window has an empty tape.

    Yields:
        A ``Window`` after each backward walk.

    Raises:
        TypeError: ``k1`` or ``k2`` is no integer.
        ValueError: ``k1`` below 1, ``k2`` below ``k1``, or an unknown ``overlap``, ``reduction`` or ``scheme``.
        ForeignTensorError: the state was recorded on another tape.
        ShapeError, DTypeError: a step changed the state's structure, shapes or dtypes; it is named.
        UnusedError: a loss depends on neither the state nor a parameter, or no loss of a window on a parameter;
            the steps are named.
        CheckpointError: what ``resume`` loaded does not fit this loop.
        TypeError: a step returns no pair, or something is no function, iterable or ``Overlap`` where one is needed.
    """
    settings = _checked(k1, k2, overlap, reduction, scheme, inspect)
    if resume is not None and not isinstance(resume, Overlap):
        raise errors.MisuseError(f"truncated_bptt: resume takes an mg.bptt.Overlap, not {type(resume).__name__}")
    stream, state = iter(stream), initial(state)
    if replay is False:
        return _windows(step, stream, state, settings, resume)
    from ..programs.passes import PASSES
    from .replayed import Windows, why_not

    reason = why_not(settings, resume)
    if reason is not None:
        return _windows(step, stream, state, settings, resume, reason=reason)

    def eager(stream: Iterator[Any], state: Any, index: int, last: int, reason: str) -> Iterator[Window]:
        return _windows(step, stream, state, settings, None, index, last, reason)

    return Windows(
        step, state, settings.k1, settings.reduction, PASSES if replay is True else replay, walk, eager
    ).over(stream)


class Settings(NamedTuple):
    """The settings of a loop, checked.

    Attributes:
        k1: new steps in a window, ``None`` for the whole stream.
        depth: how many steps one loss of a lag mask may reach back, itself included; ``None`` for windows.
        kept: how many steps before the new ones take part in the walk.
        overlap, reduction, inspect: as given.
    """

    k1: int | None
    depth: int | None
    kept: int
    overlap: str
    reduction: str
    inspect: bool


def _checked(k1: Any, k2: Any, overlap: str, reduction: str, scheme: str, inspect: bool) -> Settings:
    if scheme in _TAILS:
        raise errors.ArgumentError(
            f"truncated_bptt: scheme={scheme!r} is refused: walking back only the last k steps of the whole sequence "
            "(Theano's scan(truncate_gradient=k)) drops the gradients of all earlier losses silently. Use "
            "scheme='lag mask' to give each loss its last k steps, or the default for windows"
        )
    for name, value, allowed in [
        ("scheme", scheme, SCHEMES),
        ("overlap", overlap, ("keep", "recompute")),
        ("reduction", reduction, ("mean", "sum")),
    ]:
        if value not in allowed:
            raise errors.ArgumentError(f"truncated_bptt: {name}={value!r}: use {' or '.join(map(repr, allowed))}")
    check_sizes("truncated_bptt", **{name: k for name, k in (("k1", k1), ("k2", k2)) if k is not None})
    k1, k2 = (None if k is None else int(k) for k in (k1, k2))
    if scheme == "lag mask":
        if k1 is None:
            raise errors.ArgumentError(f"truncated_bptt: scheme='lag mask' needs a k1, an integer, not k1={k1!r}")
        depth = k1 if k2 is None else k2
        return Settings(k1, depth, depth - 1, overlap, reduction, inspect)
    if k2 is not None:
        if k1 is None:
            raise errors.ArgumentError(f"truncated_bptt: k2={k2!r} needs a k1; k1=None is full BPTT, which has no k2")
        if k2 < k1:
            raise errors.ArgumentError(f"truncated_bptt: k2={k2!r} must be an integer of at least k1={k1!r}")
    return Settings(k1, None, 0 if k1 is None else (k2 or k1) - k1, overlap, reduction, inspect)


def _windows(
    step: Step,
    stream: Iterator[Any],
    state: Any,
    settings: Settings,
    resume: Overlap | None,
    index: int = 0,
    last: int = 0,
    reason: str | None = None,
) -> Iterator[Window]:
    """The windows of a stream, of which there were ``index`` with ``last`` steps before, and why none is replayed."""
    k1, depth, kept, overlap, reduction, inspect = settings
    tape = Tape(inspect=inspect)
    tape.step = last
    unroll = Unroll(step, state)
    past: Past | None = deque(maxlen=kept) if overlap == "recompute" and kept else None
    if resume is not None:
        index, unroll.state = resume._begin(tape, state, kept, past)
    bytes_kept, measured = 0, None  # the same operations on the same shapes keep the same bytes: they are counted once
    ended = False
    while not ended:
        started = time.perf_counter()
        last = tape.step
        first_inputs = next(stream, _END)
        if first_inputs is _END:
            return
        if past:
            tape = Tape(inspect=inspect)
        elif index and past is None:  # not before: after the last window the tape can still be looked at
            tape.cut(keep=kept)
        with tape:
            if past:
                tape.step = last - len(past)
                _run_again(unroll, tape, past)
            entering = unroll.state
            for inputs in chain((first_inputs,), islice(stream, None if k1 is None else k1 - 1)):
                if past is not None:
                    past.append((tree_map(copied, inputs), constants(unroll.state)))
                unroll.advance(tape, inputs)
            losses = unroll.take_losses()
            ended = k1 is None or tape.step - last < k1
            records = tape.records
            layout = [record.plan for record in records], [record.in_shapes for record in records], len(tape.leaves)
            if layout != measured:
                measured, bytes_kept = layout, tape.nbytes
            scale = 1.0 if reduction == "sum" or not losses else 1.0 / (k1 or len(losses))
            if losses:
                walk(tape, losses, entering, scale, depth, retain=kept > 0 and past is None)
        window = Window(
            index,
            last + 1,
            tape.step,
            max(1, last + 1 - kept),
            dict(zip(losses, numbers([loss._value for loss in losses.values()]), strict=True)),
            detached(unroll.state),
            tape,
            bytes_kept,
            time.perf_counter() - started,
            scale,
            depth,
            overlap,
        )
        window.reason = reason
        if resume is not None:
            resume._note(Between(index, tape, kept, unroll.state, past))
        yield from noting_clips(window)
        index += 1


def _run_again(unroll: Unroll, tape: Tape, past: Past) -> None:
    """Run the overlap again from its stored border state; what it stores for later is renewed."""
    unroll.state = past[0][1]
    for position, (inputs, _) in enumerate(past):
        past[position] = (inputs, constants(unroll.state))
        unroll.advance(tape, inputs)
    unroll.take_losses()  # they counted in an earlier window


def walk(tape: Tape, losses: dict[int, Tensor], entering: Any, scale: float, depth: int | None, retain: bool) -> None:
    """Walk back from the losses of a window; with a ``depth``, from each by itself through its own steps.

    Raises:
        UnusedError: a loss depends neither on a parameter nor on the ``entering`` state, or none on a parameter.
    """
    numbers = list(losses)
    try:
        if depth is None:
            tape.backward(list(losses.values()), [scale] * len(losses), retain)
        else:
            records = tape.records
            try:
                for number, loss in losses.items():
                    numbers = [number]
                    first = bisect_left(records, number - depth + 1, key=_step_of)
                    tape.records = records[first : bisect_right(records, number, key=_step_of)]
                    tape.backward(loss, scale, retain=True)
            finally:
                tape.records = records
    except errors.UnusedError as unused:
        steps = f"step {numbers[0]}" if len(numbers) == 1 else f"steps {numbers[0]} to {numbers[-1]}"
        raise errors.UnusedError(
            f"{steps}: the loss depends on no parameter that was used in this window; make the leaves that want a "
            "gradient with mg.parameter, and return None for a step without a loss"
        ) from unused
    if tape.unreached:
        _check_reached(tape, losses, entering)


def _check_reached(tape: Tape, losses: dict[int, Tensor], entering: Any) -> None:
    """Refuse a loss of data alone; one of the state at the border only has no gradient in this window, rightly."""
    state = {leaf._place[1] for leaf in tree_leaves(entering) if tape.holds(leaf)}
    dependent = dependents(tape, state, 0, len(tape.records))
    for number, loss in losses.items():
        if loss._place[1] in tape.unreached and loss._place[1] not in dependent:
            raise errors.UnusedError(data_alone(number))
