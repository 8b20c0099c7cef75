"""Rows: which operations of different time steps are the same one.

The steps of an unrolled loop are mostly alike, but the first or the last may lack an operation or have
one more. Each step is a sequence of signatures; all of them are merged into one sequence of *slots*, and
the same operation of every step gets the same slot.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher


def align(sequences: Sequence[tuple[Hashable, ...]]) -> tuple[list[list[int]], int]:
    """The slot of each item of each sequence, rising within a sequence, and the number of slots.

    Equal sequences get equal slots, and are compared only once.
    """
    merged: list[tuple[int, Hashable]] = []  # (stable number, signature), in order
    found: dict[tuple[Hashable, ...], list[int]] = {}
    count = 0
    for sequence in sequences:
        if sequence in found:
            continue
        numbers: list[int] = []
        result: list[tuple[int, Hashable]] = []
        position = item = 0
        matcher = SequenceMatcher(None, [signature for _, signature in merged], sequence, autojunk=False)
        for start, first, size in matcher.get_matching_blocks():
            result += merged[position:start]
            for signature in sequence[item:first]:
                numbers.append(count)
                result.append((count, signature))
                count += 1
            numbers += [number for number, _ in merged[start : start + size]]
            result += merged[start : start + size]
            position, item = start + size, first + size
        merged = result
        found[sequence] = numbers
    order = {number: slot for slot, (number, _) in enumerate(merged)}
    return [[order[number] for number in found[sequence]] for sequence in sequences], count
