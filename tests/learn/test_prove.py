"""The proof of a learner's engine, and the page that says so; broken engines are found out."""

import pytest

from minigrad.learn.proving import prove
from minigrad.tutorials.assembly import assemble, chapters_before
from minigrad.tutorials.checking import beside
from minigrad.tutorials.course import read_course
from tests.learn.learner import Learner

COURSE = read_course()
ENGINE = assemble(chapters_before(COURSE, 17), lambda chapter: None).text
RULES, PROGRAMS, CHAIN, MUTANTS, TRUNCATION, BOUNDED = range(6)


def claims(text):
    with beside(text) as engine:
        return prove(engine)


def test_the_solution_is_proven():
    found = claims(ENGINE)
    assert [claim.holds for claim in found] == [True] * 6, found


@pytest.mark.parametrize(
    ("line", "instead", "claim"),
    [
        ("return [g * y, g * x]", "return [g * x, g * y]", RULES),
        ("return [g, -g]", "return [g, g]", RULES),
        ("return [g @ y.T, x.T @ g]", "return [g @ y.T, g.T @ x]", RULES),
        (
            "for op, inputs, out, _, params in reversed(tape.records):",
            "for op, inputs, out, _, params in tape.records:",
            CHAIN,
        ),
        ("kept = {state.i for state in states}", "kept = set(tape.values)", BOUNDED),
        ("keep=k2 - k1", "keep=k2", TRUNCATION),
    ],
)
def test_a_broken_engine_is_found_out(line, instead, claim):
    assert line in ENGINE
    found = claims(ENGINE.replace(line, instead))
    assert found[claim].holds is False, found
    assert found[claim].found


def test_a_blind_gradient_check_is_found_out():
    blind = ENGINE.replace("def gradcheck(", "def gradcheck(*args, **kwargs):\n    return 0.0\n\n\ndef _other(")
    assert claims(blind)[MUTANTS].holds is False


def test_what_the_engine_has_not_yet_is_neither_true_nor_false():
    early = assemble(chapters_before(COURSE, 5), lambda chapter: None).text
    found = claims(early)
    assert [claim.holds for claim in found] == [True, True, True, True, None, None]
    assert "no Parameter" in found[TRUNCATION].found


def test_the_report_of_a_folder(tmp_path, capsys):
    learner = Learner(tmp_path / "course", only=[2, 3, 4])
    for number in (2, 3, 4):
        learner.solve(number)
        learner.run("check", str(number))
    capsys.readouterr()
    assert learner.run("prove") == 1, "the engine has no truncation yet"
    assert "of them yours" in capsys.readouterr().out
    page = (learner.path / "mine" / "report.html").read_text("utf-8")
    assert page.count("<img alt='the picture of chapter") == 3
    assert "def backward" in page
    assert "4 of 6 claims hold" in page
