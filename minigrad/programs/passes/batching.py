"""The pass ``batch``: what every time step does to values of its own, and none needs from another, is done at once.

The input projection of a recurrent network, its read-out and its losses are independent between the steps, and so are
their cotangents. Such instructions become one on stacked arrays, by the batching rules of the primitives; what is
recurrent stays. (Neubig, Goldberg and Dyer 2017 do so for every graph while it runs.)
"""

from __future__ import annotations

import numpy as np

from ..program import Program
from .families import Family, families
from .order import Order
from .splicing import Builder

# What is worth stacking its operands for; anything else is batched where its operands are batches already
HEAVY = frozenset({"linear", "matmul", "take_rows", "cross_entropy", "soft_cross_entropy", "softmax", "log_softmax"})


def batch(program: Program) -> Program:
    """The same program with instructions that are alike and independent, one of each step, in place of one for all.

    The order of sums may change, so the numbers agree to rounding.
    """
    order = Order(program.instructions)
    stacked: dict[int, tuple[int, int]] = {}  # by number of a value: its family, and its place there
    chosen: list[Family] = []
    for family in families(program):
        if order.independent(family.members) and _pays(program, family, stacked):
            order.merge(family.members)
            for place, member in enumerate(family.members):
                for number in program.instructions[member].results:
                    stacked[number] = len(chosen), place
            chosen.append(family)
    if not chosen:
        return program
    builder = Builder(program)
    merged = {member: family for family in chosen for member in family.members}
    for k in order.sequence({member: family.members[0] for member, family in merged.items()}):
        if k in merged:
            with np.errstate(all="ignore"):
                builder.batched(merged[k])
        else:
            builder.copied(program.instructions[k])
    return builder.finished()


def _pays(program: Program, family: Family, stacked: dict[int, tuple[int, int]]) -> bool:
    """Whether the operands that differ between the steps need not be stacked first, or it is worth it."""
    first = program.instructions[family.members[0]]
    if all(len(set(column)) == 1 for column in family.columns(program)):
        return False  # one and the same, for the pass share
    if first.primitive is not None and (first.primitive.name in HEAVY or first.name.endswith(".slope")):
        return True
    inputs = {number for _, number in program.inputs}
    found = False
    for column in family.columns(program):
        if len(set(column)) == 1:
            continue
        places = [stacked.get(number, (-1, -1)) for number in column]
        batch = places[0][0]
        if places == [(batch, k) for k in range(len(column))] and batch >= 0:
            found = True
        elif not inputs.issuperset(column) or program.values[column[0]].shape is None:
            return False
    return found
