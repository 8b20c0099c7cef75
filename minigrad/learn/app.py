"""``minigrad learn watch`` on a screen: the hole that is open, what its checks say, and keys."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from ..errors import ExtraError
from ..tutorials.course import Hole
from .session import HINTS, Report, Session
from .show import OPEN, PASSED, after, table, then, told
from .state import LearnError

try:
    from rich.text import Text
    from textual import work
    from textual.app import App, ComposeResult
    from textual.binding import Binding, BindingType
    from textual.containers import VerticalScroll
    from textual.widgets import Footer, Input, Static
    from textual.worker import get_current_worker
    from watchfiles import awatch
except ImportError as missing:
    raise ExtraError("watching needs Textual and watchfiles: pip install 'minigrad[learn]'") from missing


def run(session: Session) -> int:
    """Show the open exercise until the learner leaves.

    Args:
        session: of the learner.
    """
    Watch(session).run()
    return 0


class Watch(App[None]):
    """The screen: the chapter and its holes above, what was said below, keys at the bottom.

    Args:
        session: of the learner.
    """

    CSS = """
    Screen { layout: vertical; }
    #head { height: auto; padding: 0 1; background: $panel; }
    #body { padding: 1; }
    #ask { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "next", "next"),
        Binding("h", "hint", "hint"),
        Binding("p", "picture", "picture"),
        Binding("d", "diff", "diff"),
        Binding("l", "list", "list"),
        Binding("r", "again", "check again"),
        Binding("q", "quit", "quit"),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.focused_hole: Hole | None = session.open_hole() or session.chapter.holes[-1]
        self.report: Report | None = None
        self.answered: Callable[[str], None] | None = None
        self.checking = threading.Lock()

    def compose(self) -> ComposeResult:
        """The parts of the screen."""
        yield Static(id="head", markup=False)
        with VerticalScroll():
            yield Static(id="body", markup=False)
        yield Input(id="ask", placeholder="your answer, then Enter")
        yield Footer()

    def on_mount(self) -> None:
        """Begin: with the chapter's question if it has not been answered, else with a check."""
        self._begin()
        self.follow()

    def on_unmount(self) -> None:
        """End: a check that still runs is not waited for."""
        self.session.sandbox.close()

    def _begin(self) -> None:
        self._head()
        if self.session.question:
            self._ask(f"Before you begin: {self.session.question}", self._predicted)
        else:
            self.action_again()

    def _predicted(self, words: str) -> None:
        self.session.predict(words)
        self.action_again()

    @work(exclusive=True, group="watching")
    async def follow(self) -> None:
        """Check whenever the exercise that is open is saved; other files do not count."""
        async for changes in awatch(self.session.folder.path, step=50, debounce=200):
            path = self.session.folder.exercise(self.session.chapter)
            if self.answered is None and any(Path(name) == path for _, name in changes):
                self.action_again()  # while a question is on show, the check waits for its answer

    def action_again(self) -> None:
        """Check the exercise."""
        self.report = None
        self._say("checking …")
        self.check()

    @work(exclusive=True, thread=True, group="checking")
    def check(self) -> None:
        """Check up to the hole on show, beside the screen; a check that still runs is given up for it."""
        self.session.sandbox.stop()
        with self.checking:
            if get_current_worker().is_cancelled:
                return
            try:
                report = self.session.check(self.focused_hole)
            except (LearnError, OSError) as wrong:
                self._from_thread(self._say, str(wrong))
                return
        self._from_thread(self._reported, report)

    def _from_thread(self, tell: Callable[..., None], what: object) -> None:
        """Tell what a worker found, unless it was given up meanwhile."""
        worker = get_current_worker()
        if not worker.is_cancelled:
            self.call_from_thread(lambda: None if worker.is_cancelled else tell(what))

    def _reported(self, report: Report) -> None:
        self.report = report
        self._head()
        words = told(report)
        if report.done:
            more = self.session.open_hole() is not None
            onward = "n: the next chapter" if self.session.following() else then(self.session)
            words += "\n\nn: the next hole" if more else f"\n\n{after(self.session)}\n\n{onward}"
        self._say(words)

    def action_next(self) -> None:
        """Go to the next hole, if this one passes."""
        if self.report is None or not self.report.done:
            self._note("this one is not done yet")
            return
        chapter = self.session.chapter
        hole = self.session.advance()
        if hole is None:
            self._say(then(self.session))
            return
        self.focused_hole, self.report = hole, None
        self._begin() if self.session.chapter is not chapter else self.action_again()

    def action_hint(self) -> None:
        """Show the next hint; the last one only when asked twice."""
        hole = self.focused_hole
        if hole is None:
            return
        self.workers.cancel_group(self, "checking")  # what it says would take the place of the hint
        found = self.session.hint(hole)
        if found is None:
            self._ask("The last hint is nearly the code. Show it? y/n", self._last_hint)
        else:
            self._say(f"{hole.name}, hint {found[0]} of {HINTS}\n{found[1]}\n\nr: back to the check")

    def _last_hint(self, words: str) -> None:
        hole = self.focused_hole
        if words.strip().lower().startswith("y") and hole and (found := self.session.hint(hole, show_last=True)):
            self._say(f"{hole.name}, hint {found[0]} of {HINTS}\n{found[1]}\n\nr: back to the check")
        else:
            self.action_again()

    @work(exclusive=True, thread=True, group="drawing")
    def action_picture(self) -> None:
        """Draw the picture of the chapter from the exercise, and open it where a browser is there."""
        try:
            path = self.session.picture()
        except (LearnError, OSError) as wrong:
            self._from_thread(self._note, str(wrong))
            return
        self._from_thread(self._note, f"{path}")
        webbrowser.open(path.as_uri())

    def action_diff(self) -> None:
        """Show what was changed in the exercise."""
        try:
            self._say(self.session.folder.diff(self.session.chapter) or "nothing was changed yet")
        except (LearnError, OSError) as wrong:
            self._say(str(wrong))

    def action_list(self) -> None:
        """Show all chapters."""
        self._say(table(self.session.folder))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what was typed."""
        box = self.query_one("#ask", Input)
        box.display = False
        self.set_focus(None)
        answered, self.answered = self.answered, None
        if answered is not None:
            answered(event.value)

    def _ask(self, question: str, answered: Callable[[str], None]) -> None:
        self._say(question)
        self.answered = answered
        box = self.query_one("#ask", Input)
        box.value = ""
        box.display = True
        box.focus()

    def _head(self) -> None:
        chapter, hole = self.session.chapter, self.focused_hole
        passed = self.session.folder.work(chapter).passed
        ticks = "  ".join(f"{PASSED if h.name in passed else OPEN} {h.name}" for h in chapter.holes)
        where = self.session.folder.exercise(chapter)
        named = f"\n{where}" + (f", hole {hole.number}: {hole.name}" if hole else "")
        self.query_one("#head", Static).update(Text(f"{chapter.number}. {chapter.title}{named}\n{ticks}"))

    def _say(self, words: str) -> None:
        self.query_one("#body", Static).update(Text(words))

    def _note(self, words: str) -> None:
        self.notify(words, markup=False)
