"""The picture of chapter 9: the score over the training, and the predictions for years that were not trained on."""

import numpy as np

from minigrad.tutorials.pictures import BLUE, ORANGE, figure

EVERY, UPDATES = 10, 1000


def picture(exercise):
    years, x, y = exercise.sunspots()
    early = years <= exercise.LAST_TRAINING_YEAR
    rng = np.random.default_rng(0)
    parameters = exercise.initial(rng)
    scores = []
    for _ in range(UPDATES // EVERY + 1):
        scores.append([exercise.score(parameters, x[some], y[some]) for some in (early, ~early)])
        exercise.train(parameters, exercise.batches(x[early], y[early], 32, EVERY, rng), 0.1)
    repeating = 100 * np.sqrt(np.mean((x[~early, -1:] - y[~early]) ** 2))

    tape = exercise.Tape()
    predictions = exercise.network([exercise.tensor(tape, p) for p in parameters], x[~early]).value

    made = figure(7.2, 3.4)
    left, right = made.subplots(1, 2, width_ratios=[1, 1.45])
    updates = EVERY * np.arange(len(scores))
    trained, held_out = np.array(scores).T
    left.plot(updates, held_out, color=ORANGE, label="held-out years")
    left.plot(updates, trained, color=BLUE, label="trained years")
    left.axhline(repeating, color="0.45", linestyle="--", linewidth=1)
    left.annotate(
        f"held-out years, if each were\nlike the year before: {repeating:.1f}", (UPDATES, repeating), (0, 4),
        textcoords="offset points", ha="right", va="bottom", color="0.35", fontsize=9,
    )  # fmt: skip
    left.set(title="How far it is off", xlabel="updates", ylabel="sunspots (root mean square)", xlim=(0, UPDATES))
    left.set_ylim(0, 60)
    left.legend(loc="lower left")
    right.plot(years[~early], 100 * y[~early], color="0.2", linewidth=1.2, label="seen")
    right.plot(
        years[~early], 100 * predictions, color=ORANGE, linewidth=1.6, label="predicted from the five years before"
    )
    right.set(title="Years it was not trained on", xlabel="year", ylabel="sunspots", ylim=(-5, 240))
    right.legend(loc="upper left")
    return made
