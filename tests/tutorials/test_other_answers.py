"""Answers that are right, and written in another way than the solution: no check may refuse them."""

import pytest

from minigrad.tutorials.checking import checks_of, loaded, run
from minigrad.tutorials.course import read_course
from minigrad.tutorials.sources import rewritten
from tests.tutorials.proof import engine_for

COURSE = read_course()

OTHERS = [
    (2, "gradcheck", "claimed = gradient(*xs)\nfound = []\nfor n, at in entries(xs):\n"
     "    rise = f(*moved(xs, n, at, eps)) - f(*moved(xs, n, at, -eps))\n"
     "    found.append(abs(claimed[n][at] - rise / (2 * eps)) / (1 + abs(rise / (2 * eps))))\n"
     "return np.max(found)"),
    (4, "accumulate", "cotangents[i] = cotangents.get(i, 0) + contribution"),
    (5, "enter", "for i, each in tape.parameters.items():\n"
     "    if each is parameter and tape.values[i] is parameter.value:\n        return i\n"
     "i = leaf(tape, parameter.value, parameter.name)\ntape.parameters[i] = parameter\nreturn i"),
    (6, "cumsum_rule", "return g.sum() - np.cumsum(g) + g"),
    (6, "cumsum_rule", "found = np.zeros_like(g)\ntotal = 0\nfor j in reversed(range(len(g))):\n"
     "    total = total + g[j]\n    found[j] = total\nreturn found"),
    (7, "unbroadcast", "while g.ndim > len(shape):\n    g = g.sum(axis=0)\nfor axis, length in enumerate(shape):\n"
     "    if length == 1:\n        g = g.sum(axis=axis, keepdims=True)\nreturn g"),
    (9, "cross_entropy", "z = logits - logits.value.max(axis=1, keepdims=True)\n"
     "return (log(exp(z).sum(axis=1)) - (z * one_hot).sum(axis=1)).sum() / logits.shape[0]"),
    (11, "weight_gradient", 'return np.einsum("tbi,tbj->ij", np.array(states[:-1]), np.array(ds))'),
    (16, "take_rule", "return [np.eye(len(x))[indices].T @ g]"),
    (17, "sum_rule", "kept = np.sum(np.empty(x.shape), axis=axis, keepdims=True).shape\n"
     "return [reshaped(g, kept) + np.zeros(x.shape)]"),
    (18, "steps_run", "return 2 * steps - (steps % segment or segment)"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "name", "body"), OTHERS)
def test_other_right_answers_pass(number, name, body):
    chapter = COURSE.chapter(number)
    (hole,) = [each for each in chapter.holes if each.name == name]
    exercise = loaded(chapter, rewritten(chapter.solution, {name: body.split("\n")}), engine_for(chapter))
    for test_name, test in checks_of(chapter, hole).items():
        outcome = run(test_name, test, exercise)
        assert outcome.state == "passed", str(outcome)
