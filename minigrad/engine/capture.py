"""Capture: a computation that is noted, while it runs, as the instructions of a program.

While a capture goes on, the value of a tensor is no array but a ``Traced``: the array, and the number by which the
program knows it. Only what notes an instruction unpacks it: a primitive's call, a vjp rule, a sum of cotangents.
Whoever else would read it is refused, so nothing that was computed from it escapes the program as a constant.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, Protocol, TypeVar

from .. import errors
from .backend import MODULES, module_of

if TYPE_CHECKING:
    from .backend import Array
    from .plan import Rules
    from .primitive import Primitive
    from .record import Record
    from .tape import Tape
    from .tensor import Leaf, Tensor

P = ParamSpec("P")
R = TypeVar("R")


class Capture(Protocol):
    """Who notes the instructions, see ``minigrad.programs.capturing``."""

    def call(
        self, primitive: Primitive, xp: Any, args: Any, values: list[Any], params: dict[str, Any], tape: Tape | None
    ) -> Any:
        """The result of a primitive's forward function; ``values`` are traced from then on."""

    def rules(self, tape: Tape, record: Record, rules: Rules) -> Rules:
        """The same rules, each noted as an instruction when it runs."""

    def noted(self, name: str, function: Callable[..., Any], *operands: Any) -> Traced:
        """The result of a function of arrays, noted."""

    def summed(self, parts: list[Any]) -> Traced:
        """The sum of structured cotangents of one kind, see ``minigrad.engine.cotangents``, noted."""

    def read(self, leaf: Tensor) -> Traced:
        """The value of a leaf, looked up at each run."""

    def check_apart(self, tensor: Tensor) -> None:
        """Refuse a tensor that the function was given: what it was given in its place is an argument."""

    def relies(self, holder: Any, name: str) -> None:
        """Note that the program holds only as long as an attribute is the object that it is now."""

    def effect(self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """What a function returns that changes something, and is to change it again at each run."""

    def drawn(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Traced:
        """An array that a function draws at random, anew at each run."""

    def accumulate(self, leaf: Leaf, cotangent: Traced) -> None:
        """Add a cotangent into the gradient of a leaf."""


capturing: ContextVar[Capture | None] = ContextVar("capturing", default=None)


class Traced:
    """A value of a program that is being captured.

    Attributes:
        array: what it is in this run; ``None`` for an auxiliary result that this run does without.
        number: by which the program knows it.
        otherwise: what an auxiliary result is if it is needed all the same, see ``Plan.as_tensors``.
        owner: the same object for all values of one capture, or ``None``.
        shape, dtype, ndim, size, nbytes, itemsize: of the array.
    """

    __slots__ = ("array", "dtype", "itemsize", "nbytes", "ndim", "number", "otherwise", "owner", "shape", "size")

    def __init__(self, array: Array, number: int, owner: object, otherwise: Any = None) -> None:
        self.array = array
        self.number = number
        self.owner = owner
        self.otherwise = otherwise
        if array is not None:
            self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim
            self.size, self.nbytes, self.itemsize = array.size, array.nbytes, array.itemsize

    def copy(self) -> Traced:
        """The same: nobody writes into it."""
        return self

    def astype(self, dtype: Any) -> Traced:
        """The value in another dtype, noted."""
        return _current(self).noted("astype", lambda x: x.astype(dtype), self)

    def __add__(self, other: Any) -> Traced:
        return _current(self).noted("add", lambda x, y: x + y, self, other)

    def __radd__(self, other: Any) -> Traced:
        return _current(self).noted("add", lambda x, y: x + y, other, self)

    def refuse(self, *args: Any, **options: Any) -> NoReturn:
        """Refuse to be read.

        Raises:
            CaptureError: always.
        """
        _current(self)
        raise errors.CaptureError(
            f"a value of shape {self.shape} was read while a program was captured, and what is done with it would be "
            "the same in every run. Write mg.where in place of an if, compute with functions of minigrad, and return "
            "the value if it is wanted outside"
        )

    __bool__ = __float__ = __int__ = __index__ = __array__ = __len__ = __iter__ = __getitem__ = __setitem__ = refuse
    __array_ufunc__ = __array_function__ = item = tolist = any = all = max = min = argmax = argmin = sum = refuse
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __neg__ = __invert__ = __abs__ = refuse
    __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = __matmul__ = __and__ = refuse
    __or__ = __mod__ = __floordiv__ = reshape = ravel = transpose = mean = searchsorted = refuse
    __hash__ = object.__hash__


_kinds: dict[Any, type[Traced]] = {}


def traced(array: Array, number: int, owner: object, like: Array = None, otherwise: Any = None) -> Traced:
    """A traced value, of the kind whose module is that of the array, or of ``like`` where there is none."""
    module = module_of(array if array is not None else like)
    kind = _kinds.get(module)
    if kind is None:
        kind = _kinds[module] = type("Traced", (Traced,), {"__slots__": ()})
        MODULES[kind] = module
    return kind(array, number, owner, otherwise)


def _current(value: Traced) -> Capture:
    """The capture that goes on.

    Raises:
        CaptureError: it is over, and a tensor of it was kept.
    """
    capture = capturing.get()
    if capture is None:
        raise was_kept(value)
    return capture


def was_kept(value: Traced) -> errors.CaptureError:
    """The error for a tensor that outlived the capture in which it was computed."""
    return errors.CaptureError(
        f"a tensor of shape {value.shape} that was computed while a program was captured was kept and used outside of "
        "it; return it from the function, and give it to the next call as an argument"
    )


def value_of(tensor: Tensor) -> Any:
    """The value that a tensor is computed with: its array, or while a program is captured what stands for it there."""
    capture = capturing.get()
    return tensor._value if capture is None else capture.read(tensor)


def setting_of(tensor: Tensor) -> Any:
    """The value of a tensor that is a setting, an axis say; a program that is captured is one for that value alone."""
    capture = capturing.get()
    if capture is not None:
        capture.relies(tensor, "_value")
    return tensor._value


def as_one(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator of a function that changes parameters or gradients: one instruction, which does it at each run."""

    @wraps(function)
    def call(*args: P.args, **options: P.kwargs) -> R:
        capture = capturing.get()
        if capture is None:
            return function(*args, **options)
        result: R = capture.effect(function, args, options)
        return result

    return call


def drawn(function: Callable[..., Array], *args: Any) -> Any:
    """What a function draws at random: its array, or while a program is captured what stands for it there."""
    capture = capturing.get()
    return function(*args) if capture is None else capture.drawn(function, args)
