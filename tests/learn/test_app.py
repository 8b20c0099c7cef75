"""``minigrad learn watch`` on a screen: driven without a terminal, and once in a real one."""

import asyncio
import os
import shutil
import subprocess
import sys
import time

import pytest

from minigrad.learn.app import Watch
from minigrad.learn.folder import Folder
from minigrad.learn.sandbox import Sandbox
from minigrad.learn.session import Session
from tests.learn.learner import Learner


@pytest.fixture
def learner(tmp_path):
    return Learner(tmp_path / "course", only=[3, 4])


def driven(learner, drive, predicted=True):
    """Run the screen, and what drives it; the folder afterwards."""
    folder = Folder(learner.path)
    if predicted:
        folder.state.predictions |= {"3": "3", "4": "6"}

    async def play():
        with Sandbox(folder.course) as sandbox:
            app = Watch(Session(folder, sandbox, warm=True))
            async with app.run_test() as pilot:
                await drive(app, pilot)

    asyncio.run(play())
    return folder


async def shows(app, pilot, words, seconds=20.0):
    """Wait until the screen says something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await pilot.pause(0.05)
        if words in said(app):
            return
    raise AssertionError(f"{words!r} is not in {said(app)!r}")


def said(app):
    return "\n".join(str(app.query_one(name).render()) for name in ("#head", "#body"))


def test_it_asks_before_the_code_and_compares_after_it(learner):
    async def drive(app, pilot):
        await shows(app, pilot, "Before you begin")
        await pilot.press(*"42", "enter")
        await shows(app, pilot, "○ leaf: hole 1")
        learner.solve(3)
        for _ in range(3):
            await pilot.press("r")
            await shows(app, pilot, "✔ leaf\n")
            await shows(app, pilot, "n: the next")
            await pilot.press("n")
        await shows(app, pilot, "4. Walk it back")

    folder = driven(learner, drive, predicted=False)
    assert folder.state.predictions["3"] == "42"
    assert set(folder.state.passed["3"]) == {hole.name for hole in folder.course.chapter(3).holes}
    assert folder.state.current == 4


def test_it_follows_the_file_and_stays_after_a_pass(learner):
    async def drive(app, pilot):
        await shows(app, pilot, "○ leaf: hole 1")
        await pilot.pause(0.5)  # the watcher has begun
        learner.solve(3, "leaf")
        await shows(app, pilot, "n: the next hole")
        assert "hole 1: leaf" in said(app), "the hole that passed is still on show"
        learner.fill(4, "multiply_rule", "return 1")
        await pilot.pause(0.5)
        assert "n: the next hole" in said(app), "other chapters are not followed"
        await pilot.press("n")
        await shows(app, pilot, "○ record: hole 2")

    driven(learner, drive)


def test_next_waits_for_a_pass(learner):
    async def drive(app, pilot):
        await shows(app, pilot, "○ leaf: hole 1")
        await pilot.press("n")
        await pilot.pause(0.1)
        assert "hole 1: leaf" in said(app)

    driven(learner, drive)


def test_hints_the_last_one_when_asked_twice(learner):
    async def drive(app, pilot):
        await shows(app, pilot, "○ leaf: hole 1")
        for number in (1, 2):
            await pilot.press("h")
            await shows(app, pilot, f"hint {number} of 3")
        await pilot.press("h")
        await shows(app, pilot, "nearly the code")
        await pilot.press("n", "enter")
        await pilot.press("h")
        await shows(app, pilot, "nearly the code")
        await pilot.press("y", "enter")
        await shows(app, pilot, "hint 3 of 3")

    assert driven(learner, drive).state.hints["3"]["leaf"] == 3


def test_the_list_and_the_diff(learner):
    async def drive(app, pilot):
        await shows(app, pilot, "○ leaf: hole 1")
        await pilot.press("d")
        await shows(app, pilot, "nothing was changed yet")
        await pilot.press("l")
        await shows(app, pilot, "Walk it back")

    driven(learner, drive)


def test_a_file_that_cannot_be_read_ends_nothing(learner):
    async def drive(app, pilot):
        await shows(app, pilot, "○ leaf: hole 1")
        path = learner.exercise(3)
        path.write_bytes(b"# \xfc")
        await pilot.press("r")
        await shows(app, pilot, "save it as UTF-8")
        path.unlink()
        await pilot.press("d")
        await shows(app, pilot, "is missing")
        learner.run("reset", "3")
        await pilot.press("r")
        await shows(app, pilot, "○ leaf: hole 1")

    driven(learner, drive)


def test_a_question_stays_until_it_is_answered(learner):
    async def drive(app, pilot):
        await shows(app, pilot, "Before you begin")
        await pilot.pause(0.5)  # the watcher has begun
        learner.solve(3, "leaf")
        await pilot.pause(1.5)
        assert "Before you begin" in said(app)
        await pilot.press("3", "enter")
        await shows(app, pilot, "✔ leaf")

    driven(learner, drive, predicted=False)


def test_a_save_gives_up_the_check_that_runs(learner):
    learner.fill(3, "leaf", "while True:", "    pass")
    ended = []

    async def drive(app, pilot):
        sandbox = app.session.sandbox
        while sandbox._busy is None:
            await pilot.pause(0.05)
        first = sandbox._busy
        learner.exercise(3).write_text(learner.course.chapter(3).stub, "utf-8")
        await pilot.press("r")
        await shows(app, pilot, "○ leaf: hole 1")
        ended.append(first.poll())

    driven(learner, drive)
    assert ended[0] not in (None, 0), "the first was ended, and did not answer"


def test_leaving_does_not_wait_for_a_check(learner):
    learner.fill(3, "leaf", "while True:", "    pass")
    folder = Folder(learner.path)
    folder.state.predictions["3"] = "3"

    async def play():
        with Sandbox(folder.course) as sandbox:
            async with Watch(Session(folder, sandbox, warm=True)).run_test() as pilot:
                while sandbox._busy is None:
                    await pilot.pause(0.05)
                await pilot.press("q")
            return sandbox._busy.poll(), sandbox._closed

    code, closed = asyncio.run(play())
    assert closed
    assert code != 0, "it was ended, and did not answer"


needs_tmux = pytest.mark.skipif(
    shutil.which("tmux") is None and "MINIGRAD_CI" not in os.environ, reason="there is no tmux"
)


class Terminal:
    """A terminal of tmux's."""

    def __init__(self, name, folder):
        self.name = f"{name}-{os.getpid()}"
        command = f"{sys.executable} -m minigrad learn watch"
        self.tmux("new-session", "-d", "-s", self.name, "-x", "100", "-y", "40", "-c", str(folder), command)

    def tmux(self, *arguments):
        done = subprocess.run(["tmux", *arguments], capture_output=True, text=True, timeout=20, check=True)
        return done.stdout

    def press(self, *keys):
        self.tmux("send-keys", "-t", self.name, *keys)

    def shows(self, words, seconds=40):
        deadline = time.monotonic() + seconds
        screen = ""
        while time.monotonic() < deadline:
            screen = self.tmux("capture-pane", "-p", "-t", self.name)
            if words in screen:
                return screen
            time.sleep(0.2)
        raise AssertionError(f"{words!r} is not on the screen:\n{screen}")

    def close(self):
        subprocess.run(["tmux", "kill-session", "-t", self.name], capture_output=True, timeout=20, check=False)


@needs_tmux
def test_a_walk_in_a_real_terminal(learner):
    """A wrong answer, a file that is no Python, an endless loop, a pass."""
    terminal = Terminal("walk", learner.path)
    try:
        terminal.shows("Before you begin")
        terminal.press("3", "Enter")
        terminal.shows("leaf: hole 1")
        time.sleep(1)
        learner.fill(3, "leaf", "i = tape.next_id", "tape.values[i] = np.asarray(value, 'float64')", "return i")
        screen = terminal.shows("yours")
        assert "asked" in screen
        assert "right" in screen
        learner.fill(3, "leaf", "return (")
        terminal.shows("line")
        terminal.shows("^")
        path = learner.exercise(3)
        path.write_text(learner.course.chapter(3).stub, "utf-8")
        learner.fill(3, "leaf", "while True:", "    pass")
        terminal.shows("does a loop never end?")
        learner.solve(3, "leaf")
        terminal.shows("n: the next hole")
        terminal.press("n")
        terminal.shows("record: hole 2")
        terminal.press("q")
    finally:
        terminal.close()
