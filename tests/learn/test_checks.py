"""What the runner says of exercises: solved, open, wrong, unreadable, endless."""

import json
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from minigrad.learn.folder import Folder
from minigrad.learn.sandbox import Sandbox
from minigrad.learn.session import Session
from minigrad.learn.show import told
from minigrad.learn.state import LearnError
from tests.learn.learner import Learner

SECONDS = 1.5


@pytest.fixture(scope="module")
def sandbox():
    from minigrad.tutorials.course import read_course

    with Sandbox(read_course(), seconds=SECONDS) as one:
        yield one


@pytest.fixture
def learner(tmp_path):
    return Learner(tmp_path / "course", only=[3, 4, 5])


def test_check_from_open_to_solved(learner, capsys):
    assert learner.run("check", "4") == 1
    assert "○ multiply_rule: hole 1" in capsys.readouterr().out
    learner.solve(4, "multiply_rule")
    assert learner.run("check", "4") == 1
    said = capsys.readouterr().out
    assert "✔ multiply_rule" in said
    assert "○ tanh_rule" in said
    learner.solve(4)
    assert learner.run("check", "4") == 0
    said = capsys.readouterr().out
    assert "What you now know" in said
    assert "minigrad/engine/walk.py" in said
    assert learner.run("list") == 0
    assert "✔✔✔✔" in capsys.readouterr().out


def test_check_asks_before_the_code_and_compares_after_it_once(learner, capsys, monkeypatch):
    asked = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda words: asked.append(words) or "forty-two")
    learner.run("check", "4")
    learner.run("check", "4")
    assert [words.startswith("Before you begin: A tape computes") for words in asked] == [True]
    learner.solve(4)
    capsys.readouterr()
    assert learner.run("check", "4") == 0
    said = capsys.readouterr().out
    assert "you expected  forty-two\nit is" in said
    assert "Next is 05_many_walks/README.md, then `minigrad learn check 5`." in said
    assert learner.run("check", "4") == 0
    said = capsys.readouterr().out
    assert "you expected" not in said
    assert "What you now know" not in said
    assert "Next is 05_many_walks" in said
    learner.solve(5)
    learner.run("check", "5")
    assert "end of the course" in capsys.readouterr().out


def test_an_error_in_the_engine_names_the_line_of_the_exercise_too(tmp_path, sandbox):
    learner = Learner(tmp_path / "course", only=[10])
    learner.solve(10, "mark")
    learner.fill(10, "rnn_step", "U, W, b = weights", "return tanh(x @ W + h @ U + b)")
    outcome = report(learner, sandbox, 10).outcome
    assert "U of shape (2, 3)" in outcome.asked
    assert re.search(r"\(exercise.py, line \d+: return tanh\(x @ W .*; engine.py, in record: out = ", outcome.yours)
    assert outcome.means == "U is for the input, and W for the state"


def test_a_mistake_that_fails_earlier_is_not_the_learners(tmp_path, sandbox):
    learner = Learner(tmp_path / "course", only=[9])
    learner.solve(9, "mse")
    body = [
        "log_p = logits - log(exp(logits).sum(axis=1, keepdims=True))",
        "return -(log_p * one_hot).sum() / len(one_hot)",
    ]
    learner.fill(9, "cross_entropy", *body)
    outcome = report(learner, sandbox, 9).outcome
    assert outcome.yours == "nan"  # so it is without keepdims, which fails before
    assert outcome.means.startswith("exp(800) is infinite")


def test_a_tuple_is_no_list(learner, sandbox):
    learner.fill(4, "multiply_rule", "return g * y, g * x")
    assert report(learner, sandbox).outcome.means == "without square brackets that is a tuple: a rule returns a list"


def test_the_question_is_printed_where_nothing_can_be_typed(learner, capsys):
    learner.run("check", "4")
    assert "Before you begin: A tape computes" in capsys.readouterr().out
    learner.solve(4, "multiply_rule")
    learner.run("check", "4")
    learner.run("check", "4")
    said = capsys.readouterr().out
    assert said.count("Before you begin") == 1  # a hole has passed then: it is too late


