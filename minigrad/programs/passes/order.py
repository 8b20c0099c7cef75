"""The order of instructions: which depend on which, and a new sequence where some of them are one."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence

from ..instruction import Instruction

_ORDERED = ("effect", "draw", "read")  # these stay in their order among each other


class Order:
    """What each instruction depends on, as sets of positions: bits of an integer."""

    def __init__(self, instructions: Sequence[Instruction]) -> None:
        made = {number: k for k, each in enumerate(instructions) for number in each.results}
        self._direct: list[set[int]] = []
        self._before: list[int] = []
        last = None
        for k, each in enumerate(instructions):
            needs = {made[number] for number in each.takes if number in made}
            if each.kind in _ORDERED:
                needs |= set() if last is None else {last}
                last = k
            before = 0
            for other in needs:
                before |= self._before[other] | 1 << other
            self._direct.append(needs)
            self._before.append(before)

    def independent(self, members: Sequence[int]) -> bool:
        """Whether no member depends on another, also by way of what was merged."""
        bits = _bits(members)
        return not any(self._before[member] & bits for member in members)

    def merge(self, members: Sequence[int]) -> None:
        """Let whatever depends on one of the members depend on all of them."""
        bits, before = _bits(members), 0
        for member in members:
            before |= self._before[member]
        whole = bits | before
        for k, each in enumerate(self._before):
            if each & bits:
                self._before[k] = each | whole
        for member in members:
            self._before[member] = before

    def sequence(self, merged: Mapping[int, int]) -> Iterator[int]:
        """Positions in an order that fits; of those that are merged into one, by the position of the first."""
        needs: dict[int, set[int]] = {}
        for k, direct in enumerate(self._direct):
            mine = needs.setdefault(merged.get(k, k), set())
            mine |= {merged.get(other, other) for other in direct}
        users: dict[int, list[int]] = {k: [] for k in needs}
        for k, others in needs.items():
            for other in others:
                users[other].append(k)
        open_needs = {k: len(others) for k, others in needs.items()}
        ready = [k for k, count in open_needs.items() if not count]
        heapq.heapify(ready)
        while ready:
            k = heapq.heappop(ready)
            yield k
            for user in users[k]:
                open_needs[user] -= 1
                if not open_needs[user]:
                    heapq.heappush(ready, user)


def _bits(members: Sequence[int]) -> int:
    bits = 0
    for member in members:
        bits |= 1 << member
    return bits
