"""The course holds what it says: solutions pass, open holes say so, known mistakes are named, mutants are caught."""

from __future__ import annotations

import re
import time
from pathlib import Path
from statistics import median

import pytest

import minigrad as mg
from minigrad.draw.drawing import Drawing
from minigrad.tutorials.assembly import FILLED, Work, assemble, chapters_before
from minigrad.tutorials.checking import beside, checks, checks_of, loaded, mistakes, module, run
from minigrad.tutorials.course import read_course
from minigrad.tutorials.pages import hints
from minigrad.tutorials.sources import body_of, grafted
from tests.tutorials import proof

COURSE = read_course()
ROOT = Path(mg.__file__).parents[1]
SURVIVORS = Path(__file__).with_name("survivors.txt")
CAUGHT = 0.95  # of a chapter's mutants
each_chapter = pytest.mark.parametrize("chapter", COURSE.chapters, ids=lambda chapter: chapter.name)


def test_the_chapters_are_numbered_and_all_there():
    assert [each.number for each in COURSE.chapters] == list(range(1, 21))
    folders = {path.name for path in COURSE.path.iterdir() if re.match(r"\d\d_", path.name)}
    assert folders == {each.name for each in COURSE.chapters}
    compulsory = [each for each in COURSE.chapters if not each.optional]
    assert [each.number for each in compulsory] == list(range(1, 17))
    assert 6.5 * 60 <= sum(each.minutes for each in compulsory) <= 8.5 * 60


@each_chapter
def test_the_page_and_the_hints(chapter):
    assert proof.readme_faults(chapter) == []
    assert proof.hint_faults(chapter) == []
    assert (ROOT / chapter.source).is_file()
    assert all(3 <= hole.minutes <= 10 for hole in chapter.holes)
    assert sum(hole.minutes for hole in chapter.holes) <= chapter.minutes
    assert len(mistakes(chapter)) >= 3


@each_chapter
def test_the_line_that_fills_a_hole_is_neither_on_the_page_nor_in_an_early_hint(chapter):
    page = (chapter.folder / "README.md").read_text("utf-8")
    for hole in chapter.holes:
        early = "\n".join([page, *hints(chapter, hole)[:2]])
        for line in body_of(chapter.solution, hole.name):
            telling = line.strip().removeprefix("return ")
            if len(telling) > 12 and not telling.startswith(("for ", "if ", "#")):
                assert telling not in early, (hole.name, telling)


@each_chapter
@pytest.mark.parametrize("seed", [0, 1, 2027])
def test_the_solution_passes(chapter, seed):
    found = proof.outcomes(chapter, chapter.solution, seed)
    assert [(each.test, str(each)) for each in found if each.state != "passed"] == []
    names = [each.test for each in found]
    assert [proof.hole_of(chapter, name) for name in names] == sorted(proof.hole_of(chapter, name) for name in names)


@each_chapter
def test_an_open_hole_is_the_first_that_fails(chapter):
    for hole in chapter.holes:
        found = proof.outcomes(chapter, proof.stub_from(chapter, hole.number))
        first = next(each for each in found if each.state != "passed")
        assert first.state == "open", (hole.name, str(first))
        assert proof.hole_of(chapter, first.test) == hole.number
        assert str(first) == f"hole {hole.number}: {hole.name}"


@each_chapter
def test_each_hole_can_be_solved_alone(chapter):
    """As the grader sees it: a hole of the learner's, all others of the solution."""
    engine = proof.engine_for(chapter)
    for hole in chapter.holes:
        alone = grafted(chapter.stub, chapter.solution, [hole.name])
        exercise = loaded(chapter, grafted(chapter.solution, alone, [hole.name]), engine)
        assert {run(name, check, exercise).state for name, check in checks_of(chapter, hole).items()} == {"passed"}
        without = loaded(chapter, grafted(chapter.solution, chapter.stub, [hole.name]), engine)
        assert {run(name, check, without).state for name, check in checks_of(chapter, hole).items()} == {"open"}


