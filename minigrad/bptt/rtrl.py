"""Real-time recurrent learning (Williams and Zipser 1989): exact gradients online, without a look back.

The influence matrix ``S = dh/dθ`` is carried forward with the state: ``S_t = ∂h_t/∂h_{t−1} · S_{t−1} + ∂h_t/∂θ``.
Memory does not depend on time, but is (state) × (parameters), and each step costs a walk for every number in
the state. So it is a reference for small cells, not a way to train large ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..backend import to_host
from ..tape import Tape
from ..tensor import Leaf, is_tensor
from ..tree import tree_leaves, tree_map
from .state import Checked, Step, initial

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
        state: the initial state, a constant here.
        params: the parameters to learn.

    Yields:
        An ``OnlineStep`` after each step, while no tape is active.

    Raises:
        ValueError: no parameters were given.
    """
    params = list(params)
    if not params:
        raise ValueError("rtrl: no parameters were given")
    state = tree_map(lambda leaf: leaf.detach() if is_tensor(leaf) else leaf, initial(state))
    return _steps(Checked(step, state), stream, state, params)


def _steps(run: Checked, stream: Iterable[Any], state: Any, params: list[Leaf]) -> Iterator[OnlineStep]:
    influence: NDArray | None = None
    for number, inputs in enumerate(stream, start=1):
        tape = Tape()
        tape.step = number - 1
        with tape:
            tape.mark()
            entering = tree_map(lambda leaf: Leaf(leaf._value).reshape(leaf.shape) if is_tensor(leaf) else leaf, state)
            loss, after = run(tape, inputs, entering)
        starts = [leaf for leaf in tree_leaves(entering) if is_tensor(leaf) and leaf.dtype.kind == "f"]
        if influence is None:
            influence = np.zeros((sum(leaf.size for leaf in starts), sum(leaf.size for leaf in params)))
        if loss is not None:
            _accumulate(params, _pulled(tape, loss, None, starts, params, influence))
        influence = _carried(tape, after, starts, params, influence)
        state = tree_map(lambda leaf: leaf.detach() if is_tensor(leaf) else leaf, after)
        yield OnlineStep(number, None if loss is None else float(loss.item()), state, influence)


def _carried(tape: Tape, after: Any, starts: list[Any], params: list[Leaf], influence: NDArray) -> NDArray:
    """The influence after a step, one row for each number in the state, each by one walk."""
    rows = []
    for end in tree_leaves(after):
        if not (is_tensor(end) and end.dtype.kind == "f"):
            continue
        for unit in np.eye(end.size, dtype=end.dtype):
            on_tape = end._place[0] == tape._key
            seed = unit.reshape(end.shape)
            rows.append(_pulled(tape, end, seed, starts, params, influence) if on_tape else 0.0 * influence[0])
    return np.array(rows)


def _pulled(tape: Tape, target: Any, seed: Any, starts: list[Any], params: list[Leaf], influence: NDArray) -> NDArray:
    """A row through one step: ``seed · (∂target/∂h · influence + ∂target/∂θ)``."""
    found = tape.gradient(target, [*starts, *params], seed, retain=True, unused="zero")
    flat = [to_host(each._value).ravel().astype(float) for each in found]
    state = np.concatenate(flat[: len(starts)]) if starts else np.zeros(0)
    return np.asarray(state @ influence + np.concatenate(flat[len(starts) :]))


def _accumulate(params: list[Leaf], gradient: NDArray) -> None:
    parts = np.split(gradient, np.cumsum([leaf.size for leaf in params])[:-1])
    for leaf, part in zip(params, parts, strict=True):
        leaf.accumulate(part.reshape(leaf.shape))
