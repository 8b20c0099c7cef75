"""The two ends of a backward walk: targets with their seeds, and sources; and why it cannot be walked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from . import errors
from .backend import as_array, device_of, module_of
from .tensor import Tensor, is_tensor

if TYPE_CHECKING:
    from .tape import Tape


def cotangents_of(tape: Tape, target: Tensor | Sequence[Tensor], seed: Any, create_graph: bool) -> dict[int, Any]:
    """The cotangents of the targets, by id."""
    targets: list[Tensor]
    if is_tensor(target):
        targets, seeds = [target], [seed]  # type: ignore[list-item]
    else:
        targets = list(target) if isinstance(target, Iterable) else [target]
        if not all(map(is_tensor, targets)):
            other = next(each for each in targets if not is_tensor(each))
            raise TypeError(
                f"the target must be a tensor, or a sequence of them, not {type(other).__name__} "
                f"(at {errors.user_line()})"
            )
        seeds = [None] * len(targets) if seed is None else list(seed)
        if len(seeds) != len(targets):
            raise errors.ShapeError(f"{len(targets)} targets were given with {len(seeds)} seeds")
    cotangents: dict[int, Any] = {}
    known: dict[Any, Any] = {}  # many losses of a window have one seed
    for each, value in zip(targets, seeds, strict=True):
        i = target_id(tape, each)
        if type(value) is float:
            kind = value, each._shape, each._value.dtype
            g = known.get(kind)
            if g is None:
                g = known[kind] = _checked_seed(each, value)
        else:
            g = _checked_seed(each, value)
        if create_graph:
            g = g if is_tensor(g) else Tensor(g)
            tape.admit(g)  # where the walk hands the seed on unchanged, it is the result
        elif is_tensor(g):
            g = g._value
        cotangents[i] = cotangents[i] + g if i in cotangents else g
    return cotangents


def _checked_seed(target: Tensor, seed: Any) -> Any:
    """The cotangent of ``target``: ones for a scalar, else the seed in the target's shape and dtype."""
    xp = module_of(target._value)
    if type(seed) is float and target.shape == () and target.dtype.kind == "f":
        return xp.asarray(seed, target.dtype)
    if target.dtype.kind != "f":
        raise errors.DTypeError(
            f"the target has dtype {target.dtype}; only a floating-point one has a gradient (at {errors.user_line()})"
        )
    if seed is None:
        if target.shape != ():
            raise errors.ShapeError(
                f"the target has shape {target.shape}, not (): reduce it with .sum() or .mean(), or pass a "
                f"seed of shape {target.shape} (at {errors.user_line()})"
            )
        return xp.ones((), target.dtype)
    value = getattr(seed, "_value", None)
    array = as_array(seed if value is None else value)
    if module_of(array) is not xp and array.shape != ():
        raise errors.DeviceError(
            f"the seed is on {device_of(array)}, the target on {device_of(target._value)} (at {errors.user_line()})"
        )
    if array.shape != target.shape:
        raise errors.ShapeError(
            f"the seed has shape {array.shape}, the target {target.shape} (at {errors.user_line()})"
        )
    if array.dtype.kind not in "fiu":
        raise errors.DTypeError(
            f"the seed has dtype {array.dtype}, the target {target.dtype} (at {errors.user_line()})"
        )
    return seed if value is not None else xp.array(array, dtype=target.dtype, copy=True)


def target_id(tape: Tape, target: Tensor) -> int:
    """The id of a target on ``tape``.

    Raises:
        CutError: a cut dropped what computed it.
        ForeignTensorError: another tape recorded it.
        TapeError: no tape recorded it.
    """
    key, number, _ = target._place
    if key == tape._key:
        if tape.last_cut and number < tape.last_cut.border and target.recorded:
            raise _cut_away(tape, "the target", target)
        return number
    if target.recorded:
        raise errors.ForeignTensorError(
            f"the target was recorded on another tape; call backward on the tape that recorded it "
            f"(at {errors.user_line()})"
        )
    known = tape._leaf_ids.get(id(target))
    if known is None:
        raise errors.TapeError(
            f"the target, of shape {target.shape}, is not on this tape: it was computed while no tape "
            f"was active, or is a leaf that was never used (at {errors.user_line()})"
        )
    return known


def source_id(tape: Tape, source: Tensor) -> int | None:
    """The id of a source on ``tape``, or ``None`` for a leaf that was not used there.

    Raises:
        TypeError: it is no tensor.
        DTypeError: it is not floating point.
        ForeignTensorError: another tape recorded it.
    """
    if not is_tensor(source):
        raise TypeError(
            f"a source must be a tensor, not {type(source).__name__}; a parameter is one, and its .value is none "
            f"(at {errors.user_line()})"
        )
    if source.dtype.kind != "f":
        raise errors.DTypeError(
            f"a gradient was asked for with respect to a tensor of dtype {source.dtype}; only "
            f"floating-point tensors have one (at {errors.user_line()})"
        )
    key, number, _ = source._place  # at once: another thread may put a leaf on its own tape meanwhile
    if key == tape._key:
        return number
    if source.recorded:
        raise errors.ForeignTensorError(
            f"a source of shape {source.shape} was recorded on another tape (at {errors.user_line()})"
        )
    return tape._leaf_ids.get(id(source))


def unused_source(tape: Tape, source: Tensor) -> Exception:
    """The error for a source that the target does not depend on."""
    key, number, _ = source._place
    if key == tape._key and source.recorded and tape.last_cut and number < tape.last_cut.border:
        return _cut_away(tape, "a source", source)
    name = f" {source.name!r}" if source.name else ""
    cut = tape.last_cut
    since = f" since cut {cut.number}, which dropped every step up to {cut.last_step}" if cut else ""
    return errors.UnusedError(
        f"the target does not depend on the source{name} of shape {source.shape}{since}; pass unused='zero' or "
        f"unused='none' if that is meant (at {errors.user_line()})"
    )


def _cut_away(tape: Tape, what: str, tensor: Tensor) -> errors.CutError:
    cut = tape.last_cut
    assert cut is not None
    return errors.CutError(
        f"{what}, of shape {tensor.shape}, was computed at step {tensor._place[2]}; cut {cut.number} dropped "
        f"every step up to {cut.last_step}, and the tape now holds window {cut.number + 1}, from step "
        f"{cut.last_step + 1} on. Ask before the cut, or keep more steps with cut(keep=...) "
        f"(at {errors.user_line()})"
    )
