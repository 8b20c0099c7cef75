"""A training run in one file, so that it goes on as if it had never stopped.

    mg.save_run("run.npz", model=model, optimizer=optimizer, rng=rng, state=window.state, position=window.last_step)

and in a new process, with fresh objects of the same kinds:

    state = model.initial_state(batch)
    run = mg.load_run("run.npz", model=model, optimizer=optimizer, rng=rng, state=state, position=0)
    windows = mg.truncated_bptt(step, islice(stream, run.position, None), run.state, k1=25)

What the resumed run computes is the same to the bit. Between overlapping windows (k2 > k1) the loop also holds what it
needs of the overlap: give it an ``mg.bptt.Overlap``, and save and load that with the rest.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from types import SimpleNamespace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ..arrays.creation import tensor
from ..engine.backend import find_module, module_of
from ..engine.tensor import Leaf, is_tensor
from ..errors import CheckpointError
from ..transforms.trees import below, children, tree_map
from .saving import Archive, load, save

NDArray = np.ndarray[Any, Any]
_LEARNED = "!"  # ends the name of what was a parameter when it was saved


@runtime_checkable
class Stateful(Protocol):
    """Something that gives its state as named arrays and takes it back: a module, an optimiser, or your own."""

    def state_dict(self) -> dict[str, NDArray]:
        """Copies of the arrays, by name."""
        ...

    def load_state_dict(self, state: dict[str, NDArray]) -> None:
        """Take the state, or raise and change nothing."""
        ...


def save_run(path: str | os.PathLike[str], **parts: Any) -> None:
    """Write the parts of a run to one ``.npz`` file of plain arrays, whole or not at all.

    Args:
        path: the file.
        parts: by any names: what has a ``state_dict``, such as a model and an optimiser; NumPy generators;
            and pytrees of tensors, arrays, numbers and strings, such as the carried state and the position.

    Raises:
        CheckpointError: a part holds something else, or two values have the same dotted name.
        OSError: the file cannot be written.
    """
    arrays: dict[str, Any] = {}
    for part, content in parts.items():
        for name, value in _flat(part, content):
            if name in arrays:
                raise CheckpointError(f"two values of the run would be saved as {name!r}; rename a part or a key")
            arrays[name] = value
    if dotted := [part for part in parts if "." in part]:
        raise CheckpointError(f"a part's name cannot hold a dot: {', '.join(dotted)}")
    save(path, arrays)


def load_run(path: str | os.PathLike[str] | Archive, **parts: Any) -> SimpleNamespace:
    """Read what ``save_run`` wrote into parts of the same names and kinds.

    Models, optimisers and generators are restored in place. A pytree only shows its structure, and
    whether each of its leaves is a tensor (and on which device), an array, a number or a string; one of
    the same structure with the saved values is returned. What was a parameter when it was saved, as a learned initial
    state before the first window, has to be one now, and is restored in place; what was not comes back as a constant.

    Args:
        path: the file, or what ``mg.load`` read from it, if another ``limit`` is to hold.
        parts: as they were given to ``save_run``.

    Returns:
        A namespace with each part under its name.

    Raises:
        CheckpointError: the file does not fit these parts; none of them is changed.
        OSError: the file cannot be read.
    """
    arrays = deepcopy(path) if isinstance(path, Archive) else load(path)  # for this call alone
    path = arrays.path
    saved: dict[str, dict[str, NDArray]] = {}
    for name, array in arrays.items():
        part, _, rest = name.partition(".")
        saved.setdefault(part, {})[rest] = array
    if saved.keys() - parts.keys() or any(part not in saved and [*_flat(part, parts[part])] for part in parts):
        raise CheckpointError(f"{path} holds the parts {', '.join(saved)}; asked for were {', '.join(parts)}")
    in_place = {part: content for part, content in parts.items() if _is_in_place(content)}
    before = {part: dict(_named(content)) for part, content in in_place.items()}
    learned: list[tuple[Leaf, NDArray]] = []
    try:
        loaded = {part: _restored(part, content, saved.get(part, {}), learned) for part, content in parts.items()}
        for leaf, value in learned:
            leaf.value = value
    except BaseException as failure:
        for part, content in in_place.items():
            _restored(part, content, before[part], [])
        if isinstance(failure, CheckpointError):
            raise CheckpointError(f"{path}: {failure}") from failure
        raise
    return SimpleNamespace(**loaded)


def _is_in_place(content: Any) -> bool:
    return isinstance(content, (Stateful, np.random.Generator))


def _flat(part: str, content: Any) -> Iterator[tuple[str, Any]]:
    """The values to be written for a part, by full name."""
    for name, value in _named(content):
        yield f"{part}.{name}" if name else part, value


def _named(content: Any) -> Iterator[tuple[str, Any]]:
    """The values to be written for a part, by the name inside it; the name is empty for a single value."""
    if isinstance(content, Stateful):
        yield from content.state_dict().items()
    elif isinstance(content, np.random.Generator):
        import json  # not for every `import minigrad`

        yield "", np.array(json.dumps(content.bit_generator.state, default=_jsonable))
    else:
        for name, leaf in _paths(content):
            yield f"{name}{_LEARNED}" if _is_learned(leaf) else name, leaf


def _is_learned(leaf: Any) -> bool:
    """Whether a leaf of a pytree is a parameter, such as a learned initial state, and no value that was carried on."""
    return is_tensor(leaf) and leaf.wants_grad


def _paths(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted path, leaf) pairs of a pytree, in the order of ``tree_leaves``."""
    held = children(tree)
    if held is None:
        yield path, tree
        return
    fields = getattr(tree, "_fields", None)
    for key, item in held:
        yield from _paths(item, below(path, fields[key] if fields else key))


