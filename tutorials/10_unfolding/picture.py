"""The picture of chapter 10: the step, folded, and three steps on the exercise's own tape."""

import numpy as np

import minigrad as mg


def picture(exercise):
    rng = np.random.default_rng(0)
    shapes = {"U": (2, 3), "W": (3, 3), "b": (3,)}
    parameters = [exercise.Parameter(rng.normal(size=shape), name) for name, shape in shapes.items()]
    tape, _ = exercise.unfolded(parameters, rng.normal(size=(3, 1, 2)), np.zeros((1, 3)))
    adopted = mg.tutorials.adopt(tape, [], parameters=tape.parameters)
    title = "One step, written once: three steps on the tape"
    return adopted.draw(view="both", panel=False, memory=False, title=title)
