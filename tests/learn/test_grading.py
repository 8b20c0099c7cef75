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


def rows_of(place, tmp_path, *arguments):
    """The lines of the table, by student, and the pages."""
    out, pages = tmp_path / "grades.csv", tmp_path / "pages"
    wanted = ["--chapters", "4", "--out", str(out), "--pages", str(pages), *arguments]
    assert main(["learn", "grade", str(place), *wanted]) == 0
    rows = {row["student"]: row["points"] for row in csv.DictReader(out.read_text("utf-8").splitlines())}
    return rows, {page.stem: page.read_text("utf-8") for page in pages.iterdir()}


def test_what_cannot_be_read_costs_its_own_student_only(handed_in, tmp_path, capsys):
    (handed_in / "junk.zip").write_bytes(b"no zip")
    with zipfile.ZipFile(handed_in / "large.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("04_backward/exercise.py", "#" * (2 << 20))
    with zipfile.ZipFile(handed_in / "damaged.zip", "w") as archive:
        archive.writestr("04_backward/exercise.py", "def backward(): pass")
    damaged = handed_in / "damaged.zip"
    damaged.write_bytes(damaged.read_bytes().replace(b"pass", b"fail"))
    (handed_in / "big" / "04_backward").mkdir(parents=True)
    (handed_in / "big" / "04_backward" / "exercise.py").write_text("#" * (2 << 20))
    rows, pages = rows_of(handed_in, tmp_path)
    assert rows["ada"] == "4"
    assert [rows[name] for name in ("junk", "large", "damaged", "big")] == ["0"] * 4
    assert "junk.zip cannot be read" in pages["junk"]
    assert "damaged.zip cannot be read" in pages["damaged"]
    assert "larger than 1 MiB" in pages["large"]
    assert "larger than 1 MiB" in pages["big"]


def test_a_link_is_not_followed(handed_in, tmp_path, capsys):
    (handed_in / "thief" / "04_backward").mkdir(parents=True)
    (handed_in / "thief" / "04_backward" / "exercise.py").symlink_to(handed_in / "ada" / "04_backward" / "exercise.py")
    (handed_in / "robber").mkdir()
    (handed_in / "robber" / "04_backward").symlink_to(handed_in / "ada" / "04_backward")
    rows, pages = rows_of(handed_in, tmp_path)
    assert (rows["thief"], rows["robber"]) == ("0", "0")
    assert "links are not followed" in pages["thief"]


def test_what_is_hidden_is_no_student_and_no_exercise(handed_in, tmp_path, capsys):
    for name in (".git", "__MACOSX"):
        (handed_in / name).mkdir()
    old = handed_in / "ada" / ".ipynb_checkpoints" / "04_backward"
    old.mkdir(parents=True)
    (old / "exercise.py").write_text("")
    copy = handed_in / "ada" / "0_old" / "04_backward"
    copy.mkdir(parents=True)
    (copy / "exercise.py").write_text("")
    rows, _ = rows_of(handed_in, tmp_path)
    assert set(rows) == {"ada", "bob", "'=eve", "mallory"}
    assert rows["ada"] == "4", "of several, the one that lies least deep counts"


def test_a_zip_in_a_students_folder_is_read(handed_in, tmp_path, capsys):
    place = handed_in / "grace_1815_assignsubmission_file_"
    place.mkdir()
    with zipfile.ZipFile(place / "Work.ZIP", "w") as archive:
        archive.write(handed_in / "ada" / "04_backward" / "exercise.py", "my course\\04_backward\\exercise.py")
    rows, _ = rows_of(handed_in, tmp_path)
    assert rows[place.name] == "4"


def test_two_submissions_of_one_name_are_refused(handed_in, capsys):
    with zipfile.ZipFile(handed_in / "ada.zip", "w") as archive:
        archive.writestr("04_backward/exercise.py", "")
    assert main(["learn", "grade", str(handed_in), "--chapters", "4"]) == 2
    assert "two submissions are of 'ada'" in capsys.readouterr().err


def test_a_name_that_is_no_text_can_be_written(handed_in, tmp_path, capsys):
    (handed_in / "bob").rename(handed_in / "b\x1b[2J\udcff")
    rows, pages = rows_of(handed_in, tmp_path)
    assert rows["b�[2J�"] == "3"
    assert "b�[2J�" in pages
    assert "\x1b" not in capsys.readouterr().out


def test_a_folder_with_a_dot_or_none_is_a_student(handed_in, monkeypatch, capsys):
    (handed_in / "bob").rename(handed_in / "bob.b.smith")
    monkeypatch.chdir(handed_in / "bob.b.smith")
    assert main(["learn", "grade", ".", "--chapters", "4"]) == 0
    assert capsys.readouterr().out.startswith("bob.b.smith: 3")


def test_what_cannot_be_written_is_said_before_the_grading(handed_in, tmp_path, capsys):
    out = tmp_path / "nowhere" / "grades.csv"
    assert main(["learn", "grade", str(handed_in), "--chapters", "4", "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert "cannot be written" in said.err
    assert said.out == ""


@pytest.mark.parametrize("points", ["nan", "-1", "inf", "true", "'2'"])
def test_points_are_numbers_from_zero(handed_in, tmp_path, capsys, points):
    file = tmp_path / "points.toml"
    file.write_text(f"[04_backward]\nbackward = {points}\n")
    assert main(["learn", "grade", str(handed_in), "--chapters", "4", "--points", str(file)]) == 2
    assert "0 or more" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--seed", "-1", "is no seed"), ("--chapters", "4-3", "lower number"), ("--chapters", "1-99999999", "no range")],
)
def test_numbers_that_are_none_are_refused(handed_in, capsys, option, value, said):
    assert main(["learn", "grade", str(handed_in), f"{option}={value}"]) == 2
    assert said in capsys.readouterr().err
