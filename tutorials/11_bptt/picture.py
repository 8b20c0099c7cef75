"""The picture of chapter 11: a walk back on the exercise's own tape, and the same numbers by hand."""

import numpy as np

import minigrad as mg


def picture(exercise):
    rng = np.random.default_rng(1)
    arrays = [0.8 * rng.normal(size=shape) for shape in ((2, 3), (3, 3), (3,))]
    xs, ys = ([rng.normal(size=(1, n)) for _ in range(3)] for n in (2, 3))
    problem = exercise.Problem(*arrays, xs, ys, np.zeros((1, 3)))

    states = exercise.forward(problem)
    direct = exercise.direct_terms(problem, states)
    ds = exercise.deltas(problem.W, states, direct)
    total = [own + delta @ problem.W.T for own, delta in zip(direct, ds[1:])] + direct[-1:]
    notes = {
        t: f"By hand: ‖direct term‖ = {np.linalg.norm(own):.2f}, ‖∂L/∂h{'₁₂₃'[t - 1]}‖ = {np.linalg.norm(whole):.2f}"
        for t, (own, whole) in enumerate(zip(direct, total), 1)
    }
    tape, _, _, losses = exercise.recorded(problem)
    cotangents = exercise.walk(*losses)
    adopted = mg.tutorials.adopt(tape, [loss.i for loss in losses], cotangents, parameters=tape.parameters)
    title = "One walk back through three steps"
    return adopted.draw(notes=notes, title=title, panel=False, memory=False)
