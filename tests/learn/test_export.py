"""Chapters as notebooks: all that they need is defined in order, solved ones pass, graders find their marks."""

import __future__

import json

import pytest

from minigrad.command.cli import main
from minigrad.learn.exporting import cells, notebook
from minigrad.tutorials.course import read_course

COURSE = read_course()
each_chapter = pytest.mark.parametrize("chapter", COURSE.chapters, ids=lambda chapter: chapter.name)


def run_code(made, capsys):
    """What the cells of a notebook print when they are run one after the other."""
    namespace = {"__name__": "__main__"}
    for cell in made:
        if cell.kind == "":
            exec(compile(cell.text, "cell", "exec", __future__.annotations.compiler_flag, dont_inherit=True), namespace)
    return capsys.readouterr().out


@each_chapter
def test_a_solved_notebook_passes(chapter, capsys):
    said = run_code(cells(chapter, "otter"), capsys)
    assert said.count("✔") == len(chapter.holes)


def test_an_open_notebook_says_what_is_open(capsys):
    namespace = {"__name__": "__main__"}
    for cell in cells(COURSE.chapter(4)):
        if cell.kind == "" and "picture" not in cell.text:
            exec(compile(cell.text, "cell", "exec", __future__.annotations.compiler_flag, dont_inherit=True), namespace)
    said = capsys.readouterr().out
    assert "hole 1: multiply_rule" in said
    assert "hole 4: backward" in said


@each_chapter
def test_a_notebook_is_one(chapter):
    nbformat = pytest.importorskip("nbformat")
    for grader in (None, "otter", "nbgrader"):
        made = nbformat.reads(notebook(chapter, grader), as_version=4)
        nbformat.validate(made)
        assert notebook(chapter, grader) == notebook(chapter, grader)
        text = "\n".join(cell.source for cell in made.cells)
        assert text.count("BEGIN SOLUTION") >= (len({h.name.split(".")[0] for h in chapter.holes}) if grader else 0)
        assert ("raise Todo" in text) == (grader is None)


def test_nbgrader_knows_the_cells():
    made = json.loads(notebook(COURSE.chapter(4), "nbgrader"))
    marks = [cell["metadata"]["nbgrader"] for cell in made["cells"] if "nbgrader" in cell["metadata"]]
    assert sum(mark.get("points", 0) for mark in marks) == 4
    assert len({mark["grade_id"] for mark in marks}) == len(marks)
    assert all(mark["solution"] != mark["grade"] or not mark["grade"] for mark in marks)


def test_otter_finds_its_questions():
    made = json.loads(notebook(COURSE.chapter(8), "otter"))
    raw = ["".join(cell["source"]) for cell in made["cells"] if cell["cell_type"] == "raw"]
    assert raw[0].startswith("# ASSIGNMENT CONFIG")
    order = [text.splitlines()[0] for text in raw[1:]]
    begins, ends = order.count("# BEGIN QUESTION"), order.count("# END QUESTION")
    assert begins == ends == order.count("# BEGIN TESTS") > 0


def test_the_command_writes_a_notebook(tmp_path, capsys):
    path = tmp_path / "walk.ipynb"
    assert main(["learn", "export", "4", "--out", str(path)]) == 0
    assert json.loads(path.read_text("utf-8"))["nbformat"] == 4


def test_a_notebook_is_for_one_grader(tmp_path, capsys):
    assert main(["learn", "export", "4", "--otter", "--nbgrader", "--out", str(tmp_path / "a.ipynb")]) == 2
    assert "one grader" in capsys.readouterr().err
