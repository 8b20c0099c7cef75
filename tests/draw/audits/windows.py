"""What a window of ``truncated_bptt`` says about itself, against its tape."""

from __future__ import annotations

from collections.abc import Callable

from minigrad.bptt.window import Window
from minigrad.statements import Statement
from tests.draw.audits.context import Context, Reason, agree, check


def _of_window(checked: Callable[[Context, Window, Statement], Reason]) -> Callable[[Context, Statement], Reason]:
    def checks(context: Context, statement: Statement) -> Reason:
        window = context.source
        return checked(context, window, statement) if isinstance(window, Window) else "this is no window"

    return checks


def _reach(context: Context, window: Window) -> dict[int, int]:
    """By the step of each new loss, the oldest step that the tape held for its walk."""
    walks, losses = context.evidence.walks, list(window.losses)
    if not losses:
        return {}
    walks = walks[-1:] * len(losses) if window.depth is None else walks[-len(losses) :]
    return {t: min(each.record.step for each in moment.held) for t, moment in zip(losses, walks, strict=True)}


@check("window")
@_of_window
def window(context: Context, window: Window, statement: Statement) -> Reason:
    border = min(_reach(context, window).values(), default=window.border)
    newest = max(record.step for record in context.records.values())
    seen = window.index, window.first_step, newest, border
    if statement.said == seen:
        return None
    return f"it is window {seen[0]}, steps {seen[1]} to {seen[2]}, back to {seen[3]}"


@check("lag")
@_of_window
def lag(context: Context, window: Window, statement: Statement) -> Reason:
    lags = [t - oldest for t, oldest in _reach(context, window).items()]
    largest, mean = max(lags, default=0), sum(lags) / len(lags) if lags else 0.0
    said = statement.said
    if isinstance(said, tuple) and len(said) == 2 and said[0] == largest and agree(said[1], mean):
        return None
    return f"the lags are up to {largest}, {mean} on average"


@check("scheme")
@_of_window
def scheme(context: Context, window: Window, statement: Statement) -> Reason:
    masked = window.depth is not None
    if masked and len(context.evidence.walks) < len(window.losses):
        return "there was not one walk for each loss"
    true = "lag mask" if masked else "window", window.overlap
    return None if statement.said == true else f"it is {true}"


@check("memory")
@_of_window
def memory(context: Context, window: Window, statement: Statement) -> Reason:
    evidence = context.evidence
    moment = evidence.now if window.depth is not None or not window.losses else evidence.walks[-1]
    true = sum(evidence.kept(moment).values())  # the walks of a lag mask free nothing
    return None if statement.said == true else f"the residuals took {true} bytes"
