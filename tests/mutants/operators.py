"""What a mutant changes: from a node of the syntax tree to what may stand in its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy

_COMPARISONS: dict[type, list[type]] = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}
_ARITHMETIC: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
}
_OTHER_FUNCTION = {"min": "max", "max": "min", "any": "all", "all": "any", "bisect_left": "bisect_right"}
_OTHER_FUNCTION |= {"bisect_right": "bisect_left"}
_FIXED = {"isinstance", "hasattr", "getattr", "setattr", "min", "max"}
_OWN_COPY = {"copy", "detach", "astype"}  # methods that may be forgotten


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """Everything that may stand in the place of a node."""
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
            for k in range(len(node.values)):
                rest = node.values[:k] + node.values[k + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        case ast.UnaryOp(op=ast.Not()) | ast.UnaryOp(op=ast.USub(), operand=ast.Name() | ast.Attribute()):
            yield node.operand
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
        case ast.BinOp(op=ast.MatMult()) if ast.dump(node.left) != ast.dump(node.right):
            yield ast.BinOp(node.right, node.op, node.left)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.Constant(value=float(value)):
            yield ast.Constant(2 * value + 1)
        case ast.IfExp():
            yield node.body
            yield node.orelse
        case ast.Call():
            yield from _called(node)
        case ast.Slice():
            yield from _sliced(node)
        case ast.comprehension(ifs=[_, *_]):
            yield ast.comprehension(node.target, node.iter, [], node.is_async)
        case ast.If():
            yield ast.If(ast.Constant(True), node.body, node.orelse)
            yield ast.If(ast.Constant(False), node.body, node.orelse)
        case ast.AugAssign():
            yield ast.Assign([_stored(node.target)], node.value)
            if type(node.op) in _ARITHMETIC:
                yield ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value)
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.Continue() | ast.Break() | ast.Delete():
            yield ast.Pass()


def _compared(node: ast.Compare) -> Iterator[ast.AST]:
    for k, op in enumerate(node.ops):
        for other in _COMPARISONS[type(op)]:
            yield ast.Compare(node.left, [*node.ops[:k], other(), *node.ops[k + 1 :]], node.comparators)


def _called(node: ast.Call) -> Iterator[ast.AST]:
    function, arguments = node.func, node.args
    if isinstance(function, ast.Name) and function.id in _OTHER_FUNCTION:
        yield ast.Call(ast.Name(_OTHER_FUNCTION[function.id], ast.Load()), arguments, node.keywords)
    if isinstance(function, ast.Name) and function.id == "reversed":
        yield arguments[0]
    if isinstance(function, ast.Attribute) and function.attr in _OWN_COPY:
        yield function.value
    if len(arguments) > 1 and not any(isinstance(each, ast.Starred) for each in arguments[:2]) and not _asks(function):
        yield ast.Call(function, [arguments[1], arguments[0], *arguments[2:]], node.keywords)
    for k, keyword in enumerate(node.keywords):
        if keyword.arg not in (None, "strict", "stacklevel"):
            yield ast.Call(function, arguments, node.keywords[:k] + node.keywords[k + 1 :])


def _asks(function: ast.expr) -> bool:
    """Whether swapped arguments could only crash, or change nothing."""
    return isinstance(function, ast.Name) and function.id in (
        "isinstance",
        "hasattr",
        "getattr",
        "setattr",
        "min",
        "max",
    )


def _sliced(node: ast.Slice) -> Iterator[ast.AST]:
    lower, upper, step = node.lower, node.upper, node.step
    if lower is not None:
        yield ast.Slice(None, upper, step)
    if upper is not None:
        yield ast.Slice(lower, None, step)
    if isinstance(lower, ast.Name | ast.Attribute):
        yield ast.Slice(ast.BinOp(lower, ast.Add(), ast.Constant(1)), upper, step)
    if isinstance(upper, ast.Name | ast.Attribute):
        yield ast.Slice(lower, ast.BinOp(upper, ast.Sub(), ast.Constant(1)), step)


def _stored(target: ast.expr) -> ast.expr:
    target = deepcopy(target)
    target.ctx = ast.Store()  # type: ignore[attr-defined]
    return target


def deleted(statement: ast.stmt, assigned: set[str]) -> ast.stmt | None:
    """What stands in place of a statement that can be left out: a name that was bound before, an early return."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) if name in assigned:
            return ast.Pass()
        case ast.Return():
            return ast.Pass()
    return None
