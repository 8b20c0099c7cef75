"""Plans: what a call keeps for the backward walk. It depends on which of its operands are tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ..errors import MisuseError
from .backend import find_module
from .capture import Traced
from .record import Record
from .tensor import Tensor

if TYPE_CHECKING:
    from .primitive import Primitive
    from .tape import Tape

users = False  # whether a plan holds rules that are a user's own, and may raise

Rule = Callable[..., Any]
Take = Callable[[tuple[Any, ...]], tuple[Any, ...]]
Rules = tuple[tuple[int, Rule, tuple[int, ...]], ...]  # operand position, rule, its arguments among the residuals
Joint = Callable[[Any, tuple[Any, ...]], Mapping[int, Any]]


class Plan:
    """What to keep, and which rules to run, when certain operands of a primitive are tensors.

    Attributes:
        primitive: the primitive.
        saves: where each residual comes from: ``("operand", position)``, ``("out", 0)``,
            ``("shape", position)``, ``("param", position)``, ``("aux", position)`` or ``("shapes", 0)``.
        rules: (operand position, rule, positions of the rule's arguments among the residuals).
        pick: takes the residuals out of ``(*operands, out, *shapes, shapes, *params, *aux)``; ``None``
            when there are none.
        constants: the positions of operands that are saved but are no tensors, hence must be copied.
        joint: finds what all rules return at once, by operand position, from the cotangent and the residuals;
            ``None`` where each rule stands for itself.
    """

    __slots__ = ("constants", "joint", "pick", "primitive", "rules", "saves")

    def __init__(
        self,
        primitive: Primitive,
        saves: tuple[tuple[str, Any], ...],
        rules: Rules,
        pick: Take | None,
        constants: tuple[int, ...],
        joint: Joint | None = None,
    ) -> None:
        self.primitive = primitive
        self.saves = saves
        self.rules = rules
        self.pick = pick
        self.constants = constants
        self.joint = joint

    def rules_at(self, g: Any, residuals: tuple[Any, ...]) -> Rules:
        """The rules for one cotangent: those of a joint rule hand out what it finds for it."""
        if self.joint is None:
            return self.rules
        found = self.joint(g, residuals)
        return tuple((argnum, lambda g, argnum=argnum: found[argnum], ()) for argnum, _, _ in self.rules)

    def __deepcopy__(self, memo: dict[int, Any]) -> Plan:
        return self

    def __reduce__(self) -> Any:
        for mask, plan in self.primitive.plans.items():
            if plan is self:
                return _again, (self.primitive, mask)
        raise MisuseError(
            f"a record of {self.primitive.name} cannot go to another process: its rules are no longer the primitive's, "
            "or hold a function that was given for this record"
        )

    def as_tensors(self, tape: Tape, record: Record) -> tuple[Any, ...]:
        """The residuals of ``record`` with arrays replaced by the tensors on the tape that they are."""
        residuals = record.residuals
        assert residuals is not None
        return tuple(
            self._as_tensor(tape, record, kind, which, value)
            for (kind, which), value in zip(self.saves, residuals, strict=True)
        )

    def _as_tensor(self, tape: Tape, record: Record, kind: str, which: Any, value: Any) -> Any:
        if kind == "out":
            return Tensor(value, (tape._key, record.out, record.step))
        if kind == "operand":
            i = record.inputs[which]
            if i is None:  # a constant; that of a program is an operand, too, of what a rule computes
                return Tensor(value) if isinstance(value, Traced) else value
            return Tensor(value, (tape._key, i, record.step))
        if isinstance(value, Traced) and value.otherwise is not None:
            value = value.otherwise
        if kind == "aux" and value is not None and record.inputs[0] is not None:
            return self.primitive.aux[which][1].recorded(tape, record.inputs[0], record.in_shapes[0], value)
        return value


def _again(primitive: Primitive, mask: int) -> Plan:
    """The plan of a primitive, in a process that may be another one."""
    return primitive.plans[mask]


class Plans(dict[int, Plan]):
    """The plans of a primitive by mask, each made when it is first asked for.

    They are the primitive's until it is given other rules; a record keeps the plan that it was made with.
    """

    def __init__(self, primitive: Primitive) -> None:
        self.primitive = primitive

    def __missing__(self, mask: int) -> Plan:
        plan = self[mask] = make_plan(self.primitive, mask)
        return plan


def make_plan(primitive: Primitive, mask: int) -> Plan:
    """The plan for calls in which the operands at the set bits are tensors; the top bit ends them."""
    count = mask.bit_length() - 1
    saves: list[tuple[str, Any]] = []
    rules: list[tuple[int, Rule, tuple[int, ...]]] = []

    def position(source: tuple[str, Any]) -> int:
        if source not in saves:
            saves.append(source)
        return saves.index(source)

    sources = {  # where a rule finds what it asks for; of two things with one name, the latter
        **{name: ("param", k) for k, name in enumerate(primitive.params)},
        **{name: ("aux", k) for k, (name, _) in enumerate(primitive.aux)},
        **{name: ("operand", k) for k, name in enumerate(primitive.operands)},
        "out": ("out", 0),
        "shapes": ("shapes", 0),
    }
    for argnum in range(count):
        which = 0 if primitive.variadic else argnum
        rule = primitive.rules[which] if primitive.rules else primitive.rule_missing
        if rule is None or not mask >> argnum & 1:
            continue
        names = primitive.asked[which] if primitive.rules else ()
        if "argnum" in names:
            rule, names = _with_argnum(rule, names, argnum)
        sources["shape"] = ("shape", argnum)
        if not primitive.__module__.startswith("minigrad."):
            rule = _copying(rule)
        rules.append((argnum, rule, tuple(position(sources[name]) for name in names)))
    constants = tuple(w for kind, w in saves if kind == "operand" and not mask >> w & 1)
    start = {"operand": 0, "out": count, "shape": count + 1, "shapes": 2 * count + 1, "param": 2 * count + 2}
    start["aux"] = start["param"] + len(primitive.params)
    pick = _taker([start[kind] + which for kind, which in saves]) if saves else None
    return Plan(primitive, tuple(saves), tuple(rules), pick, constants)


def _with_argnum(rule: Rule, names: tuple[str, ...], argnum: int) -> tuple[Rule, tuple[str, ...]]:
    where = names.index("argnum")
    return (
        lambda g, *rest: rule(g, *rest[:where], argnum, *rest[where:]),
        names[:where] + names[where + 1 :],
    )


def of_users() -> None:
    """Note that there are rules of a user's own."""
    global users
    users = True


def _copying(rule: Rule) -> Rule:
    """A user's rule, which may write into one array at each call, though an earlier cotangent still waits in it."""
    of_users()

    def copied(g: Any, *rest: Any) -> Any:
        result = rule(g, *rest)
        return result if find_module(result) is None else result.copy()

    return copied


def _taker(positions: Sequence[int]) -> Take:
    """A function that takes the items at ``positions`` out of a tuple, as a tuple."""
    if len(positions) > 1:
        return itemgetter(*positions)
    return itemgetter(slice(positions[0], positions[0] + 1))
