"""A run that was saved and resumed is the run that never stopped, to the bit."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors, nn, optim
from minigrad.nn import LSTMState
from minigrad.storage.plain import Reader, Writer
from minigrad.storage.runs import load_run, save_run
from minigrad.transforms.trees import tree_map
from tests.numeric import host
from tests.strict import strict

TOKENS, HIDDEN, BATCH, K = 11, 16, 4, 5


class Model(nn.Module):
    """Dropout of both kinds, two layers, tied weights: everything that has a memory of its own."""

    def __init__(self, rng):
        self.table = nn.Embedding(TOKENS, HIDDEN, rng=rng)
        lower = nn.VariationalDropout(nn.LSTMCell(HIDDEN, HIDDEN, learn_state=True, rng=rng), inputs=0.2, rng=rng)
        self.cell = nn.Stacked([lower, nn.GRUCell(HIDDEN, HIDDEN, rng=rng)], dropout=0.2, rng=rng)
        self.readout = nn.TiedLinear(self.table.table)

    def step(self, inputs, state):
        x, y = inputs
        state = self.cell(self.table(x), state)
        return nn.cross_entropy(self.readout(self.cell.output(state)), y), state


class Training:
    """A run: what it is made of, and how it goes on."""

    def __init__(self, seed=0, **scheme):
        self.scheme = {"k1": K, **scheme}
        self.rng = np.random.default_rng(seed)
        self.model = Model(self.rng)
        self.optimizer = optim.AdamW(self.model.parameters(), 0.01)
        self.schedule = optim.LRSchedule(self.optimizer, optim.warm_up(optim.cosine(0.01, 30), 5))
        self.state = self.model.cell.initial_state(BATCH)
        self.overlap = mg.bptt.Overlap(self.model.parameters())
        self.position = 0
        tokens = np.random.default_rng(1).integers(0, TOKENS, 40 * K * BATCH)
        self.rows = mg.bptt.TokenRows(tokens, BATCH)
        self.losses, self.gradients, self.accounts = [], [], []

    def train(self, windows):
        stream = islice(self.rows, self.position, None)
        loop = mg.truncated_bptt(self.model.step, stream, self.state, resume=self.overlap, **self.scheme)
        for window in islice(loop, windows):
            self.gradients.append([p.grad if p.grad is None else p.grad.tobytes() for p in self.model.parameters()])
            mg.clip_grad_norm(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.schedule.step()
            self.losses.append(window.loss)
            self.state = window.state
            self.position = window.last_step
            self.accounts.append((window.index, window.first_step, window.last_step, window.border))

    def save(self, path):
        save_run(
            path,
            model=self.model,
            optimizer=self.optimizer,
            rng=self.rng,
            state=self.state,
            overlap=self.overlap,
            position=self.position,
        )

    def load(self, path):
        run = load_run(
            path,
            model=self.model,
            optimizer=self.optimizer,
            rng=self.rng,
            state=self.state,
            overlap=self.overlap,
            position=self.position,
        )
        self.state, self.position = run.state, run.position
        assert run.model is self.model
        assert run.rng is self.rng

    def fingerprint(self):
        """Every bit of it that matters."""
        values = [self.model.state_dict(), self.optimizer.state_dict()]
        return repr([sorted((n, a.tobytes()) for n, a in each.items()) for each in values]) + repr(
            (self.position, self.rng.bit_generator.state, self.optimizer.lr)
        )


SCHEMES = {
    "windows": {},
    "overlap": {"k2": 3 * K},
    "an overlap of less than a window": {"k2": K + 2},
    "an overlap that is run again": {"k2": 2 * K + 1, "overlap": "recompute"},
    "lag mask": {"k1": 2, "k2": 4, "scheme": "lag mask"},
}


@pytest.mark.parametrize("windows", [1, 10])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_resumed_in_the_same_process(scheme, windows, tmp_path):
    """After one window an overlap still reaches the learned initial state."""
    settings = SCHEMES[scheme]
    whole, first, second = Training(**settings), Training(**settings), Training(seed=5, **settings)
    whole.train(windows + 10)
    first.train(windows)
    first.save(tmp_path / "run.npz")
    second.load(tmp_path / "run.npz")
    second.train(10)
    assert first.accounts + second.accounts == whole.accounts
    assert first.gradients + second.gradients == whole.gradients
    assert first.losses + second.losses == whole.losses
    assert second.fingerprint() == whole.fingerprint()


@pytest.mark.parametrize("scheme", ["windows", "overlap"])
def test_resumed_in_a_new_process(scheme, tmp_path):
    whole, first = Training(**SCHEMES[scheme]), Training(**SCHEMES[scheme])
    whole.train(20)
    first.train(10)
    first.save(tmp_path / "run.npz")
    program = f"""
