"""Sequence to sequence with attention: sequences of different lengths, with padding, are written backwards."""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad import nn, optim
from tests.programs.tools import clip_grad_norm, same, tensors

DIGITS, LONGEST, BATCH, HIDDEN, UPDATES = 6, 7, 8, 12, 25
PAD, BEGIN = DIGITS, DIGITS + 1
TOKENS = DIGITS + 2


def batches():
    """Sources (time, batch), their lengths (batch,), and targets: the source backwards, then padding."""
    rng = np.random.default_rng(1)
    for _ in range(UPDATES):
        lengths = rng.integers(2, LONGEST + 1, BATCH)
        sources, targets = np.full((2, LONGEST, BATCH), PAD)
        for row, length in enumerate(lengths):
            digits = rng.integers(0, DIGITS, length)
            sources[:length, row], targets[:length, row] = digits, digits[::-1]
        yield sources, lengths, targets


class Translator(nn.Module):
    """A GRU reads; another one writes, and attends at each step to all that the first one said."""

    def __init__(self, rng):
        self.table = nn.Embedding(TOKENS, HIDDEN, rng=rng, dtype="float64")
        self.encoder = nn.GRUCell(HIDDEN, HIDDEN, rng=rng, dtype="float64")
        self.decoder = nn.GRUCell(2 * HIDDEN, HIDDEN, rng=rng, dtype="float64")
        self.query = nn.Linear(HIDDEN, HIDDEN, bias=False, rng=rng, dtype="float64")
        self.key = nn.Linear(HIDDEN, HIDDEN, bias=False, rng=rng, dtype="float64")
        self.readout = nn.Linear(2 * HIDDEN, DIGITS, rng=rng, dtype="float64")

    def __call__(self, sources, lengths, targets):
        read, h = nn.unroll(self.encoder, self.table(sources), lengths=lengths)
        keys = self.key(read)
        present = np.arange(LONGEST)[:, None] < lengths
        loss = 0.0
        for said, target in zip([np.full(BATCH, BEGIN), *targets], targets):
            scores = mg.einsum("tbh,bh->tb", keys, self.query(h)) / np.sqrt(HIDDEN)
            attention = mg.softmax(mg.where(present, scores, -np.inf), axis=0)
            context = mg.einsum("tb,tbh->bh", attention, read)
            h = self.decoder(mg.concatenate([self.table(said), context], axis=1), h)
            logits = self.readout(mg.concatenate([h, context], axis=1))
            loss = loss + nn.cross_entropy(logits, target, reduction="sum", ignore_index=PAD)
        return loss / lengths.sum()


def with_minigrad(model):
    log = []
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    for batch in batches():
        with mg.Tape() as tape:
            loss = model(*batch)
            tape.backward(loss)
        norm = mg.clip_grad_norm(model.parameters(), 0.35)
        optimizer.step()
        log.append((loss.item(), norm))
    return log, model


def with_pytorch(torch, start):
    w, log = tensors(torch, start), []
    optimizer = torch.optim.Adam(w.values(), lr=0.01)

    def gru(cell, x, h):
        return torch.gru_cell(x, h, cell.W_x.T, cell.W_h.T, cell.b_x, cell.b_h)

    for sources, lengths, targets in (map(torch.tensor, batch) for batch in batches()):
        h = torch.zeros(BATCH, HIDDEN, dtype=torch.float64)
        outputs = []
        for t, x in enumerate(w.table.table[sources]):
            alive = (t < lengths)[:, None]
            h = torch.where(alive, gru(w.encoder, x, h), h)
            outputs.append(torch.where(alive, h, 0.0))
        read = torch.stack(outputs)
        keys = read @ w.key.W
        absent = torch.arange(LONGEST)[:, None] >= lengths
        loss = 0.0
        for said, target in zip([torch.full((BATCH,), BEGIN), *targets], targets):
            scores = (keys * (h @ w.query.W)).sum(-1) / HIDDEN**0.5
            attention = torch.softmax(scores.masked_fill(absent, -torch.inf), dim=0)
            context = (attention[..., None] * read).sum(0)
            h = gru(w.decoder, torch.cat([w.table.table[said], context], dim=1), h)
            logits = torch.cat([h, context], dim=1) @ w.readout.W + w.readout.b
            loss = loss + torch.nn.functional.cross_entropy(logits, target, reduction="sum", ignore_index=PAD)
        loss = loss / lengths.sum()
        optimizer.zero_grad()
        loss.backward()
        norm = clip_grad_norm(w, 0.35)
        optimizer.step()
        log.append((loss.item(), norm))
    return log, w


def test_the_same_as_pytorch(torch):
    model = Translator(np.random.default_rng(0))
    start = model.state_dict()
    same(with_minigrad(model), with_pytorch(torch, start), start)