def test_check_in_json(learner, capsys):
    learner.fill(4, "multiply_rule", "return [g * x, g * y]")
    assert learner.run("check", "4", "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["chapter"], said["passed"], said["hole"], said["state"]) == (4, [], "multiply_rule", "wrong")
    assert said["asked"].startswith("multiply_rule(")
    assert said["yours"] != said["right"]
    assert said["means"]


def test_a_wrong_answer_has_four_lines(learner, capsys):
    learner.fill(4, "multiply_rule", "return [g * x, g * y]")
    learner.run("check", "4")
    lines = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert lines == ["asked", "yours", "right", "means"]


def report(learner, sandbox, number=4):
    session = Session(Folder(learner.path), sandbox)
    session.go_to(number)
    return session.check()


def test_no_return(learner, sandbox):
    learner.fill(4, "multiply_rule", "[g * y, g * x]")
    assert report(learner, sandbox).outcome.means == "did you forget `return`?"


def test_an_error_names_its_line(learner, sandbox):
    learner.fill(4, "multiply_rule", "return [g * yy, g * x]")
    outcome = report(learner, sandbox).outcome
    assert "NameError" in outcome.yours
    assert "return [g * yy, g * x]" in outcome.yours
    assert "exercise.py, line" in outcome.yours
    assert "Traceback" in told_full(learner, sandbox)


def test_a_known_error_is_told_in_whatever_line(learner, sandbox):
    learner.solve(5)
    learner.fill(
        5,
        "collect",
        "for name, each in tape.parameters.items():",
        "    found = cotangents[name]",
        "    each.grad = found if each.grad is None else each.grad + found",
    )
    outcome = report(learner, sandbox, 5).outcome
    assert "found = cotangents[name]" in outcome.yours
    assert "ask first whether its id is in `cotangents`" in outcome.means


def told_full(learner, sandbox):
    return told(report(learner, sandbox), full=True)


def test_a_syntax_error_shows_the_place(learner, sandbox):
    path = learner.exercise(4)
    path.write_text(path.read_text("utf-8").replace("def tanh_rule(", "def tanh_rule(("), "utf-8")
    words = report(learner, sandbox).outcome.words
    assert words.startswith("exercise.py, line ")
    assert words.splitlines()[-1].strip() == "^"
    assert len(words.splitlines()) == 3


def test_an_error_while_loading_names_its_line(learner, sandbox):
    path = learner.exercise(4)
    path.write_text(path.read_text("utf-8") + "\n\nundefined_name\n", "utf-8")
    words = report(learner, sandbox).outcome.words
    assert "cannot be loaded: NameError" in words
    assert "undefined_name" in words


def test_a_renamed_function_is_named(learner, sandbox):
    path = learner.exercise(4)
    path.write_text(path.read_text("utf-8").replace("def multiply_rule", "def times_rule"), "utf-8")
    path.write_text(path.read_text("utf-8").replace('"multiply": multiply_rule', '"multiply": times_rule'), "utf-8")
    assert "has no `multiply_rule`" in report(learner, sandbox).outcome.words


def test_an_endless_loop_ends_and_names_its_line(learner, sandbox):
    learner.fill(4, "multiply_rule", "while True:", "    g = g + 1")
    words = report(learner, sandbox).outcome.words
    assert "does a loop never end?" in words
    assert "in line" in words


def test_a_loop_that_catches_all_ends_and_names_its_line(learner, sandbox):
    learner.solve(4, "multiply_rule")
    learner.fill(
        4,
        "tanh_rule",
        "while True:",
        "    try:",
        "        while True:",
        "            g + 1",
        "    except:",
        "        pass",
    )
    found = report(learner, sandbox, 4)
    assert found.passed == ("multiply_rule",), "what came before is not lost"
    assert found.hole.name == "tanh_rule"
    assert "cannot be interrupted" in found.outcome.words
    assert "in line" in found.outcome.words


def test_a_check_ends_when_the_sandbox_is_closed(learner):
    learner.solve(4, "multiply_rule")
    learner.run("check", "4")
    learner.fill(4, "multiply_rule", "while True:", "    pass")
    with Sandbox(learner.course, seconds=600) as one, ThreadPoolExecutor(1) as beside:
        session = learner.session(one)
        session.go_to(4)
        running = beside.submit(session.check)
        while one._busy is None:
            time.sleep(0.01)
        one.close()
        with pytest.raises(LearnError, match="ended"):
            running.result()
        with pytest.raises(LearnError, match="ended"):  # no process is started any more
            session.check()
    assert "multiply_rule" in Folder(learner.path).state.passed["4"], "what passed before is not forgotten"


def test_an_end_of_python_is_said_of_its_own_hole(learner, sandbox):
    learner.solve(4, "multiply_rule")
    learner.fill(4, "tanh_rule", "import os", "os._exit(0)")
    found = report(learner, sandbox, 4)
    assert (found.passed, found.hole.name) == (("multiply_rule",), "tanh_rule")
    assert "Python ended" in found.outcome.words


@pytest.mark.parametrize("name", [None, "multiply_rule"])
def test_an_interruption_by_itself_is_not_called_late(learner, sandbox, name):
    if name is None:
        learner.exercise(4).write_text("raise KeyboardInterrupt", "utf-8")
    else:
        learner.fill(4, name, "raise KeyboardInterrupt")
    words = report(learner, sandbox, 4).outcome.words
    assert "raises KeyboardInterrupt" in words
    assert "takes more than" not in words


def test_a_file_with_nul_is_named_without_a_line(learner, sandbox):
    learner.exercise(4).write_bytes(b"a = 1\0\n")
    words = report(learner, sandbox, 4).outcome.words
    assert "null bytes" in words
    assert "None" not in words


def test_a_file_that_is_no_utf8_is_named(learner, capsys):
    learner.exercise(4).write_bytes(b"# \xfc\n")
    assert learner.run("check", "4") == 2
    assert "save it as UTF-8" in capsys.readouterr().err
    assert learner.run("list") == 0
    assert learner.run("check", "5") == 1, "other chapters can be worked on"
    assert learner.run("reset", "4") == 0
    assert (learner.path / "04_backward" / "exercise.1.bak").read_bytes() == b"# \xfc\n"


def test_a_file_of_windows_passes(learner):
    learner.solve(4)
    path = learner.exercise(4)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert learner.run("check", "4") == 0


def test_a_folder_in_the_place_of_the_file_is_named(learner, capsys):
    learner.exercise(4).unlink()
    learner.exercise(4).mkdir()
    for command in ("check", "reset"):
        assert learner.run(command, "4") == 2
        assert "is a folder" in capsys.readouterr().err


def test_a_growing_list_ends(learner, sandbox):
    learner.fill(4, "multiply_rule", "grown = []", "while True:", "    grown.append(bytearray(1 << 26))")
    outcome = report(learner, sandbox).outcome
    assert "MemoryError" in outcome.yours or "never end" in outcome.words or "memory" in outcome.words


def test_what_ends_python_is_said(learner, sandbox):
    learner.fill(4, "multiply_rule", "exit()")
    assert "calls exit()" in report(learner, sandbox).outcome.words
    learner.fill(4, "multiply_rule", "import os", "os._exit(0)")
    assert "Python ended" in report(learner, sandbox).outcome.words


def test_what_is_printed_is_shown_and_cut(learner, sandbox):
    learner.fill(4, "multiply_rule", "print('g is', g)", "return [g * y, g * x]")
    assert "g is" in report(learner, sandbox).printed
    learner.fill(4, "multiply_rule", "print('line\\n' * 1000)", "return [g * y, g * x]")
    printed = report(learner, sandbox).printed
    assert printed.count("line") == 200
    assert "more was printed" in printed


def test_a_warning_is_no_error(learner, sandbox):
    learner.fill(4, "multiply_rule", 'return [g * y, g * x] if g is not "a" else None')
    found = report(learner, sandbox)
    assert found.passed == ("multiply_rule",)
    assert "SyntaxWarning" in found.printed


def test_the_environment_has_no_switch_to_the_solution(learner, monkeypatch, capsys):
    monkeypatch.setenv("MINIGRAD_SOLUTION", "1")
    assert learner.run("check", "4") == 1


def test_what_passed_and_was_then_changed_is_open_again(learner, sandbox):
    learner.solve(4)
    assert report(learner, sandbox).done
    learner.fill(4, "accumulate", "cotangents[i] = contribution")
    folder = Folder(learner.path)
    assert set(folder.work(folder.course.chapter(4)).passed) == {"multiply_rule", "tanh_rule", "backward"}
    assert "# from the solution" in folder.engine(5).text


def test_the_engine_says_what_is_yours(learner, sandbox):
    learner.solve(3)
    learner.solve(4)
    report(learner, sandbox, 3)
    found = report(learner, sandbox, 4)
    assert "of them yours" in found.engine
    assert int(found.engine.split()[3]) > 20
    text = (learner.path / "mine" / "engine.py").read_text("utf-8")
    assert "# from the solution\ndef central_difference" in text
    assert "# from the solution\ndef backward" not in text


def test_hints_come_one_after_the_other(learner, capsys):
    for number in (1, 2):
        learner.run("hint", "4")
        assert f"hint {number} of 3" in capsys.readouterr().out
    learner.run("hint", "4")
    assert "--yes" in capsys.readouterr().out
    learner.run("hint", "4", "--yes")
    assert "hint 3 of 3" in capsys.readouterr().out


def test_the_solution_is_shown_after_a_pass_or_when_asked_for(learner, capsys, tmp_path):
    assert learner.run("solution", "4") == 2
    assert learner.run("solution", "4", "--hole", "backward", "--spoil") == 0
    assert "def backward" in capsys.readouterr().out
    closed = Learner(tmp_path / "closed", only=[4], solutions=False)
    assert closed.run("solution", "4", "--spoil") == 2


def test_the_picture_is_of_the_learners_exercise(learner, capsys):
    assert learner.run("picture", "4") == 2
    assert "still open" in capsys.readouterr().err
    learner.solve(4)
    assert learner.run("picture", "4") == 0
    assert (learner.path / "04_backward" / "mine.svg").read_text("utf-8").lstrip().startswith("<")


def test_plain_pytest_runs_in_the_folder(learner):
    learner.solve(4, "multiply_rule")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=learner.path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "hole 1: leaf" in done.stdout
    assert "site-packages" not in done.stdout
    assert "where " not in done.stdout


def test_plain_pytest_runs_on_the_solutions_of_the_checkout():
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "tutorials/03_tape",
            "tutorials/04_backward",
        ],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_watch_without_a_terminal_prints(learner):
    learner.solve(3)
    done = subprocess.run(
        [sys.executable, "-m", "minigrad", "learn", "watch", "3"],
        cwd=learner.path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "✔ record" in done.stdout