from tests.storage.test_runs import Training
run = Training(seed=9, **{SCHEMES[scheme]})
run.load({str(tmp_path / "run.npz")!r})
run.train(10)
print(run.fingerprint())
"""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == whole.fingerprint()


def test_the_file_holds_plain_arrays(tmp_path):
    run = Training()
    run.train(1)
    run.save(tmp_path / "run.npz")
    arrays = mg.load(tmp_path / "run.npz")  # which refuses pickle
    assert {"model.table.table", "optimizer.first.0", "optimizer.lr", "rng", "position"} <= arrays.keys()
    assert {"state.0.state.h", "state.0.state.c", "state.0.inputs", "state.1"} <= arrays.keys()
    assert "PCG64" in str(arrays["rng"])


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_generators(kind, tmp_path):
    make = lambda seed: np.random.Generator(getattr(np.random, kind)(seed))
    rng, other = make(1), make(2)
    rng.standard_normal(7)
    rng.integers(0, 10, 3, dtype=np.int32)  # which leaves half a word behind
    save_run(tmp_path / "run", rng=rng)
    load_run(tmp_path / "run", rng=other)
    np.testing.assert_array_equal(rng.integers(0, 10, 5, dtype=np.int32), other.integers(0, 10, 5, dtype=np.int32))
    np.testing.assert_array_equal(rng.standard_normal(9), other.standard_normal(9))


def test_pytrees_come_back_as_they_were(tmp_path, xp):
    array = lambda *shape: xp.asarray(np.arange(np.prod(shape), dtype="float32").reshape(shape))
    tree = {
        "lstm": LSTMState(mg.tensor(array(2, 3)), mg.tensor(array(3, 2))),
        "list": [array(2), None, 3, 2.5, True, "text"],
    }
    save_run(tmp_path / "run", tree=tree, nothing=None, one=mg.tensor(array(2)))
    blank = {
        "lstm": LSTMState(mg.tensor(array(1)), mg.parameter(array(1))),  # shapes may differ
        "list": [array(1), None, 0, 0.0, False, ""],
    }
    run = load_run(tmp_path / "run", tree=blank, nothing=None, one=mg.tensor(array(1)))
    assert isinstance(run.tree["lstm"], LSTMState)
    for mine, saved in zip(run.tree["lstm"], tree["lstm"], strict=True):
        assert type(mine.value) is type(saved.value)
        assert not mine.wants_grad
        np.testing.assert_array_equal(host(mine), host(saved))
    assert type(run.tree["list"][0]) is type(array(1))
    assert run.tree["list"][1:] == tree["list"][1:]
    assert [type(x) for x in run.tree["list"][2:]] == [int, float, bool, str]
    assert run.nothing is None
    np.testing.assert_array_equal(host(run.one), [0, 1])


def changes():
    """What can be wrong with the parts given to load_run, and what the message must say."""
    return {
        "a part too many": ({"more": 1}, ["more"]),
        "another model": ({"model": nn.RNNCell(2, 4)}, ["W_x", "(2, 4)"]),
        "another structure": ({"state": {"h": mg.tensor(np.ones(2)), "c": 1}}, ["'state'", "c"]),
        "another dtype": ({"state": {"h": mg.tensor(np.ones(2, "float32"))}}, ["state.h", "float32"]),
        "another kind of number": ({"position": 0.5}, ["position", "float"]),
        "an array for a number": ({"position": np.zeros(2)}, ["position", "float64"]),
        "another generator": ({"rng": np.random.Generator(np.random.MT19937(0))}, ["rng", "MT19937"]),
        "a generator for a number": ({"position": np.random.default_rng(0)}, ["position", "PCG64"]),
    }


@pytest.mark.parametrize("case", changes())
def test_parts_that_do_not_fit_change_nothing(case, tmp_path):
    def make(seed):
        model = nn.RNNCell(2, 3, rng=seed)
        optimizer = optim.SGD(model.parameters(), 0.1, momentum=0.9)
        for p in model.parameters():
            p.grad = p.value
        optimizer.step()
        state = {"h": mg.tensor(np.ones(2))}
        return {
            "optimizer": optimizer,
            "model": model,
            "state": state,
            "position": 3,
            "rng": np.random.default_rng(seed),
        }

    save_run(tmp_path / "run", **make(0))
    parts = make(1)
    change, words = changes()[case]
    parts.update(change)
    remembered = lambda: repr(
        [
            {n: a.tobytes() for n, a in parts["model"].state_dict().items()},
            {n: a.tobytes() for n, a in parts["optimizer"].state_dict().items()},
            parts["rng"].bit_generator.state,
        ]
    )
    before = remembered()
    with pytest.raises(errors.CheckpointError) as caught:
        load_run(tmp_path / "run", **parts)
    assert all(word in str(caught.value) for word in words), caught.value
    assert remembered() == before


def test_a_part_left_out_is_named(tmp_path):
    save_run(tmp_path / "run", position=1, epoch=2)
    with pytest.raises(errors.CheckpointError, match=r"position, epoch.*asked for were epoch"):
        load_run(tmp_path / "run", epoch=0)


def test_what_cannot_be_saved(tmp_path):
    with pytest.raises(errors.CheckpointError, match=r"state\.1"):
        save_run(tmp_path / "run", state=(1, object()))
    assert not list(tmp_path.iterdir())


def test_your_own_part(tmp_path):
    class Counter:
        count = 0

        def state_dict(self):
            return {"count": np.array(self.count)}

        def load_state_dict(self, state):
            self.count = state["count"].item()

    counter, other = Counter(), Counter()
    counter.count = 7
    save_run(tmp_path / "run", counter=counter)
    load_run(tmp_path / "run", counter=other)
    assert other.count == 7


def test_device_state_is_saved_from_the_host_and_goes_back(tmp_path):
    state = mg.tensor(strict.asarray(np.ones((2, 3))))
    save_run(tmp_path / "run", state=state)
    run = load_run(tmp_path / "run", state=mg.tensor(strict.asarray(np.zeros((2, 3)))))
    assert type(run.state.value) is type(state.value)
    np.testing.assert_array_equal(host(run.state), np.ones((2, 3)))


ALIKE = {
    "numbers and their text": {1: 1.0, "1": 2.0, (1,): 3.0, "(1,)": 4.0, 1.5: 5.0, -1: 6.0, "-1": 7.0},
    "dots": {"b.c": 1.0, "b": {"c": 2.0, "c.d": 3.0}, "": {"": 4.0}, ".": 5.0, 1: [6.0], "1.0": 7.0},
    "quotes": {"'a": {"b'": 1.0}, "'a.b'": 2.0, "a": {"'": 3.0}, "[1]": 4.0, "a!": 5.0, "\\": 6.0, "\0": 7.0},
}


@pytest.mark.parametrize("kind", ALIKE)
def test_every_key_has_a_name_of_its_own(tmp_path, kind):
    def blank(tree):
        return tree_map(lambda _: 0.0, tree)

    mg.save_run(tmp_path / "run", a=ALIKE[kind])
    assert mg.load_run(tmp_path / "run", a=blank(ALIKE[kind])).a == ALIKE[kind]

    class Model(mg.nn.Module):
        def __init__(self):
            self.tree = tree_map(mg.parameter, ALIKE[kind])

    model, fresh = Model(), Model()
    for leaf in fresh.parameters():
        leaf.value = 0.0 * leaf.value
    assert len(model.state_dict()) == len(model.parameters()) == 7
    mg.save_run(tmp_path / "run", model=model)
    mg.load_run(tmp_path / "run", model=fresh)
    assert tree_map(float, fresh.tree) == ALIKE[kind]


def test_names_that_collide_are_refused(tmp_path):
    class Key:
        def __repr__(self):
            return "key"

    for parts in ({"a": {Key(): 1.0, Key(): 2.0}}, {"a.b": 1.0}):
        with pytest.raises(mg.errors.CheckpointError):
            mg.save_run(tmp_path / "run.npz", **parts)
    assert not (tmp_path / "run.npz").exists()


def test_a_learned_initial_state_of_another_shape_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    wide, narrow = (mg.nn.RNNCell(2, hidden, learn_state=True, rng=0) for hidden in (4, 3))
    mg.save_run(path, state=wide.initial_state(2))
    for state, now in (
        (narrow.initial_state(2), r"a parameter of shape \(1, 3\)"),
        (mg.tensor(np.zeros((1, 4), "f4")), "Leaf"),
    ):
        said = rf"'state' was saved as a parameter of shape \(1, 4\); it is now {now}$"
        with pytest.raises(mg.errors.CheckpointError, match=said):
            mg.load_run(path, state=state)
    before = wide.h0.value.copy()
    wide.h0.value = before + 1
    with pytest.raises(mg.errors.CheckpointError):
        mg.load_run(path, state=wide.initial_state(2), more=3)
    np.testing.assert_array_equal(wide.h0.value, before + 1)


def test_a_carried_state_of_one_row_is_not_taken_for_the_learned_one(tmp_path):
    path = tmp_path / "run.npz"
    cell = mg.nn.RNNCell(2, 3, learn_state=True, rng=0)
    carried = cell(np.ones((1, 2), "f4"), cell.initial_state(1)).detach()
    mg.save_run(path, model=cell, state=carried)
    run = mg.load_run(path, model=cell, state=cell.initial_state(1))
    assert not run.state.wants_grad
    np.testing.assert_array_equal(run.state.value, carried.value)
    assert not cell.h0.value.any()


def test_a_learned_initial_state_stays_a_parameter(tmp_path):
    path = tmp_path / "run.npz"
    saved = mg.nn.RNNCell(2, 3, learn_state=True, rng=0)
    mg.save_run(path, model=saved, state=saved.initial_state(2))
    fresh = mg.nn.RNNCell(2, 3, learn_state=True, rng=1)
    run = mg.load_run(path, model=fresh, state=fresh.initial_state(2))
    assert run.state is fresh.h0


# -- what Overlap saves, and what it refuses ---------------------------------------------------------


def written(value, params=()):
    """A value through the JSON and the arrays of an overlap."""
    writer = Writer(params)
    text = json.dumps(writer.write(value, "a test"))
    return Reader(params, [array.copy() for array in writer.arrays]).read(json.loads(text))


def test_plain_values_come_back():
    value = (
        None,
        True,
        3,
        0.1,
        float("inf"),
        "é",
        [1, (2,)],
        {"a": 1, 2: ()},
        slice(None, 3),
        ...,
        np.dtype("float32"),
    )
    assert written(value) == value
    assert written(np.float32(0.1)) == np.float32(0.1)
    assert type(written(np.float64(0.1))) is np.float64
    assert written(np.float32) == np.dtype("float32")
    for value in (np.float64(2.0), np.array(2.0), np.ones((2, 3), "float32")):
        tensor = written(mg.tensor(value) * 1.0)
        assert (tensor.shape, tensor.dtype) == (value.shape, value.dtype)


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a,
        lambda a: a.T,
        lambda a: a[1:3, ::2],
        lambda a: a[::-1, 3:0:-1],
        lambda a: np.broadcast_to(a[0], (3, 4)),
        lambda a: np.asfortranarray(a),
        lambda a: a.reshape(2, 2, 4).transpose(2, 0, 1).copy(order="K")[1],
        lambda a: a[:0],
        lambda a: a.sum(keepdims=True).reshape(()),
        lambda a: np.frombuffer(a.tobytes()),
        lambda a: np.ndarray((3, 2), buffer=bytearray(a), strides=(8, 24)),
        lambda a: a[4:],
        lambda a: np.zeros((0, 3)),
        lambda a: np.zeros((0, 3)).T,
        lambda a: np.zeros((1, 3, 1)).transpose(2, 1, 0),
    ],
)
def test_arrays_come_back_with_their_memory_layout(view):
    array = view(np.arange(16.0).reshape(4, 4))
    back = written(array)
    assert type(back) is np.ndarray
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)
    if array.size:
        assert back.strides == array.strides


def test_windows_that_slide_over_an_array_come_back():
    """They overlap in memory; a copy of them does not, so its strides are others."""
    array = np.lib.stride_tricks.sliding_window_view(np.arange(6.0), 3)
    np.testing.assert_array_equal(written(array), array)


@pytest.mark.parametrize("value", [object(), object, Ellipsis.__class__, lambda: 0, {1, 2}, b"text", 1j])
def test_what_is_no_plain_data_is_refused_by_its_kind(value):
    with pytest.raises(errors.CheckpointError, match=rf"^a test holds a {type(value).__name__}, which cannot"):
        written((1, value))


def test_views_of_the_same_memory_are_written_once():
    array = np.arange(100.0)
    writer = Writer([])
    writer.write((array[:50], array[50:], array), "a test")
    assert sum(each.nbytes for each in writer.arrays) == array.nbytes


def overlapping(step, params, **settings):
    """A loop of two windows on four steps, and the overlap after the first."""
    overlap = mg.bptt.Overlap(params)
    settings = {"k1": 1, "k2": 3, **settings}
    next(mg.truncated_bptt(step, [1.0] * 4, np.ones(2), resume=overlap, **settings))
    return overlap


def test_a_record_that_keeps_a_function_is_refused_by_name(tmp_path):
    w = mg.parameter(2.0)
    cube = mg.checkpoint(lambda h: h * h * w)
    overlap = overlapping(lambda x, h: (cube(h).sum(), h), [w])
    with pytest.raises(errors.CheckpointError, match=r"checkpoint \(%\d+, step 1\) keeps a function"):
        save_run(tmp_path / "run", overlap=overlap)
    assert not list(tmp_path.iterdir())


def test_a_parameter_that_was_not_given_is_named(tmp_path):
    w = mg.parameter(np.ones(2), name="gain")
    overlap = overlapping(lambda x, h: ((h * w).sum(), h * w), [mg.parameter(1.0)])
    with pytest.raises(errors.CheckpointError, match=r"'gain' of shape \(2,\)"):
        save_run(tmp_path / "run", overlap=overlap)


def test_an_overlap_fits_only_the_settings_it_was_saved_with():
    w = mg.parameter(np.ones(2))
    step = lambda x, h: ((h * w).sum(), h * w)
    saved = overlapping(step, [w]).state_dict()
    for settings in ({"k1": 1, "k2": 2}, {"k1": 1, "k2": 3, "overlap": "recompute"}):
        overlap = mg.bptt.Overlap([w])
        overlap.load_state_dict(saved)
        with pytest.raises(errors.CheckpointError, match="overlap of 2 steps and overlap='keep'; this loop"):
            next(mg.truncated_bptt(step, [1.0], np.ones(2), resume=overlap, **settings))
    overlap = mg.bptt.Overlap([w])
    overlap.load_state_dict(saved)
    with pytest.raises(errors.CheckpointError, match="the state had 1 parts, now it has 2"):
        next(mg.truncated_bptt(step, [1.0], (np.ones(2),) * 2, k1=1, k2=3, resume=overlap))
    with pytest.raises(errors.CheckpointError, match="not what an Overlap saved"):
        overlap.load_state_dict({"plan": np.zeros(3)})


def test_an_overlap_with_one_byte_changed_is_refused(tmp_path):
    w = mg.parameter(np.ones(2))
    saved = overlapping(lambda x, h: ((h * w).sum(), h * w), [w]).state_dict()
    overlap, rng = mg.bptt.Overlap([w]), np.random.default_rng(0)
    for _ in range(500):
        changed = {name: array.copy() for name, array in saved.items()}
        array = changed[rng.choice([name for name in changed if changed[name].size])]
        array.reshape(-1).view(np.uint8)[rng.integers(array.nbytes)] ^= 1 << rng.integers(8)
        with pytest.raises(errors.CheckpointError, match="not what an Overlap saved"):
            overlap.load_state_dict(changed)
    overlap.load_state_dict(dict(reversed(saved.items())))
    assert overlap.state_dict().keys() == saved.keys()
    for changed in ({**saved, "more": np.ones(2)}, {name: saved[name] for name in saved if name != "0"}, {"plan": 3}):
        with pytest.raises(errors.CheckpointError, match="not what an Overlap saved"):
            overlap.load_state_dict(changed)
    with pytest.raises(TypeError, match="expected a dict"):
        overlap.load_state_dict(3)
    again = mg.bptt.Overlap([w])
    again.load_state_dict(overlap.state_dict())
    again.load_state_dict({})
    assert again.state_dict() == {}


@pytest.mark.parametrize("policy", ["keep", "recompute"])
def test_an_overlap_on_a_device_is_saved_from_the_host_and_goes_back(policy, tmp_path):
    xs = [strict.asarray(x) for x in np.random.default_rng(0).standard_normal((6, 4, 2))]

    def train(first, last, resume=False):
        w, state = mg.parameter(strict.asarray(np.full((2, 2), 0.3))), mg.tensor(strict.asarray(np.zeros((4, 2))))
        overlap = mg.bptt.Overlap([w])
        if resume:
            state = load_run(tmp_path / "run", w=w, state=state, overlap=overlap).state

        def step(x, h):
            h = mg.tanh(h @ w + x)
            return (h * h).sum(), h

        for window in mg.truncated_bptt(step, xs[first:last], state, k1=1, k2=3, overlap=policy, resume=overlap):
            w.value, w.grad = w.value - 0.1 * w.grad, None
            save_run(tmp_path / "run", w=w, state=window.state, overlap=overlap)
        return host(w)

    whole = train(0, 6)
    train(0, 4)
    np.testing.assert_array_equal(train(4, 6, resume=True), whole)


def test_only_the_next_loop_begins_with_what_was_loaded():
    w = mg.parameter(np.ones(2))
    step = lambda x, h: ((h * w).sum(), h * w)
    overlap = mg.bptt.Overlap([w])
    overlap.load_state_dict(overlapping(step, [w]).state_dict())
    firsts = [next(mg.truncated_bptt(step, [1.0], np.ones(2), k1=1, k2=3, resume=overlap)).first_step for _ in range(2)]
    assert firsts == [2, 1]


def test_a_run_is_taken_from_what_was_read_under_another_limit(tmp_path):
    save_run(tmp_path / "run", tree={"h": np.array([1.0, 2.0])}, position=7)
    read = mg.load(tmp_path / "run", limit=10_000)
    run = load_run(read, tree={"h": np.zeros(2)}, position=0)
    assert run.tree["h"].tolist() == [1.0, 2.0]
    assert run.position == 7
    with pytest.raises(errors.CheckpointError, match="run holds the parts tree, position"):
        load_run(read, position=0)


class Keeping:
    """A part of a user's own, which keeps the arrays that it is given."""

    def __init__(self):
        self.arrays = {"kept": np.ones(2)}

    def state_dict(self):
        return self.arrays

    def load_state_dict(self, state):
        self.arrays = state


def test_what_was_restored_is_a_copy_of_what_was_read(tmp_path):
    state, learned, own = {"array": np.ones(2), "tensor": mg.tensor(np.ones(2))}, mg.parameter(np.ones(2)), Keeping()
    save_run(tmp_path / "run", state=state, learned=learned, own=own)
    read = mg.load(tmp_path / "run")
    run = load_run(read, state=state, learned=learned, own=own)
    run.state["array"] += 1
    own.arrays["kept"] += 1
    learned.value = learned.value + 1
    for array in read.values():
        assert array.tolist() == [1, 1]
        array += 2
    assert run.state["array"].tolist() == own.arrays["kept"].tolist() == learned.value.tolist() == [2, 2]
    assert run.state["tensor"].value.tolist() == [1, 1]
    with pytest.raises(errors.CheckpointError, match="run: 'state' was saved with"):
        load_run(read, state={}, learned=learned, own=own)
