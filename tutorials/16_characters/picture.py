"""The picture of chapter 16: the score over training, and what the model writes."""

import numpy as np

from minigrad.tutorials.pictures import BLUE, ORANGE, figure

STAGES = (0, 100, 1000)
EVERY = 100
GREY, INK = "#8a94a0", "#20262d"


def trained(exercise):
    """The score of each window, (windows, score) on held-out text, and a sample at each stage."""
    ids = exercise.encoded(exercise.TEXT)
    known, held_out = ids[:-1000], ids[-1000:]
    parameters = exercise.new_parameters(len(exercise.ALPHABET), 64, np.random.default_rng(0))
    bits, scores, samples = [], [], {}
    for windows in range(0, STAGES[-1] + 1, EVERY):
        if windows:  # go on where the text was left
            bits += exercise.train(parameters, np.roll(known, -20 * (windows - EVERY)), 16, 20, EVERY, 1.0, 1.0)
        scores.append((windows, exercise.bits_per_character(parameters, held_out)))
        if windows in STAGES:
            written = exercise.sample(parameters, int(ids[0]), 2 * 84, 0.7, np.random.default_rng(3))
            samples[windows] = exercise.decoded(written).replace("\n", " ")
    return bits, scores, samples


def picture(exercise):
    """A curve above, and samples below."""
    bits, scores, samples = trained(exercise)
    made = figure(7.2, 5.4)
    above, below = made.subplots(2, 1, height_ratios=[1.25, 1])
    smooth = np.convolve(bits, np.ones(10) / 10, mode="valid")
    above.plot(np.arange(len(smooth)) + 10, smooth, color=BLUE, label="in training (mean of 10 windows)")
    above.plot(*zip(*scores, strict=True), "o-", color=ORANGE, markersize=4, label="on held-out text")
    characters = len(exercise.ALPHABET)
    counts = np.bincount(exercise.encoded(exercise.TEXT))
    shares = counts / counts.sum()
    for level, said in (
        (np.log2(characters), f"all {characters} characters alike"),
        (-np.sum(shares * np.log2(shares)), "how often each one occurs"),
    ):
        above.axhline(level, color=GREY, linestyle=(0, (4, 3)), linewidth=1)
        above.annotate(said, (STAGES[-1], level), xytext=(0, 3), textcoords="offset points", ha="right", fontsize=9)
    above.set(xlabel="windows", ylabel="bits per character", ylim=(2, 6.3))
    above.legend(loc="center", fontsize=9, bbox_to_anchor=(0.4, 0.73))
    above.set_title("The engine learns", loc="left")
    below.axis("off")
    below.set_title("and writes, at temperature 0.7", loc="left")
    for n, (windows, written) in enumerate(samples.items()):
        top = 0.98 - 0.35 * n
        below.text(0, top, f"after {windows} windows", va="top", fontsize=9, color=GREY, transform=below.transAxes)
        for line in range(2):
            said = written[84 * line : 84 * (line + 1)].replace(" ", "\N{NO-BREAK SPACE}")
            place = top - 0.1 * (line + 1)
            below.text(0, place, said, va="top", fontsize=9, family="monospace", color=INK, transform=below.transAxes)
    return made
