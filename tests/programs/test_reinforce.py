"""REINFORCE with a baseline: two heads on one LSTM say what to do and what it will be worth."""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad import nn, optim
from tests.programs.tools import same, tensors

SYMBOLS, DELAY, STEPS, BATCH, HIDDEN, EPISODES = 3, 2, 8, 12, 10, 30
DISCOUNT, ENTROPY = 0.8, 0.01


class Game:
    """At each step a symbol is shown; naming the one of two steps ago is worth 1."""

    def __init__(self, rng):
        self.shown = rng.integers(0, SYMBOLS, (STEPS, BATCH))
        self.time = 0

    def look(self):
        return np.eye(SYMBOLS)[self.shown[self.time]]

    def play(self, actions):
        """The reward of each row (batch,)."""
        self.time += 1
        seen = self.time - 1 - DELAY
        return (actions == self.shown[seen]).astype(float) if seen >= 0 else np.zeros(BATCH)


def drawn(probabilities, rng):
    """One action for each row of probabilities (batch, actions)."""
    return (rng.random((BATCH, 1)) > probabilities.cumsum(axis=1)[:, :-1]).sum(axis=1)


def returns_of(rewards):
    """Discounted sums of the rewards, for each step from there on (time, batch)."""
    returns, following = [], np.zeros(BATCH)
    for reward in reversed(rewards):
        following = reward + DISCOUNT * following
        returns.insert(0, following)
    return np.stack(returns)


class Agent(nn.Module):
    """A policy and a value, read from the same state."""

    def __init__(self, rng):
        self.cell = nn.LSTMCell(SYMBOLS, HIDDEN, rng=rng, dtype="float64")
        self.policy = nn.Linear(HIDDEN, SYMBOLS, rng=rng, dtype="float64")
        self.value = nn.Linear(HIDDEN, 1, rng=rng, dtype="float64")


def with_minigrad(agent):
    losses, rng = [], np.random.default_rng(1)
    optimizer = optim.SGD(agent.parameters(), lr=0.3)
    for _ in range(EPISODES):
        game, rewards, chosen, values, entropies = Game(rng), [], [], [], []
        with mg.Tape() as tape:
            state = agent.cell.initial_state(BATCH)
            for _ in range(STEPS):
                tape.mark()
                state = agent.cell(game.look(), state)
                log_p = mg.log_softmax(agent.policy(state.h))
                actions = drawn(np.exp(log_p.value), rng)
                rewards.append(game.play(actions))
                chosen.append(log_p[np.arange(BATCH), actions])
                entropies.append(-(mg.exp(log_p) * log_p).sum(axis=1))
                values.append(agent.value(state.h)[:, 0])
            returns, values = returns_of(rewards), mg.stack(values)
            advantages = returns - values.value
            loss = -(advantages * mg.stack(chosen)).mean() - ENTROPY * mg.stack(entropies).mean()
            loss = loss + nn.mse_loss(values, returns)
            tape.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    return losses, agent


def with_pytorch(torch, start):
    w, losses, rng = tensors(torch, start), [], np.random.default_rng(1)
    optimizer = torch.optim.SGD(w.values(), lr=0.3)
    for _ in range(EPISODES):
        game, rewards, chosen, values, entropies = Game(rng), [], [], [], []
        h = c = torch.zeros(BATCH, HIDDEN, dtype=torch.float64)
        for _ in range(STEPS):
            h, c = torch.lstm_cell(torch.tensor(game.look()), (h, c), w.cell.W_x.T, w.cell.W_h.T, w.cell.b)
            log_p = torch.log_softmax(h @ w.policy.W + w.policy.b, dim=1)
            actions = drawn(log_p.detach().exp().numpy(), rng)
            rewards.append(game.play(actions))
            chosen.append(log_p[torch.arange(BATCH), torch.tensor(actions)])
            entropies.append(-(log_p.exp() * log_p).sum(dim=1))
            values.append((h @ w.value.W + w.value.b)[:, 0])
        returns, values = torch.tensor(returns_of(rewards)), torch.stack(values)
        advantages = returns - values.detach()
        loss = -(advantages * torch.stack(chosen)).mean() - ENTROPY * torch.stack(entropies).mean()
        loss = loss + torch.nn.functional.mse_loss(values, returns)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, w


def test_the_same_as_pytorch(torch):
    agent = Agent(np.random.default_rng(0))
    start = agent.state_dict()
    same(with_minigrad(agent), with_pytorch(torch, start), start)
