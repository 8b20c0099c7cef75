"""Grades: holes for themselves, original checks, the formats of graders."""

import csv
import json
import zipfile
from xml.etree import ElementTree

import pytest

from minigrad.command.cli import main
from tests.learn.learner import Learner

NAMES = ["multiply_rule", "tanh_rule", "accumulate", "backward"]


@pytest.fixture
def handed_in(tmp_path):
    """A class of four: all right, one hole wrong, a zip with nothing done, and a file that is no Python."""
    place = tmp_path / "submissions"
    ada = Learner(place / "ada", only=[4])
    ada.solve(4)
    (ada.path / "04_backward" / "test_backward.py").write_text("def test_nothing(): pass\n")
    bob = Learner(place / "bob", only=[4])
    bob.solve(4)
    bob.fill(4, "accumulate", "cotangents[i] = contribution")
    with zipfile.ZipFile(place / "=eve.zip", "w") as archive:
        archive.writestr("eve/04_backward/exercise.py", ada.course.chapter(4).stub)
    (place / "mallory" / "work" / "04_backward").mkdir(parents=True)
    (place / "mallory" / "work" / "04_backward" / "exercise.py").write_text("def backward(:\n")
    return place


def test_grades_of_a_class(handed_in, tmp_path, capsys):
    out, junit, pages = tmp_path / "grades.csv", tmp_path / "grades.xml", tmp_path / "pages"
    arguments = ["--chapters", "4", "--out", str(out), "--junit", str(junit), "--pages", str(pages)]
    assert main(["learn", "grade", str(handed_in), *arguments]) == 0
    rows = {row["student"]: row for row in csv.DictReader(out.read_text("utf-8").splitlines())}
    assert {name: row["points"] for name, row in rows.items()} == {"ada": "4", "bob": "3", "'=eve": "0", "mallory": "0"}
    assert [name for name in NAMES if rows["bob"][f"04.{name}"] == "0"] == ["accumulate"], "the walk itself is right"
    suites = {suite.get("name"): suite for suite in ElementTree.parse(junit).getroot()}
    assert {name: suite.get("failures") for name, suite in suites.items()} == {
        "ada": "0",
        "bob": "1",
        "=eve": "4",
        "mallory": "4",
    }
    assert "yours" in suites["bob"].find("testcase/failure").text
    assert "line 1" in (pages / "mallory.html").read_text("utf-8")
    assert "4 of 4 points" in (pages / "ada.html").read_text("utf-8")


def test_one_submission_for_gradescope(handed_in, tmp_path, capsys):
    out = tmp_path / "results.json"
    arguments = ["learn", "grade", str(handed_in / "bob"), "--chapters", "4", "--gradescope", str(out), "--strict"]
    assert main(arguments) == 1
    found = json.loads(out.read_text("utf-8"))
    assert found["score"] == 3
    assert [test["status"] for test in found["tests"]] == ["passed", "passed", "failed", "passed"]
    assert main(["learn", "grade", str(handed_in / "ada"), "--chapters", "4", "--strict"]) == 0
    assert main(["learn", "grade", str(handed_in), "--chapters", "4", "--gradescope", str(out)]) == 2
    assert "takes one submission" in capsys.readouterr().err


def test_points_of_the_lecturers(handed_in, tmp_path, capsys):
    points = tmp_path / "points.toml"
    points.write_text("[04_backward]\nbackward = 5\ntanh_rule = 0.5\n")
    assert main(["learn", "grade", str(handed_in / "bob"), "--chapters", "4", "--points", str(points)]) == 0
    assert "bob: 6.5 of 7.5" in capsys.readouterr().out
    points.write_text("[04_backward]\nforward = 5\n")
    assert main(["learn", "grade", str(handed_in / "bob"), "--chapters", "4", "--points", str(points)]) == 2
    assert "forward = 5" in capsys.readouterr().err


def test_a_check_that_ends_python_costs_its_own_hole_only(handed_in, capsys):
    bob = handed_in / "bob" / "04_backward" / "exercise.py"
    bob.write_text(bob.read_text("utf-8").replace("cotangents[i] = contribution", "import os; os._exit(0)"), "utf-8")
    assert main(["learn", "grade", str(handed_in / "bob"), "--chapters", "4"]) == 0
    assert "bob: 3 of 4" in capsys.readouterr().out


def test_a_folder_without_submissions_is_refused(tmp_path, capsys):
    assert main(["learn", "grade", str(tmp_path)]) == 2
    assert "has no submissions" in capsys.readouterr().err
