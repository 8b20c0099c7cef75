"""The texts of a chapter: paragraphs are one line, all else keeps its lines."""

import pytest

from minigrad.tutorials.course import read_course
from minigrad.tutorials.pages import KNOWN, QUESTION, hints, section, unwrapped

COURSE = read_course()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("one line\nof a paragraph\n  and more", "one line of a paragraph and more"),
        ("one\ntwo\n\nthree\nfour", "one two\n\nthree four"),
        ("- an item\n  goes on\n- another", "- an item goes on\n- another"),
        ("Three:\n1. first\n   goes on\n2. second", "Three:\n1. first goes on\n2. second"),
        ("- outer\n  - inner\n    goes on", "- outer\n  - inner goes on"),
        ("# Title\ntext\ngoes on", "# Title\ntext goes on"),
        ("text\n## Title\nmore", "text\n## Title\nmore"),
        ("text:\n\n    a = 1\n    b = 2\n\nmore\ntext", "text:\n\n    a = 1\n    b = 2\n\nmore text"),
        (
            "text:\n```python\na = 1\n\nb = [\n    2]\n```\nmore\ntext",
            "text:\n```python\na = 1\n\nb = [\n    2]\n```\nmore text",
        ),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("> said\n> twice", "> said\n> twice"),
        ("a line  \nends here\\\nand here", "a line\nends here\\\nand here"),
        ("", ""),
    ],
)
def test_what_belongs_together_is_one_line(written, read):
    assert unwrapped(written) == read


@pytest.mark.parametrize("chapter", COURSE.chapters, ids=lambda chapter: chapter.name)
def test_no_text_of_a_chapter_is_broken_within_a_sentence(chapter):
    texts = [section(chapter, KNOWN), section(chapter, QUESTION)]
    texts += [hint for hole in chapter.holes for hint in hints(chapter, hole)]
    for text in texts:
        prose = text.split("```")[::2]
        lines = [line for part in prose for line in part.split("\n") if line and not line.startswith("    ")]
        assert all(line.rstrip()[-1] in ".?!:`" for line in lines), text
        assert text.split(), "there is a text"


def test_a_text_has_all_words_of_the_page():
    chapter = COURSE.chapter(3)
    page = (chapter.folder / "README.md").read_text("utf-8")
    assert section(chapter, KNOWN).split() == page.split(f"## {KNOWN}")[1].split(f"## {QUESTION}")[0].split()


def test_a_hint_with_two_paragraphs_has_no_indents(tmp_path):
    (tmp_path / "hints.md").write_text(
        "## Hole 1: `f`\n\n1. One\n   goes on.\n\n   Two.\n\n       code\n2. Last.\n", "utf-8"
    )

    class Place:
        folder = tmp_path

    assert hints(Place(), COURSE.chapter(1).holes[0]) == ["One goes on.\n\nTwo.\n\n    code", "Last."]
