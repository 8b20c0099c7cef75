"""Functions of functions: derivatives as plain Python functions, nested to any order.

If a tape is active, the derivative is recorded on it and can be differentiated again. Otherwise a
transform opens a tape of its own and the results are constants.

An argument to differentiate by is a tensor, an array, a number, a *pytree* of those (tuples, named
tuples, lists and dicts), or a module, or a pytree with modules in it. A module stands for its parameters:
the function is called with a copy of the module, and the derivative is a dict by parameter name.

>>> import minigrad as mg
>>> float(mg.grad(mg.grad(lambda x: x**3))(2.0).value)
12.0
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from .. import errors
from ..checks import check_arguments, check_function, integer
from ..engine.backend import FLOATS, as_array, module_of
from ..engine.capture import value_of
from ..engine.context import activated, active_tape
from ..engine.tape import Tape
from ..engine.tensor import Leaf, is_tensor
from ..primitives import identity, stack
from ..primitives.values import shape_of
from .trees import children, module_with, parameters_of, tree_leaves, tree_map, tree_refill, tree_structure

Argnums = int | Sequence[int]


def grad(function: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradient of a function with a scalar result.

    Args:
        function: takes tensors, pytrees of tensors, or modules, and returns a scalar tensor.
        argnums: the position of the argument to differentiate by, or several positions.

    Returns:
        A function of the same arguments that returns the gradient in the structure of the argument
        (a tuple of them for several argnums; a dict by name for a module). Where the result does not
        depend on an argument the gradient is zero. Arrays and numbers are accepted in place of tensors.

    Raises:
        ShapeError: the function's result is not a scalar.
        TypeError: there is no function to call.
        DTypeError: an argument to differentiate by is not floating point.
        ValueError: argnums is outside the positional arguments.

    >>> import minigrad as mg
    >>> mg.grad(lambda p: (p["w"] * p["x"]).sum())({"w": 2.0, "x": 5.0})
    {'w': tensor(5., dtype=float64), 'x': tensor(2., dtype=float64)}
    """
    check_function("grad", function)
    both = value_and_grad(function, argnums)

    @wraps(function)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def value_and_grad(function: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Like ``grad``; the returned function returns ``(value, gradient)``."""
    check_function("value_and_grad", function)

    @wraps(function)
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        value, pull = _pullback(function, argnums, args, kwargs)
        if not is_tensor(value) or value.shape != ():
            what = f"a tensor of shape {value.shape}" if is_tensor(value) else type(value).__name__
            raise errors.ShapeError(f"grad: the function returned {what}; it must return a scalar tensor")
        return _result(value), pull(None, retain=False)

    return value_and_gradient


def vjp(function: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of a function, and its vector-Jacobian product at the primals.

    Args:
        function: takes the primals and returns a tensor, or a pytree of tensors.
        primals: tensors, arrays, pytrees of them, or modules.

    Returns:
        ``(value, pull)``; ``pull(cotangent)`` takes a cotangent in the structure of the value and
        returns a tuple with one cotangent for each primal. It can be called again.

    Raises:
        TypeError: there is no function to call.
        DTypeError: a primal, or a value, is not floating point.
        ShapeError: (from ``pull``) the cotangent has another structure or shape than the value.
        ForeignTensorError: (from ``pull``) the cotangent is recorded on another tape than the function.

    >>> import minigrad as mg
    >>> value, pull = mg.vjp(lambda x: x * x, mg.tensor([1.0, 2.0]))
    >>> pull(mg.tensor([10.0, 10.0]))
    (tensor([20., 40.], dtype=float64),)
    """
    check_function("vjp", function)
    value, pull = _pullback(function, range(len(primals)), primals, {})
    return tree_map(_result, value), pull


def jvp(function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of a function, and its Jacobian-vector product: the derivative along the tangents.

    There are no forward rules: the vector-Jacobian product is linear in its cotangent, and the
    derivative of *that* map is the product asked for. It costs about three walks.

    Args:
        function: takes the primals and returns a tensor, or a pytree of tensors.
        primals: a tuple of arguments, as in ``vjp``.
        tangents: one for each primal, in its structure (a dict by name for a module).

    Returns:
        ``(value, tangent)`` in the same structure.

    Raises:
        TypeError: there is no function to call, or no tuple of primals or of tangents.
        ShapeError: a tangent has another structure or shape than its primal.
        ForeignTensorError: a tangent is recorded on another tape than the function.
        DTypeError: a primal, or a value, is not floating point.

    >>> import minigrad as mg
    >>> mg.jvp(mg.square, (3.0,), (1.0,))
    (tensor(9., dtype=float64), tensor(6., dtype=float64))
    """
    check_function("jvp", function)
    check_arguments("jvp", primals, tangents)
    value, push = linearize(function, *primals)
    return value, push(*tangents)


def linearize(function: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of a function, and its derivative at the primals as a linear map: ``jvp`` for many tangents.

    The function runs once, and each tangent costs one walk.

    Args:
        function: takes the primals and returns a tensor, or a pytree of tensors.
        primals: tensors, arrays, pytrees of them, or modules.

    Returns:
        ``(value, push)``; ``push(*tangents)`` takes one tangent for each primal, in its structure, and returns
        the tangent of the value, in the value's structure.

    Raises:
        ShapeError: (from ``push``) a tangent has another structure or shape than its primal.
        ForeignTensorError: (from ``push``) a tangent is recorded on another tape than the function.
        DTypeError: a primal, or a value, is not floating point.

    >>> import minigrad as mg
    >>> value, push = mg.linearize(mg.square, 3.0)
    >>> push(1.0), push(10.0)
    (tensor(6., dtype=float64), tensor(60., dtype=float64))
    """
    check_function("linearize", function)
    active = active_tape.get()
    tape = active or Tape()
    with activated(tape):
        value, pull = _pullback(function, range(len(primals)), primals, {})
        cotangents = tree_map(_zeros, value)
        pulled = pull(cotangents)

    def push(*tangents: Any) -> Any:
        along = _leaves_like("jvp: the tangents", tangents, pulled, tape)
        pairs = [(g, t) for g, t in zip(tree_leaves(pulled), along, strict=True) if tape.holds(g)]
        tangent = tape.gradient(
            [g for g, _ in pairs],
            tree_leaves(cotangents),
            [t for _, t in pairs],
            create_graph=active is not None,
            retain=True,
            unused="zero",
        )
        return tree_refill(value, tangent)

    return tree_map(_result, value), push


def hvp(function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    """The Hessian-vector product of a function with a scalar result, without the Hessian.

    It is the vector times the Hessian, which is the same because the Hessian is symmetric; only a ``custom_vjp``
    that is no gradient makes another one.

    Args:
        function: takes the primals and returns a scalar tensor.
        primals: a tuple of arguments, as in ``vjp``.
        tangents: one for each primal, in its structure (a dict by name for a module).

    Returns:
        A tuple with one product for each primal; all the primals together are one vector.

    Raises:
        TypeError: there is no function to call, or no tuple of primals or of tangents.
        ShapeError: the result is not a scalar, or a tangent has another structure or shape.
        ForeignTensorError: a tangent is recorded on another tape than the function.
        DTypeError: a primal is not floating point.

    >>> import minigrad as mg
    >>> mg.hvp(lambda x, y: x * x * y, (3.0, 5.0), (1.0, 0.0))
    (tensor(10., dtype=float64), tensor(6., dtype=float64))
    """
    check_function("hvp", function)
    check_arguments("hvp", primals, tangents)
    gradients, pull = vjp(grad(function, range(len(primals))), *primals)
    along = _leaves_like("hvp: the tangents", tuple(tangents), gradients)
    products: tuple[Any, ...] = pull(tree_refill(gradients, along))
    return products


def jacobian(function: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The Jacobian of a function, by one walk for each element of its result.

    Returns:
        A function of the same arguments that returns the structure of the result with, in place of
        each tensor, the structure of the argument; a Jacobian has the result's shape followed by the
        argument's.

    Raises:
        TypeError: there is no function to call.
        DTypeError: an argument to differentiate by, or a result, is not floating point.
        ValueError: argnums is outside the positional arguments.

    >>> import minigrad as mg
    >>> mg.jacobian(lambda x: x * x)(mg.tensor([1.0, 2.0])).numpy().tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    check_function("jacobian", function)

    @wraps(function)
    def jacobians(*args: Any, **kwargs: Any) -> Any:
        value, pull = _pullback(function, argnums, args, kwargs)
        targets = tree_leaves(value)
        zeros = [_zeros(target)._value for target in targets]

        def rows(k: int) -> Any:
            shape = zeros[k].shape
            pulled = []
            for index in np.ndindex(shape):
                basis = zeros[k].copy()
                basis[index] = 1
                pulled.append(pull(tree_refill(value, [*zeros[:k], basis, *zeros[k + 1 :]])))
            if not pulled:  # a result without elements
                return tree_map(lambda leaf: _zeros(leaf, shape), pull(tree_refill(value, zeros)))
            columns = zip(*map(tree_leaves, pulled), strict=True)
            return tree_refill(pulled[0], [stack(column).reshape(*shape, *column[0].shape) for column in columns])

        return tree_refill(value, [rows(k) for k in range(len(targets))])

    return jacobians


def hessian(function: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The Hessian of a function with a scalar result: the Jacobian of its gradient.

    Returns:
        A function of the same arguments. For a tensor of shape ``s`` the Hessian has shape ``(*s, *s)``;
        for a pytree, or several argnums, it is the structure of the argument nested in itself.

    Raises:
        ShapeError, TypeError, DTypeError, ValueError: see ``grad``.

    >>> import minigrad as mg
    >>> mg.hessian(lambda x: (x**3).sum())(mg.tensor([1.0, 2.0])).numpy().tolist()
    [[6.0, 0.0], [0.0, 12.0]]
    """
    check_function("hessian", function)
    return jacobian(grad(function, argnums), argnums)


def stop_gradient(tree: Any) -> Any:
    """The same values as constants: no derivative passes through them. Of a module, a copy with such parameters.

    >>> import minigrad as mg
    >>> float(mg.grad(lambda x: x * mg.stop_gradient(x))(3.0).value)
    3.0
    """
    return tree_map(_constant, tree)


def _constant(leaf: Any) -> Any:
    if hasattr(leaf, "named_parameters"):
        return module_with(leaf, {id(p): Leaf(value_of(p), p.name) for _, p in leaf.named_parameters()})
    return leaf.detach() if is_tensor(leaf) else leaf


# -- how it is done --------------------------------------------------------------------------------


def _pullback(
    function: Callable[..., Any], argnums: Argnums, args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Any, Callable[..., Any]]:
    """Run ``function`` on a tape; returns its value and the function that walks back from it."""
    active = active_tape.get()
    tape = active or Tape()
    positions = tuple(integer("argnums", n) for n in (argnums if isinstance(argnums, Iterable) else (argnums,)))
    for position in positions:
        if not -len(args) <= position < len(args):
            raise errors.ArgumentError(f"argnums {position} is outside the {len(args)} positional arguments")
    passed = list(args)
    with activated(tape):
        for position in positions:
            passed[position] = tree_map(_primal, args[position])
        primals = [tree_map(parameters_of, passed[position]) for position in positions]  # the function may change them
        value = function(*passed, **kwargs)

    def pull(cotangent: Any, retain: bool = True) -> Any:
        seeds = None if cotangent is None else _leaves_like("vjp: the cotangent", cotangent, value, tape)
        targets = tree_leaves(value)
        on_tape = [k for k, target in enumerate(targets) if tape.holds(target)]
        for target in targets:
            if _is_foreign(tape, target):
                raise errors.ForeignTensorError(
                    f"the function returned a tensor of shape {target.shape} that is recorded on another tape; "
                    "detach() it if it is meant as a constant"
                )
        gradients = tape.gradient(
            [targets[k] for k in on_tape],
            tree_leaves(primals),
            None if seeds is None else [seeds[k] for k in on_tape],
            create_graph=active is not None,
            retain=retain,
            unused="zero",
        )
        filled = tree_refill(primals, gradients)
        return tuple(filled) if isinstance(argnums, Iterable) else filled[0]

    return value, pull


def _primal(leaf: Any) -> Any:
    """A tensor, or a module, to differentiate at: under new ids, so that its other uses stay apart."""
    if hasattr(leaf, "named_parameters"):
        return module_with(leaf, {id(parameter): _alias(parameter) for _, parameter in leaf.named_parameters()})
    leaf = leaf if is_tensor(leaf) else as_array(leaf)
    if leaf.dtype.name not in FLOATS:
        raise errors.DTypeError(
            f"cannot differentiate by an argument of dtype {leaf.dtype}; convert it to one of {', '.join(FLOATS)}"
        )
    return identity(leaf if is_tensor(leaf) else Leaf(leaf.copy()))


def _alias(parameter: Leaf) -> Leaf:
    """A parameter under a new id, still a parameter to the module that it is put into."""
    alias = Leaf(value_of(parameter), parameter.name, wants_grad=True)
    alias._place = identity(parameter)._place
    return alias


def _is_foreign(tape: Tape, value: Any) -> bool:
    return is_tensor(value) and value.recorded and not tape.holds(value)


def _zeros(leaf: Any, shape: tuple[int, ...] = ()) -> Leaf:
    """A leaf of zeros like ``leaf``, behind further axes."""
    value = leaf._value if is_tensor(leaf) else as_array(leaf)
    return Leaf(module_of(value).zeros((*shape, *value.shape), value.dtype))


def _leaves_like(what: str, tree: Any, like: Any, tape: Tape | None = None) -> list[Any]:
    """The leaves of ``tree`` in the order of ``like``, which has the same structure and shapes; none is foreign."""
    if tree_structure(tree) != tree_structure(like):
        raise errors.ShapeError(f"{what} must have the structure {tree_structure(like)}, got {tree_structure(tree)}")
    leaves = [leaf if is_tensor(leaf) else as_array(leaf) for leaf in _ordered(tree, like)]
    shapes, expected = [leaf.shape for leaf in leaves], [shape_of(k) for k in tree_leaves(like)]
    if shapes != expected:
        raise errors.ShapeError(f"{what} must have shapes {expected}, got {shapes}")
    for leaf in leaves:
        if tape is not None and _is_foreign(tape, leaf):
            raise errors.ForeignTensorError(
                f"{what}: one of them is on another tape than the function, and its gradient would be lost; "
                "differentiate the function under that tape too, or detach() what you pass"
            )
    return leaves


def _ordered(tree: Any, like: Any) -> list[Any]:
    held = children(like)
    return [tree] if held is None else [leaf for key, item in held for leaf in _ordered(tree[key], item)]


def _result(value: Any) -> Any:
    """A function's value as the caller gets it: a constant if no tape is active any more."""
    return value.detach() if is_tensor(value) and active_tape.get() is None else value