def _restored(part: str, content: Any, saved: dict[str, NDArray], learned: list[tuple[Leaf, NDArray]]) -> Any:
    """A part with the saved values; those of parameters in a pytree are put into ``learned``, for the end."""
    if isinstance(content, np.random.Generator):
        _restore_generator(part, content, saved)
        return content
    if isinstance(content, Stateful):
        try:
            content.load_state_dict(saved)
        except CheckpointError as wrong:
            raise CheckpointError(f"{part!r}: {wrong}") from wrong
        return content
    names = [name for name, _ in _paths(content)]
    there = {name.removesuffix(_LEARNED): name for name in saved}
    if set(names) != there.keys():
        raise CheckpointError(f"{part!r} was saved with {_listed(there)}, and is now to have {_listed(names)}")
    rest = iter(names)

    def restored(leaf: Any) -> Any:
        name = next(rest)
        array, shown = saved[there[name]], f"{part}.{name}".rstrip(".")
        if not there[name].endswith(_LEARNED):
            return _like(leaf, array, shown)
        if not _is_learned(leaf) or leaf.shape != array.shape:
            what = f"a parameter of shape {leaf.shape}" if _is_learned(leaf) else type(leaf).__name__
            raise CheckpointError(f"{shown!r} was saved as a parameter of shape {array.shape}; it is now {what}")
        learned.append((leaf, _on_device(leaf.value, array, shown)))
        return leaf

    return tree_map(restored, content)


def _like(leaf: Any, array: NDArray, name: str) -> Any:
    """A saved value as the kind of thing that ``leaf`` is."""
    if is_tensor(leaf):
        return tensor(_on_device(leaf.value, array, name))
    if find_module(leaf) is not None:
        return _on_device(leaf, array, name)
    if array.shape != () or not isinstance(array.item(), type(leaf)):
        raise CheckpointError(f"{name!r} was saved as {array.dtype}{list(array.shape)}, not as {type(leaf).__name__}")
    return array.item()


def _on_device(beside: Any, array: NDArray, name: str) -> Any:
    """A saved array, which is nobody else's: it was read or copied for this call alone."""
    if array.dtype != beside.dtype:
        raise CheckpointError(f"{name!r} was saved with dtype {array.dtype}, expected {beside.dtype}")
    return module_of(beside).asarray(array)


def _restore_generator(part: str, generator: np.random.Generator, saved: Mapping[str, NDArray]) -> None:
    """Put a generator into a saved state.

    Raises:
        CheckpointError: it is no state of this kind of generator.
    """
    import json

    try:
        generator.bit_generator.state = json.loads(str(saved[""]), object_hook=_unjsonable)
    except (KeyError, ValueError, TypeError) as wrong:
        kind = type(generator.bit_generator).__name__
        raise CheckpointError(f"{part!r} was not saved as the state of a {kind} generator: {wrong}") from wrong


def _jsonable(value: Any) -> Any:
    """The arrays in a generator's state as JSON."""
    return {"array": value.tolist(), "dtype": str(value.dtype)}


def _unjsonable(value: dict[str, Any]) -> Any:
    return np.array(value["array"], value["dtype"]) if value.keys() == {"array", "dtype"} else value


def _listed(names: Any) -> str:
    return ", ".join(name or "a single value" for name in names) or "nothing"
