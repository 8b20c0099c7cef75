"""The exercises can be solved, one hole after the other, and an open hole fails for the right reason."""

import ast
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from minigrad.tutorials import exercises, solution_of

EXERCISES = exercises()
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda folder: folder.name)


def run_pytest(folder, tmp_path, solution=False):
    """The outcome of each test below ``folder``: ``{(stage, test): failure message or None}``."""
    report = tmp_path / "report.xml"
    options = [f"--junitxml={report}", "--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(folder), *options],
        cwd=EXERCISES[0].parent.parent,
        env={**os.environ, "MINIGRAD_SOLUTION": str(int(solution)), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert report.exists(), done.stdout + done.stderr
    outcome = {}
    for case in ElementTree.parse(report).iter("testcase"):
        assert case.find("error") is None, ElementTree.tostring(case, "unicode")
        assert case.find("skipped") is None
        stage = case.get("classname").split(".")[-2]
        failure = case.find("failure")
        outcome[stage, case.get("name")] = None if failure is None else failure.get("message")
    assert outcome
    return outcome


def hole_of(test):
    return int(re.match(r"test_(\d+)_", test).group(1))


def holes(exercise):
    """``{number: source of the function}`` for each function of the exercise that raises ``Todo``."""
    source = (exercise / "exercise.py").read_text("utf-8")
    found = {}
    for function in ast.parse(source).body:
        text = ast.get_source_segment(source, function)
        if isinstance(function, ast.FunctionDef) and "raise Todo(" in text:
            found[int(re.search(r'Todo\("hole (\d+): ', text).group(1))] = text
    return found


def test_there_are_exercises():
    assert [folder.name[:2] for folder in EXERCISES] == [f"{n:02}" for n in range(1, len(EXERCISES) + 1)]
    assert len(EXERCISES) >= 3


@each_exercise
def test_files(exercise):
    names = {path.name for path in exercise.iterdir() if not path.name.startswith(("__", "."))}
    assert names == {"README.md", "exercise.py", "test_exercise.py", "hints.md"}
    assert solution_of(exercise).is_file()
    numbers = list(holes(exercise))
    assert numbers == list(range(1, len(numbers) + 1))
    hints = (exercise / "hints.md").read_text("utf-8")
    listed = (exercise / "README.md").read_text("utf-8").split("## The holes")[1]
    for number, text in holes(exercise).items():
        name = text.split("(")[0].removeprefix("def ")
        assert f"## Hole {number}: `{name}`" in hints
        assert f"{number}. `{name}`" in listed


@each_exercise
def test_the_solution_passes(exercise, tmp_path):
    assert set(run_pytest(exercise, tmp_path, solution=True).values()) == {None}


@each_exercise
def test_what_was_given_is_in_the_solution_too(exercise):
    """Outside its holes the exercise is the solution, up to the docstrings."""

    def given(path):
        body = ast.parse(path.read_text("utf-8")).body[1:]
        return [ast.unparse(node) for node in body if getattr(node, "name", None) not in names]

    names = {text.split("(")[0].removeprefix("def ") for text in holes(exercise).values()}
    todo = "from minigrad.tutorials import Todo"
    assert [text for text in given(exercise / "exercise.py") if text != todo] == given(solution_of(exercise))


@each_exercise
def test_open_holes_fail_with_todo_and_filled_ones_pass(exercise, tmp_path):
    """With the first n holes filled, the tests of these pass, and all others fail with ``Todo``."""
    sources = holes(exercise)
    solved = solution_of(exercise).read_text("utf-8")
    for filled in range(len(sources) + 1):
        stage = tmp_path / f"filled_{filled}"
        stage.mkdir()
        open_holes = [text for number, text in sources.items() if number > filled]
        parts = [solved.split("\nif __name__")[0], "from minigrad.tutorials import Todo", *open_holes]
        text = "\n\n\n".join(parts) if filled else (exercise / "exercise.py").read_text("utf-8")
        (stage / "exercise.py").write_text(text, "utf-8")
        (stage / "test_exercise.py").write_text((exercise / "test_exercise.py").read_text("utf-8"), "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", "utf-8")
    outcome = run_pytest(tmp_path, tmp_path)
    for (stage, test), failure in outcome.items():
        if hole_of(test) <= int(stage.removeprefix("filled_")):
            assert failure is None, (stage, test)
        else:
            assert failure is not None, (stage, test)
            assert failure.startswith("minigrad.tutorials.holes.Todo: hole"), (stage, test, failure)
    untouched = {message.split(":")[1] for (stage, _), message in outcome.items() if stage == "filled_0"}
    assert untouched == {f" hole {number}" for number in sources}, "each hole needs a test that reaches it first"
    assert {stage for stage, _ in outcome} == {f"filled_{filled}" for filled in range(len(sources) + 1)}


def test_the_table_of_exercise_3():
    script = next(solution_of(folder) for folder in EXERCISES if folder.name == "03_cut")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    title, _, *rows = (line.split() for line in done.stdout.splitlines())
    assert all(mean == predicted for _, _, mean, predicted in rows), "the mean over offsets is what the kernel predicts"
    assert rows[-1][1] == title[-1], "k = T is full BPTT"
