"""Chapter 16: it writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

import numpy as np
from mine.engine import (
    FORWARD,
    RULES,
    Parameter,
    Tape,
    Tensor,
    apply,
    clip_grad_norm,
    cross_entropy,
    sgd_step,
    tanh,
    tensor,
    truncated,
    zero_grad,
)

from minigrad.tutorials.course import COURSE


def take_rule(g: Any, out: Any, x: Any, indices: np.ndarray, axis: int) -> list[Any]:
    """What the table of ``out = x[indices]`` receives: ``indices`` are numbers of rows, and ``axis`` is 0.

    Row n of ``g`` is for row ``indices[n]`` of the table, which may be taken more than once, or never.
    """
    found = np.zeros_like(x)
    np.add.at(found, indices, g)
    return [found]


FORWARD |= {"take": np.take}
RULES |= {"take": take_rule}


def rows(table: Tensor, ids: Any) -> Tensor:
    """The rows of the table with these numbers."""
    return apply("take", table, indices=np.asarray(ids), axis=0)


# ---- the text: each character is an id, its place in the alphabet ----

TEXT = (COURSE / "16_characters" / "alice.txt").read_text("utf-8")  # the first chapter of Lewis Carroll's, of 1865
ALPHABET = "".join(sorted(set(TEXT)))


def encoded(text: str) -> np.ndarray:
    """The ids of the characters."""
    return np.array([ALPHABET.index(character) for character in text])


def decoded(ids: Sequence[int]) -> str:
    """The characters of the ids."""
    return "".join(ALPHABET[i] for i in ids)


def stream(ids: np.ndarray, batch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For ``batch`` readers of one text, spread over it, the characters at which they are, and those that follow.

    All read on, step by step and without end: behind the last character comes the first.
    """
    at = np.arange(batch) * (len(ids) // batch)
    while True:
        yield ids[at % len(ids)], ids[(at + 1) % len(ids)]
        at = at + 1


# ---- the model: a row of a table for the character, a recurrent layer, scores for the next character ----


def new_parameters(characters: int, hidden: int, rng: np.random.Generator) -> list[Parameter]:
    """The table E, the recurrent weights W and b, the read-out V and c."""
    shapes = {"E": (characters, hidden), "W": (hidden, hidden), "b": (hidden,), "V": (hidden, characters)}
    scales = {"E": 0.5, "W": 1 / np.sqrt(hidden), "b": 0.0, "V": 0.1}
    made = [Parameter(scales[name] * rng.normal(size=shape), name) for name, shape in shapes.items()]
    return [*made, Parameter(np.zeros(characters), "c")]


def first_state(parameters: Sequence[Parameter], batch: int = 1) -> np.ndarray:
    """The state before the first character: zeros, a row for each reader."""
    return np.zeros((batch, len(parameters[1].value)))


def scored(weights: Sequence[Tensor], ids: np.ndarray, h: Tensor) -> tuple[Tensor, Tensor]:
    """Scores of all characters to come next, the larger the likelier, and the state, after one more character."""
    E, W, b, V, c = weights
    h = tanh(rows(E, ids) + h @ W + b)
    return h @ V + c, h


def char_step(weights: list[Tensor], item: Any, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """A ``Step``: the cross-entropy of the characters that follow, in nats, the mean over the readers."""
    ids, following = item
    logits, h = scored(weights, ids, states[0])
    return cross_entropy(logits, np.eye(logits.shape[1])[following]), [h]


def predict(parameters: Sequence[Parameter], i: int, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For one reader the scores after the id ``i``, a number for each character, and the state: arrays, no tensors."""
    tape = Tape()
    logits, state = scored([tensor(tape, each) for each in parameters], np.array([i]), tensor(tape, h))
    return logits.value[0], state.value


def softmax(logits: np.ndarray) -> np.ndarray:
    """The chances that go with the scores: they are positive, and their sum is 1."""
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def bits_per_character(parameters: Sequence[Parameter], ids: Sequence[int]) -> float:
    """The score of the model on a text: the mean of ``-log2`` of the chances that it gave to what came.

    One reader begins in the first state and reads the text once. After each character but the last, the chance counts
    that the model gives to the next one.
    """
    h, bits = first_state(parameters), 0.0
    for now, following in pairwise(ids):
        logits, h = predict(parameters, now, h)
        bits -= np.log2(softmax(logits)[following])
    return float(bits / (len(ids) - 1))


def sample(
    parameters: Sequence[Parameter], first: int, length: int, temperature: float, rng: np.random.Generator
) -> list[int]:
    """``length`` ids that the model writes behind the id ``first``; each is read before the next one is drawn.

    The chances are the ``softmax`` of the scores divided by the temperature. An id is drawn by
    ``rng.choice(number_of_characters, p=chances)``.
    """
    h, written = first_state(parameters), [first]
    for _ in range(length):
        logits, h = predict(parameters, written[-1], h)
        chances = softmax(logits / temperature)
        written.append(int(rng.choice(len(chances), p=chances)))
    return written[1:]


def train(
    parameters: Sequence[Parameter], ids: np.ndarray, batch: int, k: int, windows: int, lr: float, most: float
) -> list[float]:
    """Train with TBPTT(k, k) on ``windows`` windows of ``stream(ids, batch)``, from the first state.

    After each window the gradients, of the sum of its losses, are clipped to the norm ``most`` together, and the
    parameters make a step with the rate ``lr``. No ``.grad`` is left at the end, and there is none before.

    Returns:
        the score of each window: its mean loss, in bits per character.
    """
    bits = []
    windows_of = truncated(char_step, stream(ids, batch), [first_state(parameters, batch)], parameters, k, k)
    for total in islice(windows_of, windows):
        clip_grad_norm(parameters, most)
        sgd_step(parameters, lr)
        zero_grad(parameters)
        bits.append(total / k / float(np.log(2)))
    return bits
