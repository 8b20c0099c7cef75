"""``replay`` and ``vmap``. What they need is imported when they are called: most who import minigrad call neither."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..checks import check_function, check_sizes

if TYPE_CHECKING:
    from .passes import Pass
    from .replaying import Replayed
    from .vmapping import Axes


def replay(function: Callable[..., Any], *, passes: Sequence[Pass] | None = None, most: int = 16) -> Replayed:
    """The same function, recorded as a program and run as one from then on.

    What the function computes with minigrad is recorded, the tapes in it and their walks, the steps of optimisers, the
    clipping of gradients and random masks included, and is run again as a flat list of array calls, without Python's
    detours. Two calls run the function itself and record it: a program is trusted when both recorded the same one.
    Parameters are looked up at each run, so that updates, loaded values and optimisers' settings are seen. A call of
    another kind (structure of the arguments, shapes, dtypes, devices, settings, training mode) records another program.

    What the function does beside (prints, counts, changes attributes) happens while it is recorded and not again. Under
    an active tape the function runs as usual.

    Args:
        function: takes arrays, tensors, pytrees of them, modules and settings, and returns the like.
        passes: what is done to a program before it runs, ``minigrad.programs.passes.PASSES`` by default; ``EXACT``
            computes the same bits as the function, and ``()`` leaves the program as it was recorded.
        most: how many programs are kept; the one that was not used for longest goes first.

    Returns:
        A function of the same arguments. Tensors that it returns are constants.

    Raises:
        TypeError: there is no function to call.
        CaptureError: (at a call) the function reads a value, or computes something else at each call.

    >>> import minigrad as mg
    >>> double = mg.replay(lambda x: 2 * x)
    >>> [float(double(mg.tensor(x))) for x in (1.0, 2.0, 3.0)]
    [2.0, 4.0, 6.0]
    """
    check_function("replay", function)
    check_sizes("replay", most=most)
    from .passes import PASSES
    from .replaying import Replayed

    return Replayed(function, PASSES if passes is None else passes, most)


def vmap(function: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0) -> Callable[..., Any]:
    """A function of one element as a function of a batch: no loop, and each primitive runs once.

    The function runs on the first element and is recorded as a program (see ``replay``: it may not read values); each
    operation of the program is then applied to the batch by its primitive's batching rule, or, where a primitive has
    none, to each element. The result is recorded as usual, so it can be differentiated; gradients inside the function
    are those of one element. Nested at will.

    Args:
        function: takes tensors, pytrees of them, modules and settings, and returns tensors or pytrees of tensors.
        in_axes: the axis along which the elements of an argument lie, which may be negative; ``None`` for an argument
            that is the same for all. A tuple has one for each positional argument, which may itself be a tree that
            begins like the argument. Keyword arguments are the same for all.
        out_axes: the axis for the elements in a result, or a tree that begins like the result; ``None`` for a result
            that is the same for all.

    Returns:
        A function of the batched arguments. A result that does not depend on the element is repeated.

    Raises:
        TypeError: there is no function, or an axis is no integer, or the function returns something else than tensors.
        ShapeError: (at a call) the arguments have no axis of one length.
        AxisError: an argument or a result has no such axis.
        ValueError: no argument is batched, a tree of axes does not begin like its argument, or a result with
            ``out_axes=None`` depends on the element.
        CaptureError: the function reads a value, draws random numbers, or changes gradients or parameters.

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0, 2.0])
    >>> loss = lambda w, x: (w * x).sum() ** 2
    >>> mg.vmap(mg.grad(loss), in_axes=(None, 0))(w, mg.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])).numpy().tolist()
    [[2.0, 0.0], [0.0, 4.0], [6.0, 6.0]]
    """
    check_function("vmap", function)
    from .vmapping import batched

    return batched(function, in_axes, out_axes)
