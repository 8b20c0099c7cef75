"""The pass ``plan``: the program's values get places in one piece of memory, which is kept from run to run.

Values whose lifetimes do not meet take the same place. The members of a stack lie side by side, in the place of the
stack, so that to stack them copies nothing; stacks that have a run of members in common share it.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ..functions import Stack
from ..instruction import bytes_of
from ..program import Memory, Program
from .lifetimes import Lifetimes

_ALIGNED = 64  # bytes


@dataclass(slots=True)
class _Region:
    """Values that lie side by side, for as long as one of them is used.

    Attributes:
        members: the numbers of values of one kind, in their order; some of them, such as inputs, are copied there.
        size: bytes of a member.
        held: (number, offset) of what lies there.
    """

    members: list[int]
    size: int
    held: list[tuple[int, int]] = field(default_factory=list)

    def has(self, members: tuple[int, ...], start: int) -> bool:
        """Whether these lie side by side from the place ``start`` on."""
        return tuple(self.members[start : start + len(members)]) == members

    @property
    def nbytes(self) -> int:
        return -(-len(self.members) * self.size // _ALIGNED) * _ALIGNED


def plan(program: Program) -> Program:
    """The same program with places for what its instructions can write into given memory. It computes the same bits."""
    lifetimes = Lifetimes(program)
    written = [program.instructions[k] for k in lifetimes.writers]
    stacks = {each.results[0]: each.takes for each in written if isinstance(each.function, Stack)}
    together = _regions(program, stacks)
    regions = list({id(region): region for region in together.values()}.values())
    nth = {number: k for region in regions for k, number in enumerate(region.members)}
    held: dict[int, tuple[_Region, int]] = {}
    for each in written:
        number = each.results[0]
        members = stacks.get(number)
        if each.into is not None:
            held[number] = held[each.into]
        elif members is None and number in together:
            held[number] = together[number], nth[number] * together[number].size
        elif members is not None and together[members[0]].has(members, nth[members[0]]):
            held[number] = together[members[0]], nth[members[0]] * together[members[0]].size
        else:
            held[number] = _Region([number], bytes_of(program.values[number])), 0
            regions.append(held[number][0])
    for number, (region, offset) in held.items():
        region.held.append((number, offset))
    return replace(program, memory=_allocated([region for region in regions if region.held], lifetimes))


def _regions(program: Program, stacks: dict[int, tuple[int, ...]]) -> dict[int, _Region]:
    """Where each member of a stack may lie, by its number: stacks whose members follow each other alike share one."""
    regions: dict[int, _Region] = {}
    for members in stacks.values():
        for number in members:
            regions.setdefault(number, _Region([number], bytes_of(program.values[number])))
        if len({program.values[number] for number in members}) > 1:
            continue
        for one, following in pairwise(members):
            before, after = regions[one], regions[following]
            if before is not after and before.members[-1] == one and after.members[0] == following:
                before.members += after.members
                regions.update(dict.fromkeys(after.members, before))
    return regions


def _allocated(regions: list[_Region], lifetimes: Lifetimes) -> Memory:
    """Places for regions, each as soon as one of its values is made, in what earlier ones have left if it is enough."""
    spans = []
    for k, region in enumerate(regions):
        numbers = [number for number, _ in region.held]
        begin = min(lifetimes.begins[number] for number in numbers)
        spans.append((begin, max(lifetimes.ends[number] for number in numbers), k))
    free: list[tuple[int, int]] = []  # (bytes, offset)
    busy: list[tuple[int, int, int]] = []  # (end, bytes, offset)
    places: dict[int, int] = {}
    total = 0
    for begin, end, k in sorted(spans):
        while busy and busy[0][0] < begin:
            _, nbytes, offset = busy.pop(0)
            insort(free, (nbytes, offset))
        need = regions[k].nbytes
        fitting = next((j for j, (nbytes, _) in enumerate(free) if need <= nbytes <= 2 * need), None)
        if fitting is None:
            nbytes, offset = need, total
            total += need
        else:
            nbytes, offset = free.pop(fitting)
        insort(busy, (end, nbytes, offset))
        places.update((number, offset + start) for number, start in regions[k].held)
    return Memory(total, places)