@each_chapter
def test_known_mistakes_fail_at_their_hole_and_are_named(chapter):
    for mistake in mistakes(chapter):
        outcome, said = proof.diagnosed(chapter, mistake.path)
        assert outcome.state == "wrong", (mistake.path.name, str(outcome), outcome.trace)
        assert proof.hole_of(chapter, outcome.test) == chapter.hole(mistake.hole).number, mistake.path.name
        assert said == mistake.means, mistake.path.name
        assert outcome.asked
        assert outcome.yours != outcome.right


@each_chapter
def test_mutants_of_the_solution_are_caught(chapter):
    known = {line.split("  # ")[0] for line in SURVIVORS.read_text("utf-8").splitlines()}
    alive, count = proof.survivors(chapter)
    assert set(alive) <= known, "name them in survivors.txt with the reason, or add a check"
    equivalent = [name for name in alive if name in known]
    assert count - len(alive) >= CAUGHT * (count - len(equivalent))
    assert {name for name in known if name.startswith(f"{chapter.name}:")} == set(alive), "a survivor is gone"


@each_chapter
def test_checks_are_quick(chapter):
    engine = proof.engine_for(chapter)
    exercise = loaded(chapter, chapter.solution, engine)
    seconds = []
    for hole in chapter.holes:
        started = time.process_time()
        for name, check in checks_of(chapter, hole).items():
            run(name, check, exercise)
        seconds.append(time.process_time() - started)
    assert median(seconds) < 1, seconds


@each_chapter
def test_words_are_introduced_before_they_are_used(chapter):
    page = (chapter.folder / "README.md").read_text("utf-8").lower()
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8").lower()
    for term in chapter.terms:
        assert re.search(rf"\b{re.escape(term.lower())}", page), f"{term} is not explained"
        assert re.search(rf"^{re.escape(term.lower())}\b", glossary, flags=re.MULTILINE), (
            f"{term} is not in the glossary"
        )
        for earlier in COURSE.chapters[: chapter.number - 1]:
            before = (earlier.folder / "README.md").read_text("utf-8").lower()
            assert not re.search(rf"\b{re.escape(term.lower())}\b", before), f"{term} is used in {earlier.name}"


@each_chapter
def test_the_picture_is_the_one_that_the_solution_makes(chapter):
    path = chapter.folder / "picture.py"
    with beside(proof.engine_for(chapter)):
        exercise = module("exercise", chapter.solution, chapter.folder / "exercise.py")
        drawn = module("picture", path.read_text("utf-8"), path).picture(exercise)
    if isinstance(drawn, Drawing):
        assert drawn.encoded("svg") == (chapter.folder / "picture.svg").read_bytes()
    else:  # Matplotlib's files differ from version to version
        assert drawn.axes


@each_chapter
def test_the_prediction_can_be_computed(chapter):
    if chapter.predict:
        engine = proof.engine_for(chapter)
        exercise = loaded(chapter, chapter.solution, engine)
        tests = module("tests_of_it", chapter.tests.read_text("utf-8"), chapter.tests)
        assert tests.predicted(exercise)
    else:
        pytest.fail("each chapter asks a question before the code")


def test_an_engine_says_what_is_the_learners():
    whole = assemble(
        chapters_before(COURSE, 17), lambda chapter: Work(chapter.solution, [h.name for h in chapter.holes])
    )
    none = assemble(chapters_before(COURSE, 17), lambda chapter: Work(chapter.stub, []))
    assert FILLED not in whole.text
    assert none.text.count(FILLED) == len(re.findall(r"(?m)^ *# from the solution$", none.text)) > 20
    assert none.yours == 0 < whole.yours < whole.lines
    assert "raise Todo" not in none.text
    assert assemble(chapters_before(COURSE, 17), lambda chapter: None).text.count(FILLED) == 0


@pytest.mark.parametrize("number", [5, 9, 16])
def test_an_engine_of_some_holes_runs(number):
    """Of each chapter every other hole is the learner's; what comes of it passes the checks of a later chapter."""

    def half(chapter):
        return Work(chapter.solution, [hole.name for hole in chapter.holes if hole.number % 2])

    engine = assemble(chapters_before(COURSE, number), half)
    assert 0 < engine.yours < engine.lines
    chapter = COURSE.chapter(number)
    exercise = loaded(chapter, chapter.solution, engine.text)
    assert {run(name, check, exercise).state for name, check in checks(chapter).items()} == {"passed"}
