from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

import minigrad as mg
from minigrad.demo import CharRNN, Settings
from minigrad.demo.sample import sample
from minigrad.demo.text import Corpus, load_corpus
from minigrad.demo.train import Curve, DivergedError, evaluate, train

MakeSettings = Callable[..., Settings]


def trained(settings: Settings) -> tuple[CharRNN, Corpus, Curve]:
    corpus = load_corpus(settings)
    model = CharRNN(len(corpus.chars.vocabulary), settings.hidden, settings.cell, settings.seed)
    return model, corpus, train(model, corpus, settings, lambda curve: True)


def bits_by_hand(model: CharRNN, corpus: Corpus) -> float:
    """The held-out loss in plain float64 NumPy."""
    p = {name: value.astype(float) for name, value in model.state_dict().items()}
    assert corpus.held_out is not None
    h = np.zeros((corpus.held_out.batch, model.cell.hidden))
    losses = []
    for x, y in corpus.held_out:
        h = np.tanh(p["cell.W_x"][x] + h @ p["cell.W_h"] + p["cell.b"])
        logits = h @ p["readout.W"] + p["readout.b"]
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        losses.append(-np.log2(chances[np.arange(len(y)), y]).mean())
    return float(np.mean(losses))


def surprise(text: str, of: str) -> float:
    """Bits per character of ``text`` under the pairs of characters counted in ``of``, each plus one."""
    pairs, firsts, kinds = Counter(itertools.pairwise(of)), Counter(of[:-1]), len(set(of))
    bits = [-math.log2((pairs[a, b] + 1) / (firsts[a] + kinds)) for a, b in itertools.pairwise(text)]
    return sum(bits) / len(bits)


def test_training_beats_the_unigram_entropy(make_settings: MakeSettings) -> None:
    settings = make_settings(steps=150, batch=8, hidden=24)
    settings.text.write_text(settings.text.read_text() * 5)  # type: ignore[union-attr]
    corpus = load_corpus(settings)
    model = CharRNN(len(corpus.chars.vocabulary), settings.hidden, rng=0)
    text = settings.text.read_text()  # type: ignore[union-attr]
    before, written_before = evaluate(model, corpus), sample(model, corpus.chars, 0, 300)
    curve = train(model, corpus, settings, lambda curve: True)
    after, written_after = evaluate(model, corpus), sample(model, corpus.chars, 0, 300)
    assert before is not None
    assert after is not None
    assert after < corpus.unigram_bits - 1 < before
    assert curve.recent_bits(20) < corpus.unigram_bits - 1
    assert after == pytest.approx(bits_by_hand(model, corpus), rel=1e-4)
    assert surprise(written_after, text) < surprise(written_before, text) - 1


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_gated_cells_learn(cell: str, make_settings: MakeSettings) -> None:
    settings = make_settings(cell=cell, steps=80, batch=8, hidden=24)
    model, corpus, curve = trained(settings)
    assert curve.recent_bits(10) < corpus.unigram_bits - 0.5
    assert len(sample(model, corpus.chars, 0, 20)) == 20


def test_same_seed_same_numbers(make_settings: MakeSettings) -> None:
    first, corpus, curve = trained(make_settings(seed=3))
    second, _, again = trained(make_settings(seed=3))
    _, _, other = trained(make_settings(seed=4))
    assert curve == again
    assert curve != other
    for name, value in first.state_dict().items():
        np.testing.assert_array_equal(value, second.state_dict()[name])
    assert sample(first, corpus.chars, 1, 50) == sample(second, corpus.chars, 1, 50)
    assert sample(first, corpus.chars, 1, 50) != sample(first, corpus.chars, 2, 50)


def test_the_text_is_read_again_when_it_ends(make_settings: MakeSettings) -> None:
    settings = make_settings(k=6, batch=8)
    settings.text.write_text("abcdefg" * 15)  # type: ignore[union-attr]
    _, corpus, curve = trained(settings)
    assert len(corpus.rows) == 13
    assert len(curve) == settings.steps
    assert curve.characters[:6] == [6, 6, 1, 6, 6, 1]
    assert curve.characters[-3:] == [6, 1, 6]
    assert curve.recent_bits(3) == pytest.approx((6 * curve.bits[-3] + 1 * curve.bits[-2] + 6 * curve.bits[-1]) / 13)


def test_recent_bits_weigh_windows_by_their_length() -> None:
    curve = Curve(bits=[9.0, 4.0, 1.0], norms=[1.0] * 3, characters=[5, 6, 2])
    assert curve.recent_bits(2) == (6 * 4.0 + 2 * 1.0) / 8
    assert math.isnan(Curve().recent_bits())


def test_deeper_reach_changes_the_gradient_but_not_the_first_window(make_settings: MakeSettings) -> None:
    _, _, short = trained(make_settings())
    _, _, deep = trained(make_settings(k2=10))
    assert short.bits[:2] == deep.bits[:2]
    assert short.norms[0] == deep.norms[0]
    assert short.norms[1] != deep.norms[1]


def test_divergence_is_named(make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mg.bptt.Window, "loss", property(lambda window: math.nan))
    with pytest.raises(DivergedError, match=r"window 1 is nan; try a smaller --lr"):
        trained(make_settings())


def test_sampling_records_nothing(make_settings: MakeSettings) -> None:
    model, corpus, _ = trained(make_settings(steps=2))
    with mg.Tape() as tape, tape.paused():
        written = sample(model, corpus.chars, 0, 20)
    assert len(tape.records) == 0
    assert len(written) == 20
    assert set(written) <= set(corpus.chars.vocabulary)


def test_sample_begins_even_if_the_prompt_is_unknown(make_settings: MakeSettings) -> None:
    model, corpus, _ = trained(make_settings(steps=1))
    assert len(sample(model, corpus.chars, 0, 5, prompt="☃")) == 5
