"""The picture of chapter 8: one line that reads like NumPy, and the tape that it made."""

import numpy as np

from minigrad.tutorials import adopt


def picture(exercise):
    """The tape of a layer and its loss, with the cotangents of the walk."""
    tape = exercise.Tape()
    W = exercise.tensor(tape, exercise.Parameter([[0.5, -0.4], [0.3, 0.8], [-0.6, 0.1]], "W"))
    b = exercise.tensor(tape, exercise.Parameter([0.1, -0.2], "b"))
    x = exercise.tensor(tape, np.array([[1.0, 0.5, -1.0], [0.2, -0.3, 0.9]]), "x")
    y = exercise.tanh(x @ W + b)
    loss = exercise.square(1 - y).sum()
    made = {record.out for record in tape.records} | {W.i, b.i, x.i}
    tape.names |= {i: "constant" for i in tape.values if i not in made}
    mine = adopt(tape, loss.i, exercise.walk(loss), parameters=[W.i, b.i])
    return mine.draw(title="square(1 - tanh(x @ W + b)).sum(), as your tape has it")
