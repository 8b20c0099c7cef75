"""The picture of chapter 12: how far back a state depends on others, and a loss with a wall."""

import numpy as np
from mine.engine import Parameter, Tape, collect, sgd_step, square, tanh, tensor, walk, zero_grad

from minigrad.tutorials.pictures import BLUE, GREEN, ORANGE, RED, figure

STEPS, UNITS = 40, 24


def norms(exercise, radius):
    """The norms back through a random network, and those of the powers of its weights."""
    rng = np.random.default_rng(1)
    W = rng.normal(size=(UNITS, UNITS))
    W *= radius / exercise.spectral_radius(W)
    states = [np.zeros(UNITS)]
    for _ in range(STEPS):
        states.append(np.tanh(0.3 * rng.normal(size=UNITS) + states[-1] @ W))
    powers = [np.linalg.norm(np.linalg.matrix_power(W, j), 2) for j in range(STEPS + 1)]
    return exercise.norms_back(W, states), powers


def loss_at(w, steps=30):
    """The loss of one unit that is to be 0.4 after 30 steps, and the tape."""
    tape = Tape()
    weight, h = tensor(tape, w), tensor(tape, 0.5)
    for _ in range(steps):
        h = tanh(weight * h - 0.1)
    return tape, square(h - 0.4)


def descent(exercise, most, updates=40):
    """The weights and losses of gradient descent."""
    w = Parameter(1.6)
    trace = []
    for _ in range(updates + 1):
        tape, loss = loss_at(w)
        trace.append((float(w.value), float(loss.value)))
        zero_grad([w])
        collect(tape, walk(loss))
        exercise.clip_grad_norm([w], most)
        sgd_step([w], lr=0.1)
    return np.array(trace)


def picture(exercise):
    made = figure(7.2, 3.5)
    left, right = made.subplots(1, 2, width_ratios=[1, 1.1])
    for radius, colour in ((1.5, RED), (1.0, ORANGE), (0.5, BLUE)):
        back, powers = norms(exercise, radius)
        left.semilogy(back, color=colour, linewidth=1.8)
        left.semilogy(powers, color=colour, linestyle=":", linewidth=1.4)
        left.annotate(f"{radius}", (STEPS, back[-1]), (5, 0), textcoords="offset points", color=colour, va="center")
    left.plot([], [], color="0.3", linewidth=1.8, label="through the network")
    left.plot([], [], color="0.3", linestyle=":", linewidth=1.4, label="without the slope of tanh")
    left.set(title="Dependence of the last state", xlabel="on the state so many steps before", xlim=(0, STEPS))
    left.set(ylabel="norm of the Jacobian", ylim=(1e-14, 1e14), yticks=[1e-12, 1e-6, 1, 1e6])
    left.legend(loc="upper left", fontsize=9)
    left.annotate("spectral\nradius", (STEPS, 1e3), (5, 0), textcoords="offset points", fontsize=9, color="0.3")

    ws = np.unique([*np.linspace(1.18, 1.66, 200), *np.linspace(1.27, 1.3, 200)])
    right.plot(ws, [float(loss_at(w)[1].value) for w in ws], color="0.6", linewidth=1.4, zorder=1)
    free, clipped = descent(exercise, np.inf), descent(exercise, 0.1)
    jump = 1 + int(np.argmax(np.diff(free[:, 0]) > 1))
    right.plot(*clipped.T, "o", color=GREEN, markersize=4, label="gradient clipped to a norm of 0.1")
    right.plot(*free[:jump].T, "x", color=RED, markersize=6, label="not clipped")
    w, loss = free[jump - 1]
    right.annotate("", (1.65, loss), (w + 0.01, loss), arrowprops={"arrowstyle": "->", "color": RED})
    right.annotate(f"one update, to w = {free[jump, 0]:.1f}", (1.46, loss + 0.03), color=RED, ha="center", fontsize=9)
    right.set(title="A loss with a wall", xlabel="w, the weight of one unit", ylabel="loss after 30 steps")
    right.set(xlim=(1.18, 1.66), ylim=(-0.05, 1.9))
    right.legend(loc="upper right", fontsize=9)
    return made
