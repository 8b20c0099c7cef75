"""What the runner says, in lines of the terminal's width."""

from itertools import pairwise

import pytest

from minigrad.learn.sandbox import Sandbox
from minigrad.learn.show import after, wrapped
from minigrad.tutorials.course import read_course
from tests.learn.learner import Learner

WORDS = "a few words and one/very/long/path-that-must/stay/whole then some more of them"


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_lines_are_as_long_as_they_may_be(columns):
    text = "\n".join([WORDS, "", f"- {WORDS}", f"10. {WORDS}"])
    lines = wrapped(text, columns).split("\n")
    assert " ".join(lines).split() == text.split()
    for line, following in pairwise(lines):
        assert len(line) <= columns or len(line.split()) == 1
        if following.strip() and not following.startswith(("-", "10.")):
            assert len(line) + 1 + len(following.split()[0]) > columns, line


def test_an_item_hangs_below_its_first_word():
    assert wrapped("- one two three\n10. one two", 9).split("\n") == ["- one two", "  three", "10. one", "    two"]


def test_code_and_tables_keep_their_lines():
    code = "    a = [1, 2, 3, 4, 5, 6, 7, 8]\n```python\nprint('one two three four five')\n```\n| a | table of words |"
    assert wrapped(code, 12) == code


def test_the_terminal_gives_the_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    assert max(map(len, wrapped(WORDS.replace("/", " ")).split("\n"))) <= 30


@pytest.fixture
def learner(tmp_path):
    return Learner(tmp_path / "course", only=[3])


def test_the_end_of_a_chapter_has_no_line_that_the_terminal_need_not_break(learner):
    """A screen breaks lines itself, where its width asks for it: none of the page's own breaks is left."""
    learner.solve(3)
    with Sandbox(read_course()) as sandbox:
        session = learner.session(sandbox)
        session.check()
        said = after(session)
    prose = [line for part in said.split("```")[::2] for line in part.split("\n")]
    assert max(map(len, prose)) > 120
    assert "`minigrad/engine/record.py`) has these" in said


@pytest.mark.parametrize("columns", [60, 120])
def test_the_commands_break_lines_at_the_width(learner, capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    learner.run("check", "3")
    asked = capsys.readouterr().out.split("\n\n")[0]
    assert asked.startswith("Before you begin")
    learner.run("hint", "3")
    hint = capsys.readouterr().out
    learner.solve(3)
    assert learner.run("check", "3") == 0
    end = capsys.readouterr().out.split("A question without a test\n")[1].split("\n\n")[0]
    for words in (asked, hint, end):
        assert max(map(len, words.split("\n"))) <= columns
    assert len(end.split("\n")) == len(wrapped(" ".join(end.split()), columns).split("\n"))
    assert (max(map(len, end.split("\n"))) > 80) == (columns == 120)
