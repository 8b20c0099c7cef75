"""NumPy's own functions on tensors: ``np.tanh(x)`` and ``np.sum(x, axis=0)`` are recorded.

One table says which function of minigrad each of them calls. Whatever is not in it has no derivative
here and raises, so that a tensor never loses its history in NumPy without a word.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import errors, primitives as ops
from ..engine.backend import module_of
from ..engine.tensor import is_tensor
from . import creation


def _clipped(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    return ops.clip(x, a_min if min is None else min, a_max if max is None else max)


def _chosen(condition: Any, x: Any = None, y: Any = None) -> Any:
    return np.nonzero(condition) if x is None and y is None else ops.where(condition, x, y)


def _on_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that only looks at values, such as a comparison for tests."""
    return lambda *args, **options: function(*[x.numpy() if is_tensor(x) else x for x in args], **options)


def _on_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose result has no derivative, such as a search: it returns arrays, where the tensors are."""

    def call(*args: Any, **options: Any) -> Any:
        module = next(module_of(x._value) for x in args if is_tensor(x))  # NumPy calls this for a tensor only
        return getattr(module, function.__name__)(*map(ops.values.raw, args), **options)

    return call


_LINALG = (
    *("norm", "vector_norm", "matrix_norm", "inv", "pinv", "solve", "det", "slogdet", "cholesky"),
    *("svd", "svdvals", "eigh", "eigvalsh", "matmul", "outer", "tensordot", "vecdot", "cross"),
    *("multi_dot", "matrix_power", "matrix_transpose"),
)
_SEARCHES = (
    *("nonzero", "flatnonzero", "argwhere", "count_nonzero", "searchsorted", "digitize", "argpartition"),
    *("nanargmax", "nanargmin", "signbit", "isclose", "isposinf", "isneginf"),
    *("triu_indices_from", "tril_indices_from", "diag_indices_from"),
)


@functools.cache
def table() -> dict[Callable[..., Any], Callable[..., Any]]:
    """For each of NumPy's functions that can be recorded, what it calls; built late, as primitives need tensors."""
    return {
        **{getattr(np, name): getattr(ops, name) for name in vars(ops)["__all__"] if hasattr(np, name)},
        **{getattr(np.linalg, name): getattr(ops, name) for name in _LINALG},
        **{getattr(np, name): _on_arrays(getattr(np, name)) for name in _SEARCHES},
        np.linalg.diagonal: lambda x, *, offset=0: ops.diagonal(x, offset=offset, axis1=-2, axis2=-1),
        np.linalg.trace: lambda x, *, offset=0: ops.trace(x, offset, -2, -1),
        np.fabs: lambda x: ops.abs(ops.values.floating(x)),
        np.copy: ops.identity,
        np.positive: ops.identity,
        np.conjugate: ops.identity,
        np.real: ops.identity,
        np.divmod: lambda x, y: (ops.floor_divide(x, y), ops.remainder(x, y)),
        np.clip: _clipped,
        np.einsum: lambda *operands, optimize=False: ops.einsum(*operands),
        np.where: _chosen,
        np.linspace: creation.linspace,
        np.logspace: creation.logspace,
        np.zeros_like: creation.zeros_like,
        np.ones_like: creation.ones_like,
        np.full_like: creation.full_like,
        np.shape: lambda x: x.shape,
        np.ndim: lambda x: x.ndim,
        np.size: lambda x: x.size,
        np.allclose: _on_values(np.allclose),
        np.array_equal: _on_values(np.array_equal),
    }


_REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logaddexp": "logsumexp"}


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What ``Tensor.__array_ufunc__`` does.

    Raises:
        TypeError: a ufunc without a derivative here, a method such as ``reduce``, ``out=`` or ``where=``.
    """
    if method != "__call__":
        other = _REDUCTIONS.get(ufunc.__name__) if method == "reduce" else None
        hint = f"write mg.{other} or np.{other}" if other else "use functions of minigrad, or .numpy() for the value"
        raise errors.MisuseError(f"np.{ufunc.__name__}.{method} has no derivative here; {hint}")
    return _call(ufunc, inputs, options)


def call_function(function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What ``Tensor.__array_function__`` does.

    Raises:
        TypeError: a function without a derivative here, ``out=``, ``where=``, or another argument that minigrad's
            function does not take.
    """
    return _call(function, args, options)


