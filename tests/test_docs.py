"""The examples in README.md, docs/ and tutorials/ run, and print what the page says."""

import argparse
import doctest
import importlib
import pkgutil
import random
import re
from pathlib import Path

import pytest

import minigrad
from minigrad.command import learn
from minigrad.engine.primitive import REGISTRY
from minigrad.tutorials.course import read_course

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("docs/tutorials/*.md")),
    *sorted(ROOT.glob("tutorials/*/*.md")),
]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODULES = [m.name for m in pkgutil.walk_packages(minigrad.__path__, "minigrad.") if "__main__" not in m.name]


def blocks(page):
    """(language, text, line number) of each fenced block of a page."""
    text = page.read_text("utf-8")
    return [(m[1], m[2], text.count("\n", 0, m.start()) + 1) for m in FENCE.finditer(text)]


def run_examples(examples):
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    report = []
    runner.run(examples, out=report.append, clear_globs=False)
    assert not runner.failures, "".join(report)


@pytest.fixture
def _same_primitives():
    """A page may add a primitive; what it adds is removed again."""
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


@pytest.mark.usefixtures("_same_primitives")
@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p)], ids=lambda p: str(p.relative_to(ROOT)))
def test_page(page, capsys, tmp_path, monkeypatch):
    """``python`` blocks run, ``pycon`` blocks are doctests; the blocks of a page share their names."""
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    printed = ""
    for language, text, line in blocks(page):
        if language == "python":
            capsys.readouterr()
            exec(compile("\n" * line + text, str(page), "exec"), names)
            printed = capsys.readouterr().out
        elif language == "pycon":
            examples = doctest.DocTestParser().get_doctest(text, names, page.name, str(page), line)
            examples.globs = names  # itself, not a copy
            run_examples(examples)
        elif language == "text":  # what the block before it prints
            assert text == printed


@pytest.mark.parametrize("name", ["minigrad", *MODULES])
def test_docstrings(name):
    drawn = random.getstate()
    module = importlib.import_module(name)
    random.setstate(drawn)  # Textual draws from it when it is imported
    for examples in doctest.DocTestFinder().find(module):
        if examples.examples:
            run_examples(examples)


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/reference/*.rst")), ids=lambda p: p.stem)
def test_the_reference_names_what_is_there(page):
    for kind, name in re.findall(r"^\.\. auto(\w+):: ([\w.]+)", page.read_text("utf-8"), re.MULTILINE):
        owner, _, attribute = name.rpartition(".")
        if kind == "module":
            importlib.import_module(name)
        else:
            assert hasattr(importlib.import_module(owner), attribute), name


def test_readme_shows_ten_lines():
    first = next(text for language, text, _ in blocks(ROOT / "README.md") if language == "python")
    assert len([line for line in first.splitlines() if line.strip()]) == 10


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "tutorials" / "README.md"], ids=lambda p: p.parent.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_the_page_of_the_runner_names_its_commands():
    parser = argparse.ArgumentParser()
    learn.add_arguments(parser)
    (commands,) = (action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    page = (ROOT / "docs" / "tutorials" / "runner.md").read_text("utf-8")
    assert [name for name in commands if not re.search(rf"^\| .*`{name}\b", page, re.MULTILINE)] == []


def test_each_chapter_has_a_page():
    for chapter in read_course().chapters:
        page = (ROOT / "docs" / "tutorials" / f"{chapter.name}.md").read_text("utf-8")
        assert f"tutorials/{chapter.name}/README.md" in page
        title = (chapter.folder / "README.md").read_text("utf-8").splitlines()[0]
        assert title == f"# Chapter {chapter.number}: {chapter.title}"
        for list_of_chapters in ("docs/tutorials/index.md", "tutorials/README.md"):
            name = rf"\[{re.escape(chapter.title)}\]\({chapter.name}\S*\)"
            row = rf"^\| {chapter.number} \| {name} \| .* \| {chapter.minutes} \|$"
            assert re.search(row, (ROOT / list_of_chapters).read_text("utf-8"), re.MULTILINE), list_of_chapters
