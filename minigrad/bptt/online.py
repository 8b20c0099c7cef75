"""Real-time recurrent learning (Williams and Zipser 1989): exact gradients online, without a look back.

The influence matrix ``S = dh/dθ`` is carried forward with the state: ``S_t = ∂h_t/∂h_{t−1} · S_{t−1} + ∂h_t/∂θ``.
A column belongs to one number of ``θ``; it is a tangent of the state, and a Jacobian-vector product takes it through a
step. The tangent of the loss, found on the way, is that number's entry of the gradient. Memory does not depend on
time, but is (state) × (parameters), and each step costs a product for every number in the parameters. So it is a
reference for small cells, not a way to train large ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ..engine.backend import module_of, to_host
from ..engine.context import activated, current_tape
from ..engine.tensor import Leaf
from ..transforms.derivatives import linearize
from ..transforms.parameters import parameter_list
from ..transforms.trees import tree_leaves, tree_map
from .state import detached, initial, is_float
from .unroll import Step, Unroll

NDArray = np.ndarray[Any, Any]


class OnlineStep(NamedTuple):
    """One step of RTRL. The gradient of its loss has been added into ``.grad``.

    Attributes:
        step: its number, from 1.
        loss: its loss, or ``None``.
        state: the state after it, as constants.
        influence: (numbers in the state, numbers in the parameters) ``dh/dθ``.
    """

    step: int
    loss: float | None
    state: Any
    influence: NDArray


def rtrl(step: Step, stream: Iterable[Any], state: Any, params: Sequence[Leaf]) -> Iterator[OnlineStep]:
    """Run ``step`` over ``stream``; after each step its loss's full gradient lies in ``.grad``.

    While the parameters stay as they are, this is full BPTT of each loss; when they are updated between steps,
    each step counts with the values of its own time, like ``truncated_bptt`` with ``k1=1``, a ``k2`` as long as the
    stream and ``overlap="keep"``.

    Args:
        step: ``step(inputs, state) -> (loss, state)``, as for ``truncated_bptt``.
        stream: any iterable of inputs.
        state: the initial state; one of ``params`` in it is learned.
        params: the parameters to learn.

    Yields:
        An ``OnlineStep`` after each step, while no tape is active.

    Raises:
        ValueError: no parameters were given, or one twice.
        TypeError: something that is no list of parameters was given.
    """
    params = parameter_list("rtrl", params)
    start = initial(state)
    unroll = Unroll(step, detached(start))
    return _steps(unroll, stream, params, _first_influence(_floats(start), params))


def _first_influence(state: list[Any], params: list[Leaf]) -> NDArray:
    """(numbers in the state, numbers in the parameters): 1 where a number of the initial state is a parameter's."""
    blocks = [[np.eye(h.size) if h is p else np.zeros((h.size, p.size)) for p in params] for h in state]
    return np.block(blocks) if state else np.zeros((0, sum(leaf.size for leaf in params)))


def _steps(unroll: Unroll, stream: Iterable[Any], params: list[Leaf], influence: NDArray) -> Iterator[OnlineStep]:
    for number, inputs in enumerate(stream, start=1):
        loss, gradient, influence = _one_step(unroll, number, inputs, params, influence)
        if loss is not None:
            for leaf, part in zip(params, _parts(gradient, params), strict=True):
                leaf.accumulate(part)
        yield OnlineStep(number, None if loss is None else float(loss.item()), unroll.state, influence)


def _one_step(
    unroll: Unroll, number: int, inputs: Any, params: list[Leaf], influence: NDArray
) -> tuple[Any, NDArray, NDArray]:
    """The loss of the next step, its gradient, and the influence on the new state."""
    entering = _floats(unroll.state)

    def of_parameters_and_state(values: list[Any], numbers: list[Any]) -> tuple[Any, list[Any]]:
        tape, rest = current_tape(), iter(numbers)
        tape.step = number - 1
        unroll.state = tree_map(lambda leaf: next(rest) if is_float(leaf) else leaf, unroll.state)
        with _standing_for(params, values):
            unroll.advance(tape, inputs)
        return unroll.take_losses().get(number), _floats(unroll.state)

    with activated(None):  # a tape that is active in the user's loop must not see this
        (loss, _), push = linearize(of_parameters_and_state, params, entering)
        columns = []
        for unit, column in zip(np.eye(influence.shape[1]), influence.T, strict=True):
            columns.append(_flat(push(_parts(unit, params), _parts(column, entering))))
    tangents = np.array(columns).T  # those of the loss first, if there is one
    counted = 0 if loss is None else 1
    unroll.state = detached(unroll.state)
    return loss, tangents[:counted].reshape(-1), tangents[counted:]


@contextmanager
def _standing_for(leaves: list[Leaf], tensors: list[Any]) -> Iterator[None]:
    """Inside this block the use of a leaf is the use of the tensor with its value that stands on the tape."""
    before = [leaf._place for leaf in leaves]
    try:
        for leaf, tensor in zip(leaves, tensors, strict=True):
            leaf._place = tensor._place
        yield
    finally:
        for leaf, place in zip(leaves, before, strict=True):
            leaf._place = place


def _floats(tree: Any) -> list[Any]:
    return [leaf for leaf in tree_leaves(tree) if is_float(leaf)]


def _flat(tree: Any) -> NDArray:
    return np.concatenate([np.zeros(0), *(to_host(leaf._value).ravel() for leaf in tree_leaves(tree))])


def _parts(vector: NDArray, like: list[Any]) -> list[Any]:
    """A vector in float64 as arrays like some tensors: their shapes, dtypes and devices."""
    parts = np.split(vector, np.cumsum([leaf.size for leaf in like])[:-1]) if like else []
    return [
        module_of(leaf._value).asarray(part.reshape(leaf.shape), leaf.dtype)
        for part, leaf in zip(parts, like, strict=True)
    ]
