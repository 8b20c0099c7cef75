"""Chapters as notebooks: all that they need is defined in order, solved ones pass, graders find their marks."""

import __future__

import json

import pytest

from minigrad.command.cli import main
from minigrad.learn.exporting import cells, notebook
from minigrad.tutorials.course import read_course
from minigrad.tutorials.sources import body_of, functions, rewritten

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
@pytest.mark.parametrize("grader", ["otter", "nbgrader"])
def test_a_solved_master_passes_without_a_word(chapter, grader, capsys):
    """otter compares what a check prints with the output that the master's cell has, which is none."""
    assert run_code(cells(chapter, grader), capsys) == ""


def test_a_solved_notebook_of_a_learner_passes_in_words(capsys):
    chapter = COURSE.chapter(6)
    solved = [
        each._replace(
            text=rewritten(each.text, {name: body_of(chapter.solution, name) for name in holes_in(chapter, each)})
        )
        for each in cells(chapter)
        if each.kind == ""
    ]
    assert run_code(solved, capsys).split("\n")[:-1] == [f"✔ {hole.name}" for hole in chapter.holes]


def holes_in(chapter, cell):
    """The names of the holes that a cell defines."""
    return [hole.name for hole in chapter.holes if cell.kind == "" and hole.name in functions(cell.text)]


def without_solutions(cell, grader):
    """The lines that the grader gives to students, by its rules."""
    begin, end = {"otter": ("# BEGIN SOLUTION NO PROMPT", "# END SOLUTION")}.get(
        grader, ("### BEGIN SOLUTION", "### END SOLUTION")
    )
    kept, inside = [], False
    for line in cell.text.split("\n"):
        if line.strip() == begin:
            assert not inside, "a solution begins in a solution"
            inside = True
            if grader == "nbgrader":
                kept.append(f"{line[: line.index('#')]}raise NotImplementedError()")
        elif line.strip() == end:
            assert inside, "a solution ends that did not begin"
            inside = False
        elif not inside and not line.endswith(("# BEGIN PROMPT", "# END PROMPT")):
            kept.append(line)
    assert not inside, "a solution that begins must end in the same cell"
    return kept


@each_chapter
@pytest.mark.parametrize("grader", ["otter", "nbgrader"])
def test_a_grader_finds_each_solution_whole(chapter, grader):
    found = []
    for cell in cells(chapter, grader):
        names = holes_in(chapter, cell)
        if not names:
            assert "SOLUTION" not in cell.text or cell.kind == "raw"
            continue
        student = "\n".join(without_solutions(cell, grader))
        found += names
        for name in names:
            todo = body_of(chapter.stub, name) if grader == "otter" else ["raise NotImplementedError()"]
            assert body_of(student, name) == todo
            solution = body_of(chapter.solution, name)
            assert body_of(cell.text, name)[1 : 1 + len(solution)] == solution
    assert sorted(found) == sorted(hole.name for hole in chapter.holes)


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
        assert text.count("raise Todo") == (0 if grader == "nbgrader" else len(chapter.holes))


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
