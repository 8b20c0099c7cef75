"""One kind of mistake, one class of error, named with the user's line; and what a notebook shows of it."""

from __future__ import annotations

import ast
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors, nn, optim

ROOT = Path(mg.__file__).parent
APART = {
    "demo",
    "command",
    "learn",
    "__main__.py",
    "examples.py",
}  # programs, with errors of their own
CLASSES = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
BUILTIN = {  # for what Python itself asks
    "NotImplementedError": "a method that a subclass has to give",
    "AttributeError": "what hasattr asks for",
    "FileNotFoundError": "what the system would say later",
    "IsADirectoryError": "likewise",
}
INSIDE = {  # caught by the function around them, or by a call of a primitive, which names operands and line
    ("contraction.py", "ValueError"),
    ("products.py", "ValueError"),
    ("decomposed.py", "LinAlgError"),
    ("overlap.py", "ValueError"),
    ("index.py", "IndexError"),
    ("grammar.py", "_OutsideError"),
    ("substitution.py", "UnknownError"),
}


def raised() -> Iterator[tuple[str, int, str]]:
    """(file, line, class) of everything that is raised by name."""
    for path in sorted(ROOT.rglob("*.py")):
        if APART.isdisjoint(path.relative_to(ROOT).parts):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Raise) and node.exc is not None:
                    named = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                    name = named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")
                    if name.endswith("Error"):
                        yield path.name, node.lineno, name


def test_every_error_is_one_of_minigrads():
    found = list(raised())
    assert len(found) > 200
    bare = [each for each in found if each[2] not in CLASSES | {"DrawingError"} | set(BUILTIN)]
    assert {(file, name) for file, _, name in bare} == INSIDE, bare


def step(x, h):
    return None, h


P = mg.parameter(np.ones(3))
with mg.Tape() as TAPE:
    P.sum()
OTHER_KIND = [
    lambda: mg.truncated_bptt(step, [], None, k1="3"),
    lambda: mg.truncated_bptt(step, [], None, k1=2, k2=2.5),
    lambda: mg.bptt.kernel(3, "3"),
    lambda: nn.RNNCell("3", 3),
    lambda: nn.Dropout("0.5"),
    lambda: optim.SGD(3, 0.1),
    lambda: optim.SGD([3], 0.1),
    lambda: optim.SGD([P], "0.1"),
    lambda: mg.clip_grad_norm(P, 1.0),
    lambda: mg.grad(3),
    lambda: mg.grad(mg.sum, argnums="0")(P),
    lambda: mg.mean(P, axis="0"),
    lambda: mg.take(P, 0, axis="0"),
    lambda: mg.reshape(P, shape=1.5),
    lambda: mg.diff(P, "1"),
    lambda: mg.split(P, 1.5),
    lambda: mg.repeat(P, 1.5),
    lambda: mg.pad(P, "1"),
    lambda: mg.einsum(P, "i->"),
    lambda: mg.draw(3),
    lambda: mg.draw(TAPE, depth="1"),
    lambda: mg.draw(TAPE, steps=3),
    lambda: mg.draw(TAPE, show="op"),
    lambda: mg.draw(TAPE, show=3),
    lambda: mg.draw(TAPE, theme=3),
]
OUT_OF_RANGE = [
    lambda: mg.truncated_bptt(step, [], None, k1=0),
    lambda: mg.truncated_bptt(step, [], None, k1=3, k2=2),
    lambda: mg.bptt.kernel(3, 0),
    lambda: nn.RNNCell(0, 3),
    lambda: nn.Dropout(1.5),
    lambda: optim.SGD([], 0.1),
    lambda: optim.SGD([P], -0.1),
    lambda: mg.diff(P, -1),
    lambda: mg.meshgrid(P, indexing="xx"),
    lambda: mg.draw(TAPE, view="flat"),
    lambda: mg.draw(TAPE, depth=0),
    lambda: mg.draw(TAPE, show=["colour"]),
    lambda: mg.draw(TAPE, theme="pink"),
]


@pytest.mark.parametrize(
    ("call", "kind"),
    [(call, errors.MisuseError) for call in OTHER_KIND] + [(call, errors.ArgumentError) for call in OUT_OF_RANGE],
)
def test_one_class_for_one_kind_of_mistake(call, kind):
    with pytest.raises(errors.MinigradError) as caught:
        call()
    assert caught.type is kind
    assert f"(at {__file__}:{call.__code__.co_firstlineno})" in str(caught.value)


@pytest.mark.parametrize(
    ("subscripts", "words"),
    [
        ("...ik..., ...jk ->", r"a term has one '\.\.\.' at most"),
        ("ik,jk->...i...", r"a term has one '\.\.\.' at most"),
        ("ik,jk->i->j", "a label of the result"),
        ("i.k,jk->", "labels are letters"),
    ],
)
def test_subscripts_are_refused_in_words_of_einsum(subscripts, words):
    with pytest.raises(errors.ShapeError, match=words):
        mg.einsum(subscripts, np.ones((2, 3)), np.ones((4, 3)))


# -- in a notebook ---------------------------------------------------------------------------------


def shown(monkeypatch: pytest.MonkeyPatch, failure: errors.MinigradError, skip_hidden: bool = True) -> str:
    """What IPython prints: it asks an exception itself, and that its formatter."""
    formatter = SimpleNamespace(skip_hidden=skip_hidden, structured_traceback=traceback.format_exception)
    shell = SimpleNamespace(InteractiveTB=formatter)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    return "".join(failure._render_traceback_())


def test_a_notebook_shows_no_frames_of_minigrad_unless_asked(monkeypatch):
    with pytest.raises(errors.ShapeError) as caught:
        mg.sort(mg.add(P, np.ones(2)))
    cause = caught.value.__cause__
    assert isinstance(cause, ValueError)
    text = shown(monkeypatch, caught.value)
    assert str(ROOT) not in text
    assert "mg.sort(mg.add(P, np.ones(2)))" in text
    assert text.count("Traceback") == 1
    assert caught.value.__cause__ is cause
    text = shown(monkeypatch, caught.value, skip_hidden=False)
    assert str(ROOT) in text
    assert text.count("Traceback") == 2


def test_a_notebook_shows_the_users_frames_between_those_of_minigrad(monkeypatch):
    def mine(x):
        return x + np.ones(2)

    with pytest.raises(errors.ShapeError) as caught:
        mg.grad(mine)(P)
    text = shown(monkeypatch, caught.value)
    assert "mg.grad(mine)(P)" in text
    assert "return x + np.ones(2)" in text
    assert str(ROOT) not in text


def test_a_cause_in_the_users_code_is_shown(monkeypatch):
    def stream():
        yield {}["mine"]

    with pytest.raises(KeyError) as caught:
        next(stream())
    failure = errors.ArgumentError("theirs")
    failure.__cause__ = caught.value
    assert "KeyError: 'mine'" in shown(monkeypatch, failure)
