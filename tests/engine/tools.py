"""A recurrence that is recorded step by step."""

from __future__ import annotations


def recurrence(steps, tape, w, h, cut_after=None, keep=0):
    """h ← w·h + 1, step by step; returns all states."""
    states = [h]
    for number in range(1, steps + 1):
        assert tape.mark() == number
        states.append(w * states[-1] + 1.0)
        if number == cut_after:
            tape.cut(keep)
    return states
