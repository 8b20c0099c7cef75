"""Checks of chapter 5: leaves of parameters, sums that change no array, and gradients over several walks."""

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import ask, equal, text


def done(function, *args, asked, right):
    """Call a function for what it changes, which ``right`` says in words."""
    return ask(function, *args, asked=asked).does(right)


def entered(exercise, tape, *parameters):
    """The ids that ``enter`` gives, one after the other."""
    return [ask(exercise.enter, tape, each, asked=f"enter(tape, {each.name})").does("an id") for each in parameters]


def test_enter__makes_a_leaf(exercise, rng):
    tape, w = exercise.Tape(), exercise.Parameter(rng.normal(size=3), "w")
    exercise.leaf(tape, w.value, "x")
    ask(
        exercise.enter, tape, w, asked="enter(tape, w), where %0 is a leaf that has w's array and is no parameter"
    ).gives(1)
    equal("tape.values after enter(tape, w)", tape.values, {0: w.value, 1: w.value})
    equal("tape.names after enter(tape, w)", tape.names, {0: "x", 1: "w"})
    equal("tape.parameters after enter(tape, w): the ids in it", list(tape.parameters), [1])
    equal("tape.parameters after enter(tape, w): is w under its id?", tape.parameters[1] is w, True)


def test_enter__once_however_often(exercise, rng):
    tape = exercise.Tape()
    u, w = exercise.Parameter(rng.normal(size=3), "u"), exercise.Parameter(rng.normal(size=3), "w")
    equal("the ids of u, w, u, w, u, entered in this order", entered(exercise, tape, u, w, u, w, u), [0, 1, 0, 1, 0])
    equal("the ids on the tape after u, w, u, w, u entered", list(tape.values), [0, 1])


def test_enter__tells_parameters_apart(exercise, rng):
    tape, array = exercise.Tape(), rng.normal(size=3)
    u, w = exercise.Parameter(array, "u"), exercise.Parameter(array, "w")
    equal("the ids of u and w, two parameters with one array", entered(exercise, tape, u, w), [0, 1])


def test_enter__is_the_present_value(exercise, rng):
    tape, w = exercise.Tape(), exercise.Parameter(rng.normal(size=3), "w")
    before = w.value
    ids = entered(exercise, tape, w)
    w.value = before - 0.1
    equal(
        "the ids of w: entered once, and twice after w.value became another array",
        ids + entered(exercise, tape, w, w),
        [0, 1, 1],
    )
    equal("tape.values after w entered, changed, and entered again", tape.values, {0: before, 1: w.value})
    equal(
        "tape.parameters after w entered, changed, and entered again: is w under 0, and under 1?",
        [tape.parameters.get(i) is w for i in (0, 1)],
        [True, True],
    )


def test_enter__another_tape(exercise, rng):
    first, second = exercise.Tape(), exercise.Tape()
    w = exercise.Parameter(rng.normal(size=3), "w")
    entered(exercise, first, w)
    exercise.leaf(second, 1.0)
    equal("the id of w on a second tape, where %0 is something else", entered(exercise, second, w), [1])
    equal("the ids on the second tape", list(second.values), [0, 1])


def test_enter__counts_both_uses(exercise):
    tape, w = exercise.Tape(), exercise.Parameter(0.5, "w")
    target = ask(exercise.example, tape, w, 2.0, asked="example(tape, w, 2.0), in which w enters twice").does("an id")
    found = exercise.backward(tape, target).get(0)
    h = np.tanh(1.0)
    equal("the cotangent of w after a walk from tanh(w · 2) · w, at w = 0.5", found, np.array(h + (1 - h**2) * 2 * 0.5))


def test_accumulate__first_and_second(exercise, rng):
    cotangents = {}
    asked = "accumulate(cotangents, 7, 2.0), where 7 has nothing yet"
    done(exercise.accumulate, cotangents, 7, 2.0, asked=asked, right="cotangents becomes {7: 2}")
    equal("cotangents after accumulate(cotangents, 7, 2.0), on an empty dict", cotangents, {7: 2.0})
    asked = "accumulate(cotangents, 7, 0.5), where 7 has 2.0"
    done(exercise.accumulate, cotangents, 7, 0.5, asked=asked, right="cotangents becomes {7: 2.5}")
    equal("cotangents after accumulate 2.0, then 0.5", cotangents, {7: 2.5})


def test_accumulate__leaves_others_alone(exercise, rng):
    g, more = np.array([1.0, 1.0]), rng.normal(size=2)
    cotangents = {3: g}
    for i in (0, 1):
        done(
            exercise.accumulate,
            cotangents,
            i,
            g,
            asked=f"accumulate(cotangents, {i}, [1, 1]), where {i} has nothing yet",
            right=f"{i} has [1, 1] then",
        )
    asked = f"accumulate(cotangents, 0, {text(more)}), where 0 has [1, 1]"
    done(exercise.accumulate, cotangents, 0, more, asked=asked, right=f"0 has {text(1 + more)} then")
    said = f"after g = [1, 1] for 3, 0 and 1, then {[float(f'{each:.6g}') for each in more]} for 0: the cotangent of"
    equal(f"{said} 1", cotangents.get(1), np.ones(2))
    equal(f"{said} 3", cotangents.get(3), np.ones(2))
    equal(f"{said} 0", cotangents.get(0), 1 + more)


