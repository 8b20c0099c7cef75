"""Alignment of steps: which operations of several sequences are the same one.

All sequences are merged into one sequence of *slots*, and the same operation of every one gets the same slot. Two
sequences are aligned as Needleman and Wunsch (1970) do it, so that as much as possible is alike.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

# What it is worth that two operations are the same, or the same with other parameters; and, where that is equal, that
# they take the same operands from inside of their steps
_SAME, _ALIKE, _INSIDE = 3_000_000, 2_000_000, 1
_LARGEST = 200_000  # products of lengths for which all is compared with all


class Sign(NamedTuple):
    """What an operation does, with which parameters, and which of its operands its own step has computed."""

    kind: Hashable
    parameters: tuple[Hashable, ...]
    inside: tuple[bool, ...] = ()


Signs = tuple[Sign, ...]
Told = tuple[tuple[Hashable, tuple[Hashable, ...], tuple[bool, ...]], ...]  # the contents of signs


def align(sequences: Sequence[Signs]) -> tuple[list[list[int]], int]:
    """The slot of each item of each sequence, rising within a sequence, and the number of slots.

    Equal sequences get equal slots, and are compared only once.
    """
    merged: list[tuple[int, Sign]] = []  # (stable number, an operation), in order
    seen: dict[int, set[Sign]] = {}
    found: dict[Signs, list[int]] = {}
    for sequence in sequences:
        if sequence in found:
            continue
        numbers: list[int] = []
        result: list[tuple[int, Sign]] = []
        position = 0
        for place, sign in _matched(merged, seen, sequence):
            if place is None:
                numbers.append(len(seen))
                result.append((len(seen), sign))
                seen[len(seen)] = {sign}
                continue
            result += merged[position : place + 1]
            numbers.append(merged[place][0])
            seen[merged[place][0]].add(sign)
            position = place + 1
        merged = result + merged[position:]
        found[sequence] = numbers
    order = {number: slot for slot, (number, _) in enumerate(merged)}
    slots = {sequence: [order[number] for number in numbers] for sequence, numbers in found.items()}
    return [slots[sequence] for sequence in sequences], len(merged)


def _matched(
    merged: Sequence[tuple[int, Sign]], seen: dict[int, set[Sign]], sequence: Signs
) -> list[tuple[int | None, Sign]]:
    """For each item of a sequence the place in the merged one that is the same, if there is one."""
    if len(merged) * len(sequence) > _LARGEST:
        return _by_blocks(merged, sequence)
    worth = [[0] * (len(sequence) + 1) for _ in range(len(merged) + 1)]
    for i in range(len(merged) - 1, -1, -1):
        below, row = worth[i + 1], worth[i]
        for k in range(len(sequence) - 1, -1, -1):
            best = below[k] if below[k] >= row[k + 1] else row[k + 1]
            here = below[k + 1] + _score(merged[i], seen, sequence[k])
            row[k] = here if here > best else best
    pairs: list[tuple[int | None, Sign]] = []
    i = k = 0
    while k < len(sequence):  # where several are as good, what comes first is joined first
        score = _score(merged[i], seen, sequence[k]) if i < len(merged) else 0
        if score and worth[i][k] == worth[i + 1][k + 1] + score:
            pairs.append((i, sequence[k]))
            i, k = i + 1, k + 1
        elif i < len(merged) and worth[i][k] == worth[i + 1][k]:
            i += 1
        else:
            pairs.append((None, sequence[k]))
            k += 1
    return pairs


def _score(item: tuple[int, Sign], seen: dict[int, set[Sign]], sign: Sign) -> int:
    """What it is worth that two operations are in one slot; 0 if they cannot be."""
    if sign.kind != item[1].kind:
        return 0
    known = seen[item[0]]
    worth = _SAME if any(sign.parameters == other.parameters for other in known) else _ALIKE
    return worth + _INSIDE * any(sign.inside == other.inside for other in known)


def _by_blocks(merged: Sequence[tuple[int, Sign]], sequence: Signs) -> list[tuple[int | None, Sign]]:
    """The same for very long sequences, by the longest blocks that are equal."""
    places: dict[int, int] = {}
    matcher = SequenceMatcher(None, [sign for _, sign in merged], sequence, autojunk=False)
    for start, first, size in matcher.get_matching_blocks():
        places.update((first + n, start + n) for n in range(size))
    return [(places.get(k), sign) for k, sign in enumerate(sequence)]
