"""Checks of chapter 2."""

import numpy as np

from minigrad.tutorials.asking import ask, equal, text


def cube(t):
    """Of t³ the central difference is exactly 3t² + ε²."""
    return t**3


def slope_of_cube(t):
    return 3 * t**2


def of_both(x, y):
    """A polynomial of second degree in each number, so that central differences are exact but for rounding."""
    return float(np.sum(x * x) * y[0, 1] + np.sum(y * y) - 3 * x[2])


def slopes_of_both(x, y):
    by_y = 2 * y
    by_y[0, 1] += np.sum(x * x)
    return [2 * x * y[0, 1] - np.array([0.0, 0.0, 3.0]), by_y]


def arrays(rng):
    """A vector and a matrix, in which no two numbers are alike."""
    return rng.uniform(0.5, 2, size=3), rng.uniform(0.5, 2, size=(2, 2))


def claim(exercise, rng, off):
    """Ask ``gradcheck`` about a gradient that is right but for what ``off`` adds to some of its numbers."""
    x, y = arrays(rng)

    def gradient(*xs):
        claimed = slopes_of_both(*xs)
        for (n, at), by in off.items():
            claimed[n][at] += by
        return claimed

    said = " and ".join(f"xs[{n}][{', '.join(map(str, at))}] by {by:+g}" for (n, at), by in off.items())
    where = f"is off at {said}" if off else "is right"
    asked = f"gradcheck(f, gradient, *xs) of two arrays, where what gradient(*xs) claims {where}"
    right = max([abs(by) / (1 + abs(slopes_of_both(x, y)[n][at])) for (n, at), by in off.items()], default=0.0)
    return ask(exercise.gradcheck, of_both, gradient, x, y, asked=asked), right


def test_central_difference__both_sides(exercise):
    for x in (1.0, -0.5):
        asked = f"central_difference(cube, {text(x)}, eps=0.5), where cube(t) = t³"
        ask(exercise.central_difference, cube, x, eps=0.5, asked=asked).gives(3 * x**2 + 0.25)


def test_central_difference__another_distance(exercise, rng):
    x, eps = rng.uniform(0.5, 1.5), rng.uniform(0.1, 0.4)
    asked = f"central_difference(cube, {text(x)}, {text(eps)}), where cube(t) = t³"
    ask(exercise.central_difference, cube, x, eps, asked=asked).gives(3 * x**2 + eps**2)


def test_central_difference__its_own_distance(exercise, rng):
    x = rng.uniform(0.5, 1.5)
    asked = f"central_difference(np.sin, {text(x)})"
    ask(exercise.central_difference, np.sin, x, asked=asked).gives(float(np.cos(x)), within=1e-8)


def test_central_difference__two_calls(exercise):
    seen = []

    def f(t):
        seen.append(t)
        return 2.0 * t

    ask(exercise.central_difference, f, 1.0, eps=0.25, asked="central_difference(f, 1, eps=0.25)").gives(2.0)
    equal("where central_difference(f, 1, eps=0.25) looks at f", sorted(seen), [0.75, 1.25])


def test_gradcheck__right(exercise, rng):
    answer, _ = claim(exercise, rng, {})
    answer.gives(0.0, within=1e-7)


def test_gradcheck__one_number_is_off(exercise, rng):
    places = [(0, (0,)), (0, (1,)), (0, (2,)), (1, (0, 0)), (1, (0, 1)), (1, (1, 0)), (1, (1, 1))]
    for place, by in zip(places, (0.5, -0.5, 0.25, -0.125, 0.5, 3.0, -2.0), strict=True):
        answer, right = claim(exercise, rng, {place: by})
        answer.gives(right)


def test_gradcheck__the_largest_of_some(exercise, rng):
    answer, right = claim(exercise, rng, {(0, (1,)): 0.5, (0, (2,)): -4.0, (1, (1, 0)): 0.25, (1, (1, 1)): -0.125})
    answer.gives(right)


def test_gradcheck__its_distance(exercise):
    answer = ask(
        exercise.gradcheck,
        lambda x: float(cube(x[()])),
        lambda x: [slope_of_cube(x)],
        np.array(1.0),
        eps=0.5,
        asked="gradcheck(cube, its right gradient, np.array(1.0), eps=0.5), where the central difference is 3.25",
    )
    answer.gives(0.25 / 4.25)


def test_gradcheck__nan(exercise, rng):
    for place in ((0, (0,)), (0, (1,)), (1, (1, 1))):
        answer, _ = claim(exercise, rng, {place: np.nan})
        answer.gives(np.nan)


def test_gradcheck__the_arrays_stay(exercise, rng):
    x, y = arrays(rng)
    before = [x.copy(), y.copy()]
    ask(exercise.gradcheck, of_both, slopes_of_both, x, y, asked="gradcheck(f, gradient, *xs) of two arrays").gives(
        0.0, within=1e-7
    )
    equal("the arrays after gradcheck", [x, y], before, within=0)


def test_errors__of_each_distance(exercise):
    epsilons = [0.5, 0.1, 0.25]
    asked = "errors(cube, its derivative, 2, [0.5, 0.1, 0.25])"
    ask(exercise.errors, cube, slope_of_cube, 2.0, epsilons, asked=asked).gives([0.25, 0.01, 0.0625])


def test_errors__never_negative(exercise, rng):
    x, epsilons = rng.uniform(0.5, 1.0), [0.5, 0.25]
    right = [abs(np.cos(x) * (np.sin(eps) / eps - 1)) for eps in epsilons]
    ask(exercise.errors, np.sin, np.cos, x, epsilons, asked=f"errors(np.sin, np.cos, {text(x)}, [0.5, 0.25])").gives(
        right
    )


def predicted(exercise):
    """The distance with the smallest error for t³ at 1 in float32, of four powers of ten."""

    def in_float32(t):
        t = np.float32(t)
        return float(t * t * t)

    powers = range(1, 8, 2)
    found = exercise.errors(in_float32, slope_of_cube, 1.0, [10.0**-power for power in powers])
    return f"1e-{powers[int(np.argmin(found))]}"