def test_accumulate__makes_a_new_array(exercise, rng):
    first, second = rng.normal(size=(2, 3))
    copies = first.copy(), second.copy()
    cotangents = {}
    asked = "accumulate(cotangents, 0, {}), two arrays one after the other"
    done(exercise.accumulate, cotangents, 0, first, asked=asked.format("first"), right="0 has the first then")
    held = cotangents.get(0)
    done(exercise.accumulate, cotangents, 0, second, asked=asked.format("second"), right="0 has the sum then")
    equal("the first contribution, after the second came", first, copies[0])
    equal("the array that was cotangents[0] before the second contribution came", held, copies[0])
    equal("the second contribution", second, copies[1])
    equal("cotangents[0] after both", cotangents.get(0), copies[0] + copies[1])


def on_a_tape(exercise, *sizes):
    """A tape with parameters %0, %1, … , and the parameters."""
    tape = exercise.Tape()
    parameters = [exercise.Parameter(np.ones(n), "uvw"[k]) for k, n in enumerate(sizes)]
    for each in parameters:
        tape.parameters[exercise.leaf(tape, each.value, each.name)] = each
    return tape, parameters


def collected(exercise, tape, cotangents, words):
    right = "each parameter on the tape that has a cotangent gets it added to its grad"
    done(exercise.collect, tape, cotangents, asked=f"collect(tape, {words}", right=right)


def test_collect__one_walk(exercise, rng):
    tape, (u, v, w) = on_a_tape(exercise, 2, 3, 1)
    for_u, for_w = rng.normal(size=2), rng.normal(size=1)
    collected(
        exercise,
        tape,
        {9: np.ones(4), 0: for_u, 2: for_w},
        "cotangents) of a walk that reached u, w and %9; v is on the tape too, and %9 is no parameter",
    )
    equal("u.grad after collect", u.grad, for_u)
    equal("w.grad after collect", w.grad, for_w)
    equal("v.grad, which the walk did not reach", v.grad, None)


def test_collect__many_walks_add(exercise, rng):
    tape, (u,) = on_a_tape(exercise, 2)
    ways = rng.normal(size=(3, 2))
    found = [{0: way.copy()} for way in ways]
    for n, each in enumerate(found, 1):
        collected(exercise, tape, each, f"cotangents) of walk {n}")
        equal(f"u.grad after {n} walk{'s' if n > 1 else ''}", u.grad, ways[:n].sum(axis=0))
    collected(exercise, tape, {}, "{}), a walk that did not reach u")
    equal("u.grad after a walk that did not reach u", u.grad, ways.sum(axis=0))


def test_collect__changes_no_array(exercise, rng):
    tape, (u,) = on_a_tape(exercise, 2)
    one, two = rng.normal(size=(2, 2))
    first, second = {0: one.copy()}, {0: two.copy()}
    collected(exercise, tape, first, "cotangents) of walk 1")
    held = u.grad
    collected(exercise, tape, second, "cotangents) of walk 2")
    equal("cotangents[0] of walk 1, after walk 2 was collected too", first[0], one)
    equal("cotangents[0] of walk 2", second[0], two)
    equal("the array that was u.grad before walk 2 was collected", held, one)


def test_collect__a_parameter_that_changed(exercise, rng):
    """Both leaves of one parameter bring their part."""
    tape, (u,) = on_a_tape(exercise, 2)
    tape.parameters[exercise.leaf(tape, u.value - 0.1, "u")] = u
    one, two = rng.normal(size=(2, 2))
    collected(exercise, tape, {0: one, 1: two}, "cotangents) where %0 and %1 are both leaves of u")
    equal("u.grad, when two leaves of u have cotangents", u.grad, one + two)


def test_collect__agrees_with_minigrad(exercise, rng):
    xs = rng.normal(size=(2, 3))
    mine, right = exercise.Parameter(np.full(3, 0.5), "w"), mg.parameter(np.full(3, 0.5))
    for n, x in enumerate(xs, 1):
        tape = exercise.Tape()
        asked = "learn_from(tape, example(tape, w, x))"
        done(exercise.learn_from, tape, exercise.example(tape, mine, x), asked=asked, right="w.grad is there then")
        with mg.Tape() as other:
            other.backward((mg.tanh(right * x) * right).sum())
        equal(
            f"w.grad after {n} walk(s) from tanh(w x) w, each on a tape of its own", mine.grad, np.asarray(right.grad)
        )


def test_zero_grad__forgets(exercise, rng):
    parameters = [exercise.Parameter(np.ones(2)) for _ in range(3)]
    held = np.array([1.0, 2.0])
    for each in parameters[:2]:
        each.grad = held
    asked = "zero_grad(parameters), where two have a grad and one has None"
    done(exercise.zero_grad, iter(parameters), asked=asked, right="each grad is None then")
    equal(
        "the grads of three parameters after zero_grad; two had one",
        [each.grad for each in parameters],
        [None, None, None],
    )
    equal("the array that was their grad", held, np.array([1.0, 2.0]))
    equal("the values of the parameters", [each.value for each in parameters], [np.ones(2)] * 3)


def predicted(exercise):
    """The gradient of w · w at w = 3 after two walks."""
    tape, w = exercise.Tape(), exercise.Parameter(3.0, "w")
    target = exercise.record(tape, "multiply", exercise.enter(tape, w), exercise.enter(tape, w))
    exercise.learn_from(tape, target)
    exercise.learn_from(tape, target)
    return f"{float(w.grad):g}"
