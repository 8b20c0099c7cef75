"""Gradients: the two questions that a tape answers, each by one reverse walk. They are methods of ``Tape``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from .. import errors
from .backend import Array, module_of
from .capture import Traced
from .ends import raise_unused, source_id
from .tensor import Tensor, is_tensor
from .walk import walk

if TYPE_CHECKING:
    from .tape import Tape


def backward(self: Tape, target: Tensor | Sequence[Tensor], seed: Any = None, retain: bool = False) -> None:
    """Walk back from ``target`` and add the gradients into ``.grad`` of the parameters.

    Args:
        target: a scalar tensor, or several, whose sum is differentiated.
        seed: the cotangent of the target (one for each target), needed when it is no scalar.
        retain: keep the residuals of the walked records, so that they can be walked again.

    Raises:
        ShapeError: a target that is no scalar without a seed, or a seed of another shape.
        UnusedError: the target depends on no parameter.
        ConsumedError, CutError, ForeignTensorError: see ``gradient``.
    """
    wanted = {i: leaf for i, leaf in self.leaves.items() if leaf.wants_grad}
    cotangents = walk(self, target, seed, wanted, retain, create_graph=False)
    if not cotangents:
        del self.walks[-1:]  # nothing arrived anywhere: it was no walk
        where = f" since cut {self.cuts}" if self.cuts else ""
        raise errors.UnusedError(
            f"backward(): the target depends on no parameter that was used on this tape{where}; make "
            "the leaves that want a gradient with mg.parameter"
        )
    for i, cotangent in cotangents.items():
        wanted[i].accumulate(cotangent)


@overload
def gradient(
    self: Tape,
    target: Tensor | Sequence[Tensor],
    sources: Tensor,
    seed: Any = None,
    create_graph: bool = False,
    retain: bool = False,
    unused: Literal["raise", "zero"] = "raise",
) -> Tensor: ...


@overload
def gradient(
    self: Tape,
    target: Tensor | Sequence[Tensor],
    sources: Sequence[Tensor],
    seed: Any = None,
    create_graph: bool = False,
    retain: bool = False,
    unused: Literal["raise", "zero"] = "raise",
) -> list[Tensor]: ...


@overload
def gradient(
    self: Tape,
    target: Tensor | Sequence[Tensor],
    sources: Tensor | Sequence[Tensor],
    seed: Any = None,
    create_graph: bool = False,
    retain: bool = False,
    unused: Literal["raise", "zero", "none"] = "raise",
) -> Any: ...


def gradient(
    self: Tape,
    target: Tensor | Sequence[Tensor],
    sources: Tensor | Sequence[Tensor],
    seed: Any = None,
    create_graph: bool = False,
    retain: bool = False,
    unused: Literal["raise", "zero", "none"] = "raise",
) -> Any:
    """The gradient of ``target`` with respect to any tensors on the tape; ``.grad`` is untouched.

    Args:
        target: a scalar tensor, or several, whose sum is differentiated.
        sources: a tensor or a sequence of tensors: leaves, intermediates, or a value at the border
            of a cut, where it is what truncation throws away.
        seed: the cotangent of the target (one for each target), needed when it is no scalar.
        create_graph: record the walk on this self, so that the result can be differentiated.
            Implies ``retain``.
        retain: keep the residuals of the walked records, so that they can be walked again.
        unused: what to do about a source that the target does not depend on: ``"raise"``, or
            return zeros (``"zero"``) or ``None`` (``"none"``) for it.

    Returns:
        One tensor for one source, else a list, each with its source's shape and dtype.

    Raises:
        ShapeError: a target that is no scalar without a seed, or a seed of another shape.
        DTypeError: a source that is not floating point.
        UnusedError: the target does not depend on a source, and ``unused="raise"``.
        CutError: the target, or a source, was cut away.
        ConsumedError: an earlier walk freed what this one needs.
        ForeignTensorError: the target or a source is on another self.
    """
    if unused not in ("raise", "zero", "none"):
        raise errors.ArgumentError(f"unused={unused!r}: use 'raise', 'zero' or 'none'")
    single = is_tensor(sources) or not isinstance(sources, Iterable)
    wanted: list[Tensor] = [sources] if single else list(sources)  # type: ignore[list-item]
    ids = [source_id(self, source) for source in wanted]
    by_id = {i: source for source, i in zip(wanted, ids, strict=True) if i is not None}
    cotangents = walk(self, target, seed, by_id, retain, create_graph)
    results: list[Tensor | None] = []
    for source, i in zip(wanted, ids, strict=True):
        cotangent = None if i is None else cotangents.get(i)
        if cotangent is None:
            if unused == "raise":
                raise_unused(self, source)
            zeros = module_of(source._value).zeros
            results.append(Tensor(zeros(source.shape, source.dtype)) if unused == "zero" else None)
        elif create_graph:
            results.append(cotangent)
        else:
            results.append(Tensor(_own(cotangent)))
    return results[0] if single else results


def _own(cotangent: Array) -> Array:
    """A cotangent that nothing else holds, as an array; what is captured is never written into."""
    return cotangent if isinstance(cotangent, Traced) else module_of(cotangent).array(cotangent, copy=True)


for _function in (backward, gradient):  # as a message about a wrong call names them
    _function.__qualname__ = f"Tape.{_function.__name__}"
