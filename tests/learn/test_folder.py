"""A learner's folder: made once, brought up to date, never overwritten."""

import json

import pytest

from minigrad.command.cli import main
from minigrad.learn.folder import Folder, init
from minigrad.learn.state import NAME, LearnError, State
from tests.learn.learner import Learner


def test_init_makes_the_exercises(tmp_path, capsys):
    assert main(["learn", "init", str(tmp_path / "my-course"), "--only", "3-4"]) == 0
    assert "minigrad learn watch" in capsys.readouterr().out
    there = sorted(
        path.relative_to(tmp_path / "my-course").as_posix() for path in (tmp_path / "my-course").rglob("*.*")
    )
    assert "03_tape/exercise.py" in there
    assert "04_backward/test_backward.py" in there
    assert "mine/engine.py" in there
    assert not [name for name in there if "solution" in name or "wrong" in name or "hints" in name]
    assert "raise Todo" in (tmp_path / "my-course/04_backward/exercise.py").read_text("utf-8")


def test_init_overwrites_nothing(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("mine")
    assert main(["learn", "init", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_interrupted_init_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(Folder, "write_engine", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        init(tmp_path / "courses" / "mine", only=[3])
    assert list((tmp_path / "courses").iterdir()) == []


def test_init_in_an_empty_folder_leaves_it_in_its_place(tmp_path):
    before = tmp_path.stat().st_ino
    folder = init(tmp_path, only=[3])
    assert folder.path.stat().st_ino == before
    assert (tmp_path / "03_tape" / "exercise.py").is_file()
    assert folder.update() == {"new": [], "updated": [], "kept": []}


def test_what_is_remembered_can_be_made_anew(tmp_path):
    learner = Learner(tmp_path / "course", only=[3])
    learner.solve(3, "leaf")
    mine = learner.exercise(3).read_text("utf-8")
    (learner.path / NAME).write_text("{")
    with pytest.raises(LearnError, match=r"delete it, and `minigrad learn init \."):
        Folder(learner.path)
    (learner.path / NAME).unlink()
    init(learner.path, only=[3])
    assert learner.exercise(3).read_text("utf-8") == mine
    assert Folder(learner.path).state.only == [3]


@pytest.mark.parametrize("below", ["", "course"])
def test_a_file_is_no_folder(tmp_path, capsys, below):
    (tmp_path / "notes").write_text("mine")
    assert main(["learn", "init", str(tmp_path / "notes" / below)]) == 2
    assert "is a file" in capsys.readouterr().err


def test_a_folder_is_found_from_inside_it_and_missed_elsewhere(tmp_path):
    learner = Learner(tmp_path / "course", only=[3])
    assert Folder(learner.path / "03_tape").path == learner.path
    with pytest.raises(LearnError, match="minigrad learn init"):
        Folder(tmp_path)


def test_update_brings_files_and_leaves_what_was_changed(tmp_path, capsys):
    learner = Learner(tmp_path / "course", only=[3, 4])
    learner.solve(3, "leaf")
    mine = learner.exercise(3).read_text("utf-8")
    old = learner.path / "04_backward" / "README.md"
    old.write_text("of an earlier version")
    state = State.read(learner.path / NAME)
    from minigrad.learn.state import digest

    state.shipped["04_backward/README.md"] = digest(old.read_bytes())
    state.write(learner.path / NAME)
    (learner.path / "03_tape" / "README.md").unlink()
    assert learner.run("update") == 0
    said = capsys.readouterr().out
    assert "updated  04_backward/README.md" in said
    assert "new      03_tape/README.md" in said
    assert "kept     03_tape/exercise.py" in said
    assert learner.exercise(3).read_text("utf-8") == mine
    assert old.read_text("utf-8").startswith("#")


def test_reset_keeps_what_was_there(tmp_path, capsys):
    learner = Learner(tmp_path / "course", only=[3])
    learner.solve(3)
    mine = learner.exercise(3).read_text("utf-8")
    assert learner.run("reset", "3") == 0
    assert learner.exercise(3).read_text("utf-8") == learner.course.chapter(3).stub
    assert (learner.path / "03_tape" / "exercise.1.bak").read_text("utf-8") == mine
    learner.solve(3)
    assert learner.run("reset", "3") == 0
    assert (learner.path / "03_tape" / "exercise.2.bak").exists()
    learner.exercise(3).unlink()
    assert learner.run("check", "3") == 2
    assert "minigrad learn reset 3" in capsys.readouterr().err
    assert learner.run("reset", "3") == 0


def test_diff_shows_what_was_changed(tmp_path, capsys):
    learner = Learner(tmp_path / "course", only=[3])
    learner.run("diff", "3")
    assert capsys.readouterr().out == ""
    learner.fill(3, "leaf", "return 7")
    learner.run("diff", "3")
    assert "+    return 7" in capsys.readouterr().out


def test_a_damaged_state_is_named(tmp_path, capsys):
    learner = Learner(tmp_path / "course", only=[3])
    (learner.path / NAME).write_text("{")
    assert learner.run("list") == 2
    assert NAME in capsys.readouterr().err


def test_an_engine_changed_by_hand_is_kept(tmp_path):
    learner = Learner(tmp_path / "course", only=[4])
    engine = learner.path / "mine" / "engine.py"
    engine.write_text("by hand")
    Folder(learner.path).write_engine()
    assert engine.read_text("utf-8") != "by hand"
    assert (learner.path / "mine" / "engine.1.bak").read_text("utf-8") == "by hand"


def test_chapters_that_are_not_there_are_refused(tmp_path, capsys):
    assert main(["learn", "init", str(tmp_path / "a"), "--only", "99"]) == 2
    said = capsys.readouterr().err
    assert "no chapter 99" in said
    assert "(at " not in said, "no line of a program is of use to a learner"
    assert not (tmp_path / "a").exists()
    learner = Learner(tmp_path / "b", only=[3])
    assert learner.run("check", "4") == 2
    assert "not part of this folder" in capsys.readouterr().err


def test_the_state_is_json_that_a_person_can_read(tmp_path):
    folder = init(tmp_path / "c", seed=7, only=[3], solutions=False)
    written = json.loads((folder.path / NAME).read_text("utf-8"))
    assert (written["seed"], written["only"], written["solutions"], written["current"]) == (7, [3], False, 3)


@pytest.mark.parametrize("editor", ['"unclosed', "no-such-editor"])
def test_an_editor_that_cannot_be_run_is_named(tmp_path, monkeypatch, capsys, editor):
    learner = Learner(tmp_path / "course", only=[3])
    monkeypatch.setenv("VISUAL", editor)
    assert learner.run("open", "3") == 2
    assert "VISUAL or EDITOR" in capsys.readouterr().err
