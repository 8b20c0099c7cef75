"""``minigrad learn watch`` without a terminal: what the checks say is printed, one after the other."""

from __future__ import annotations

from pathlib import Path

from ..errors import ExtraError
from .session import Session
from .show import after, told, wrapped
from .state import LearnError


def run(session: Session) -> int:
    """Check the open exercise now and whenever it is saved, until it is done; the exit code is 0 then.

    Raises:
        ExtraError: watchfiles is not installed.
    """
    try:
        from watchfiles import watch
    except ImportError as missing:
        raise ExtraError("watching needs watchfiles: pip install 'minigrad[learn]'") from missing
    path = session.folder.exercise(session.chapter)
    print(f"{session.chapter.number}. {session.chapter.title}\n{path}\n", flush=True)
    if session.question:
        print(wrapped(f"Before you begin: {session.question}"), flush=True, end="\n\n")
    if _checked(session):
        return 0
    for changes in watch(path.parent, step=50, debounce=200):
        if any(Path(name) == path for _, name in changes) and _checked(session):
            break
    return 0


def _checked(session: Session) -> bool:
    try:
        report = session.check()
    except LearnError as wrong:  # the file is missing or unreadable now, and may be mended
        print(wrong, flush=True)
        return False
    print(told(report), flush=True)
    if report.done:
        print(f"\n{wrapped(after(session))}", flush=True)
    return report.done
