"""The two ends of a backward walk: targets with their seeds, and sources; and why it cannot be walked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from .. import errors
from .backend import as_array, device_of, module_of
from .capture import capturing
from .tensor import Tensor, is_tensor

if TYPE_CHECKING:
    from .tape import Tape

Targets = Tensor | Sequence[Tensor]


def cotangents_of(tape: Tape, target: Targets, seed: Any, create_graph: bool) -> dict[int, Any]:
    """The cotangents of the targets, by id."""
    single = is_tensor(target) or not isinstance(target, Iterable)
    targets: list[Any] = [target] if single else list(target)
    seeds = [seed] if single else [None] * len(targets) if seed is None else seed
    several = isinstance(seeds, Iterable) and getattr(seeds, "shape", None) != ()
    if not several or len(seeds := list(seeds)) != len(targets):
        raise errors.ShapeError(f"{len(targets)} targets were given with {seed!r}, which is not one seed for each")
    cotangents: dict[int, Any] = {}
    for each, value in zip(targets, seeds, strict=True):
        i = target_id(tape, each)
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
    xp, dtype = module_of(target._value), target._value.dtype
    if dtype.kind != "f":
        raise errors.DTypeError(f"the target has dtype {dtype}; only a floating-point one has a gradient")
    if type(seed) is float and target._shape == ():
        return xp.asarray(seed, dtype)  # the usual case: many losses of a window, and what each counts for
    if seed is None:
        if target.shape != ():
            raise errors.ShapeError(
                f"the target has shape {target.shape}, not (): reduce it with .sum() or .mean(), or pass a "
                f"seed of shape {target.shape}"
            )
        return xp.ones((), dtype)
    value = getattr(seed, "_value", None)
    array = as_array(seed if value is None else value)
    if module_of(array) is not xp and array.shape != ():
        raise errors.DeviceError(f"the seed is on {device_of(array)}, the target on {device_of(target._value)}")
    if array.shape != target.shape:
        raise errors.ShapeError(f"the seed has shape {array.shape}, the target {target.shape}")
    if array.dtype.kind not in "fiu":
        raise errors.DTypeError(f"the seed has dtype {array.dtype}, the target {dtype}")
    return seed if value is not None else xp.array(array, dtype=dtype, copy=True)


def target_id(tape: Tape, target: Tensor) -> int:
    """The id of a target on ``tape``.

    Raises:
        TypeError: it is no tensor.
        CutError: a cut dropped what computed it.
        ForeignTensorError: another tape recorded it.
        TapeError: no tape recorded it.
    """
    if not is_tensor(target):
        raise errors.MisuseError(f"the target must be a tensor, or a sequence of them, not {type(target).__name__}")
    number = _id_of(tape, "the target", target)
    if number is None:
        raise errors.TapeError(
            f"the target, of shape {target.shape}, is not on this tape: it was computed while no tape "
            "was active, or is a leaf that was never used"
        )
    check_kept(tape, "the target", target)
    return number


def source_id(tape: Tape, source: Tensor) -> int | None:
    """The id of a source on ``tape``, or ``None`` for a leaf that was not used there.

    Raises:
        TypeError: it is no tensor.
        DTypeError: it is not floating point.
        ForeignTensorError: another tape recorded it.
    """
    if not is_tensor(source):
        raise errors.MisuseError(
            f"a source must be a tensor, not {type(source).__name__}; a parameter is one, and its .value is none"
        )
    if source.dtype.kind != "f":
        raise errors.DTypeError(
            f"a gradient was asked for with respect to a tensor of dtype {source.dtype}; only "
            "floating-point tensors have one"
        )
    return _id_of(tape, "a source", source)


def _id_of(tape: Tape, what: str, tensor: Tensor) -> int | None:
    """The id of a tensor on ``tape``, or ``None`` for one without a record that was not used there."""
    if (capture := capturing.get()) is not None:
        capture.check_apart(tensor)
    key, number, _ = tensor._place  # at once: another thread may put a leaf on its own tape meanwhile
    if key == tape._key:
        return number
    if tensor.recorded:
        raise errors.ForeignTensorError(
            f"{what}, of shape {tensor.shape}, was recorded on another tape; ask the tape that recorded it"
        )
    return tape._leaf_ids.get(id(tensor))


def raise_unused(tape: Tape, source: Tensor) -> NoReturn:
    """Refuse a source that the target does not depend on.

    Raises:
        CutError: a cut dropped what computed it.
        UnusedError: else.
    """
    check_kept(tape, "a source", source)
    name = f" {source.name!r}" if source.name else ""
    cut = tape.last_cut
    since = f" since cut {cut.number}, which dropped every step up to {cut.last_step}" if cut else ""
    raise errors.UnusedError(
        f"the target does not depend on the source{name} of shape {source.shape}{since}; pass unused='zero' or "
        "unused='none' if that is meant"
    )


def check_kept(tape: Tape, what: str, tensor: Tensor) -> None:
    """Refuse a tensor whose record a cut of this tape dropped.

    Raises:
        CutError: naming the step, the window and the cut.
    """
    cut = tape.last_cut
    if cut and tensor.recorded and tensor._place[1] < cut.border:
        raise errors.CutError(
            f"{what}, of shape {tensor.shape}, was computed at step {tensor._place[2]}; cut {cut.number} dropped "
            f"every step up to {cut.last_step}, and the tape now holds window {cut.number + 1}, from step "
            f"{cut.last_step + 1} on. Ask before the cut, or keep more steps with cut(keep=...)"
        )