def _call(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    module = getattr(function, "__module__", None)
    name = f"{module.replace('numpy', 'np') if module in ('numpy.linalg', 'numpy.fft') else 'np'}.{function.__name__}"
    ours = table().get(function)
    if ours is None:
        other = "use functions of minigrad for a gradient, or .numpy() for the value"
        if hasattr(ops, function.__name__):
            other = f"write mg.{function.__name__}"
        elif module == "numpy.fft":
            other = (
                "tensors are real; for a spectrum multiply by the matrices of cosines and sines, "
                "x @ np.cos(2 * np.pi * np.outer(k, k) / n) with k = np.arange(n), or use .numpy() for the value"
            )
        other = _INSTEAD.get(function.__name__, other)
        raise errors.MisuseError(f"{name} has no derivative here; {other}")
    theirs, taken = _parameters(function), _parameters(ours) or {}
    if theirs is not None:
        args, options = _by_name(theirs, args, options)
    any_option = any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values())
    for option in options:
        if option not in taken and not any_option:
            hint = _HINTS.get(option, f"mg.{function.__name__} has no such argument")
            raise errors.MisuseError(f"{name}({option}=...) does not work on tensors; {hint}")
    return ours(*args, **options)


_WRITING = "a tensor is never written into: use mg.where, mg.at_set or mg.at_add"
_COUNTS = "counts have no derivative: use .numpy() for the value"
_LOOK = ".numpy() has the value"
_INSTEAD = {
    **dict.fromkeys(("copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"), _WRITING),
    **dict.fromkeys(("bincount", "histogram", "histogram2d", "histogramdd"), _COUNTS),
    **dict.fromkeys(("eig", "eigvals"), "write mg.eigh or mg.eigvalsh if the matrices are symmetric"),
    **dict.fromkeys(("qr", "lstsq"), "write mg.solve, mg.pinv or mg.svd"),
    **dict.fromkeys(("isin", "setdiff1d", "intersect1d", "union1d"), "sets have no derivative: " + _LOOK),
    "lexsort": "write mg.argsort, or np.lexsort of values from .numpy()",
    **dict.fromkeys(("nanmedian", "nanquantile", "nanpercentile"), "leave the NaN of each row out: x[~mg.isnan(x)]"),
    **dict.fromkeys(("modf", "frexp", "ldexp"), "write mg.trunc(x) and x - mg.trunc(x), or x * 2.0**n"),
    "float_power": "write mg.power",
    "copysign": "write mg.where(np.signbit(y), -mg.abs(x), mg.abs(x))",
    "heaviside": "write mg.where(x == 0, h, mg.where(x > 0, 1.0, 0.0))",
    "nancumsum": "write mg.cumsum(mg.where(mg.isnan(x), 0.0, x))",
    "nancumprod": "write mg.cumprod(mg.where(mg.isnan(x), 1.0, x))",
    "choose": "write mg.where, or mg.take_along_axis",
    "vander": "write mg.expand_dims(x, 1) ** np.arange(n)[::-1]",
    "resize": "write mg.reshape, or mg.tile",
    "cond": "write s = mg.svdvals(a) and s[0] / s[-1]",
    "matrix_rank": "a rank has no derivative: " + _LOOK,
    "gradient": "write mg.diff for differences; derivatives are mg.grad",
    "insert": "write mg.concatenate or mg.append",
    "unique": "write mg.sort, or use .numpy() for the value",
}
_HINTS = {
    "out": "a tensor is never written into, nor stored in an array: use the result",
    "where": "choose with mg.where",
    "dtype": "convert with .astype(dtype)",
}


@functools.cache
def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter] | None:
    """The parameters of a function; ``None`` for those written in C, which do not tell."""
    try:
        return dict(inspect.signature(function).parameters)
    except ValueError:
        return None


def _by_name(
    parameters: dict[str, inspect.Parameter], args: tuple[Any, ...], options: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A call with what NumPy requires by position, and by name what it does not require and was given."""
    bound = inspect.Signature(list(parameters.values())).bind(*args, **options)
    required: list[Any] = []
    optional: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        parameter = parameters[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            required.extend(value)
        elif parameter.kind is parameter.VAR_KEYWORD:
            optional.update(value)
        elif parameter.default is parameter.empty:
            required.append(value)
        elif value is not parameter.default:
            optional[name] = value
    return tuple(required), optional
