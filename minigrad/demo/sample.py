"""Sampling: the model writes, one character after the other."""

from __future__ import annotations

import numpy as np

import minigrad as mg

from .model import CharRNN

LENGTH = 480  # characters
TEMPERATURE = 0.7


def sample(
    model: CharRNN,
    chars: mg.bptt.CharText,
    seed: int,
    length: int = LENGTH,
    temperature: float = TEMPERATURE,
    prompt: str = "\n",
) -> str:
    """Text that ``model`` writes. No tape is active, so nothing is recorded.

    Args:
        model: the model.
        chars: its vocabulary.
        seed: of the draws; the same seed and model write the same text.
        length: characters to write.
        temperature: below 1 prefers likely characters, above 1 evens them out.
        prompt: read first, and not part of the result; characters outside the vocabulary are skipped.
    """
    rng = np.random.default_rng(seed)
    known = [c for c in prompt if c in chars.vocabulary] or [chars.vocabulary[0]]
    state = model.initial_state(1)
    for token in chars.encode("".join(known)):
        logits, state = model.predict([int(token)], state)
    written = []
    for _ in range(length):
        chances = mg.softmax(logits.detach() / temperature).numpy()[0].astype(float)
        token = rng.choice(len(chances), p=chances / chances.sum())
        written.append(token)
        logits, state = model.predict([int(token)], state)
    return chars.decode(written)
