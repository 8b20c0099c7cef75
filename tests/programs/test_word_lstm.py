"""A word-level LSTM: tied weights, dropout, carried state, TBPTT(6), and a run that stops and is resumed."""

from __future__ import annotations

from itertools import islice

import numpy as np

import minigrad as mg
from minigrad import nn, optim
from tests.programs.tools import clip_grad_norm, same, tensors

TEXT = """
the cell reads a word and the gates decide what it keeps . the forget gate lets go of what the cell keeps , the
input gate lets in what the word says , and the output gate decides what the cell shows . what the cell keeps is
carried from word to word , and the gradient is carried back from word to word until the cut . the cut lets go of
the gradient but the cell keeps what it keeps . so the window is short and what the cell keeps is long .
"""
WORDS = TEXT.split()
VOCABULARY = sorted(set(WORDS))
TOKENS = np.array([VOCABULARY.index(word) for word in WORDS] * 4)
SIZE, BATCH, K, RATE, LIMIT = 12, 3, 6, 0.25, 1.1


class Model(nn.Module):
    """An LSTM between two uses of one table of words."""

    def __init__(self, rng):
        self.table = nn.Embedding(len(VOCABULARY), SIZE, rng=rng, dtype="float64")
        self.cell = nn.LSTMCell(SIZE, SIZE, rng=rng, dtype="float64")
        self.readout = nn.TiedLinear(self.table.table)


def mask(rng):
    """A mask of dropout (batch, size): 0 for what is left out, 1 / (1 − RATE) for what stays."""
    return (rng.random((BATCH, SIZE)) >= RATE) / (1 - RATE)


class Training:
    """A model and all that its training goes on from."""

    def __init__(self, seed):
        self.model = Model(np.random.default_rng(seed))
        self.optimizer = optim.SGD(self.model.parameters(), lr=0.2, momentum=0.8)
        self.rng = np.random.default_rng(seed + 1)
        self.state = self.model.cell.initial_state(BATCH)
        self.position = 0
        self.log = []

    def step(self, item, state):
        words, following = item
        x = self.model.table(words) * mask(self.rng)
        state = self.model.cell(x, state)
        return nn.cross_entropy(self.model.readout(state.h * mask(self.rng)), following), state

    def train(self, windows=None):
        stream = islice(mg.bptt.TokenRows(TOKENS, BATCH), self.position, None)
        for window in islice(mg.truncated_bptt(self.step, stream, self.state, k1=K), windows):
            norm = mg.clip_grad_norm(self.model.parameters(), LIMIT)
            self.optimizer.step()
            self.log.append((window.loss, norm))
            self.state, self.position = window.state, window.last_step

    def parts(self):
        return {name: getattr(self, name) for name in ("model", "optimizer", "rng", "state", "position")}

    def save(self, path):
        mg.save_run(path, **self.parts())

    def load(self, path):
        run = mg.load_run(path, **self.parts())
        self.state, self.position = run.state, run.position


def with_pytorch(torch, start, rng):
    w, log = tensors(torch, start), []
    optimizer = torch.optim.SGD(w.values(), lr=0.2, momentum=0.8)
    h = c = torch.zeros(BATCH, SIZE, dtype=torch.float64)
    length = (len(TOKENS) - 1) // BATCH
    rows = torch.tensor(np.stack([TOKENS[row * length :][: length + 1] for row in range(BATCH)]))
    for first in range(0, length, K):
        window = range(first, min(first + K, length))
        loss = 0.0
        for t in window:
            x = w.table.table[rows[:, t]] * torch.tensor(mask(rng))
            h, c = torch.lstm_cell(x, (h, c), w.cell.W_x.T, w.cell.W_h.T, w.cell.b)
            logits = (h * torch.tensor(mask(rng))) @ w.table.table.T + w.readout.b
            loss = loss + torch.nn.functional.cross_entropy(logits, rows[:, t + 1])
        optimizer.zero_grad()
        (loss / K).backward()
        norm = clip_grad_norm(w, LIMIT)
        optimizer.step()
        log.append((loss.item() / len(window), norm))
        h, c = h.detach(), c.detach()
    return log, w


def test_the_same_as_pytorch(torch):
    training = Training(0)
    start = training.model.state_dict()
    training.train()
    same((training.log, training.model), with_pytorch(torch, start, np.random.default_rng(1)), start)


def test_a_run_that_stops_goes_on_to_the_bit(tmp_path):
    whole, first, second = Training(0), Training(0), Training(5)
    whole.train()
    first.train(windows=9)
    first.save(tmp_path / "run.npz")
    second.load(tmp_path / "run.npz")
    second.train()
    assert first.log + second.log == whole.log
    assert len(second.log) > 9
    for name, value in whole.model.state_dict().items():
        assert value.tobytes() == second.model.state_dict()[name].tobytes(), name
