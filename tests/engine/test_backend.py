"""Backends: the array decides, nothing crosses between devices silently, CuPy is not imported unasked."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import threading
from contextlib import nullcontext

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors, late
from minigrad.engine import backend
from minigrad.engine.primitive import REGISTRY
from minigrad.engine.rows import product
from tests.numeric import host
from tests.strict import WAITS, DeviceArray, cupyx, strict
from tests.strict_calls import FAULTS

# -- the stand-in itself refuses what CuPy refuses ---------------------------------------------------


@pytest.mark.parametrize(
    "leak",
    [
        lambda d: np.asarray(d),
        lambda d: np.exp(d),
        lambda d: np.sum(d),
        lambda d: np.concatenate([d, d]),
        lambda d: np.maximum(d, 0),
        lambda d: d + np.ones(3),
        lambda d: np.ones(3) * d,
        lambda d: d @ np.ones(3),
        lambda d: d == np.ones(3),
        lambda d: d[np.array([0, 1])],
        lambda d: d.__setitem__(slice(None), np.ones(3)),
        lambda d: strict.where(np.array([True]), d, d),
        lambda d: strict.concatenate([d, np.ones(3)]),
        lambda d: strict.stack([d[0], np.float64(1)]),
        lambda d: np.zeros(3).__setitem__(slice(None), d),
    ],
)
def test_the_stand_in_refuses_every_leak(leak):
    with pytest.raises(TypeError):
        leak(strict.asarray(np.ones(3)))


def test_the_stand_in_computes():
    d = strict.asarray(np.arange(3.0))
    for result in (d.sum(), strict.sum(d), d[0], d * 2, 2.0 - d, np.float64(2) * d, strict.zeros(3), d.T, -d, d > 1):
        assert type(result) is DeviceArray
    assert strict.sum(d).shape == ()
    assert float(d.sum()) == 3.0
    np.testing.assert_array_equal(strict.asnumpy(strict.exp(d)), np.exp(np.arange(3.0)))
    twin = strict.array(d, copy=True)
    twin += 1.0
    strict.add.at(twin, strict.asarray(np.array([0, 0])), 1.0)
    assert strict.asnumpy(twin).tolist() == [3, 2, 3]
    assert strict.asnumpy(d).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "call",
    [
        lambda d: strict.indices((2, 3), sparse=True),
        lambda d: strict.max(d, initial=0.0),
        lambda d: d.max(initial=0.0),
        lambda d: strict.nanquantile(d, 0.5),
        lambda d: strict.linalg.matrix_norm(d),
        lambda d: d.no_such_method(),
        lambda d: strict.exp(d, where=d > 1),
        lambda d: strict.exp([1.0, 2.0]),
        lambda d: strict.maximum.reduce(d),
        lambda d: strict.add.at(d > 1, 0, True),
        lambda d: strict.exp(DeviceArray(np.ones(3, "longdouble"))),
        lambda d: cupyx.errstate(divide="ignore", nothing=1),
    ],
)
def test_what_cupy_lacks_is_refused_and_noted(call):
    with pytest.raises((AttributeError, TypeError, NotImplementedError)):
        call(strict.asarray(np.arange(3.0)))
    assert FAULTS
    FAULTS.clear()


def test_what_a_device_does_otherwise():
    d = strict.asarray(np.arange(3.0))
    one = d.sum()
    with pytest.raises(np.exceptions.AxisError):
        one.sum(axis=0)
    with pytest.raises(np.exceptions.AxisError):
        strict.prod(one, axis=-1)
    with pytest.raises(TypeError):
        [1, 2, 3][d.argmax()]
    assert strict.asnumpy(d[strict.asarray(np.array([3, -4]))]).tolist() == [0, 2]
    assert cupyx.scipy.special.erf(d.astype("float16")).dtype == "float64"
    wide = strict.broadcast_to(d, (2, 3))
    wide[0, 0] = 7.0
    assert strict.asnumpy(wide).tolist() == [[7, 1, 2], [7, 1, 2]]
    assert not hasattr(d.flags, "writeable")


@pytest.mark.parametrize("name", ["inv", "cholesky"])
def test_linear_algebra_raises_when_it_is_asked_to(name):
    function, refused = getattr(strict.linalg, name), strict.asarray(-np.ones((2, 2)))
    assert function(refused).shape == (2, 2)
    with cupyx.errstate(linalg="raise"), pytest.raises(np.linalg.LinAlgError, match="cuSOLVER"):
        function(refused)
    with pytest.raises(TypeError, match="float16"):
        function(refused.astype("float16"))


def test_the_order_of_additions_at_one_index_is_nobodys_promise():
    index, values = strict.asarray(np.zeros(1000, int)), strict.asarray(np.random.default_rng(0).standard_normal(1000))
    sums = set()
    for _ in range(20):
        total = strict.zeros(1)
        strict.add.at(total, index, values)
        sums.add(float(total[0]))
    assert len(sums) > 1


# -- minigrad on top of it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mix",
    [
        lambda h, d: h + d,
        lambda h, d: d @ h,
        lambda h, d: mg.concatenate([h, d]),
        lambda h, d: mg.where(d > 0, h, h),
        lambda h, d: d * h.numpy(),
        lambda h, d: h * d.value,
        lambda h, d: d[h.numpy().astype(int)],
    ],
)
@pytest.mark.parametrize("active", [False, True])
def test_host_and_device_never_mix(mix, active, device):
    h, d = mg.parameter(np.ones(3)), mg.parameter(device.asarray(np.ones(3)))
    tape = mg.Tape()
    with tape if active else nullcontext(), pytest.raises(TypeError) as caught:
        mix(h, d)
    assert len(tape) <= 1
    assert device.__name__ in str(caught.value).lower() or "NumPy" in str(caught.value)


def test_the_message_names_both_devices_and_the_operation(device):
    with pytest.raises(errors.DeviceError) as caught:
        mg.matmul(mg.parameter(np.ones((2, 2))), mg.parameter(device.asarray(np.ones((2, 2)))))
    for word in ("matmul", "numpy", device.__name__, ".to(", __file__):
        assert word in str(caught.value)


def test_numbers_and_numpy_scalars_mix_with_device_arrays(device):
    d = mg.parameter(device.asarray(np.array([1.0, 4.0])))
    with mg.Tape() as tape:
        y = (d * 2 + 1.0) * np.float64(3.0) / np.sqrt(4.0) - np.array(1.0) + 2.0**d
        tape.backward(y.sum())
    np.testing.assert_allclose(host(d.grad), 3 + np.log(2) * 2.0 ** np.array([1, 4]))


def test_a_forward_function_is_given_the_module_of_its_arrays(device):
    given = []
    own = mg.primitive(lambda xp, x, y, z: given.append(xp) or x + y + z, name="test_user", public=False)
    del REGISTRY["test_user"]
    own.defvjp(*[lambda g: g] * 3)
    x = mg.parameter(device.asarray(np.ones(2)))
    for operands in itertools.permutations((x, 2.0, np.float64(3.0))):
        own(*operands)
    assert given == [device] * 6


def test_a_seed_on_another_device(device):
    d = mg.parameter(device.asarray(np.ones(3)))
    with mg.Tape() as tape:
        y = d * 2.0
        with pytest.raises(errors.DeviceError, match="seed"):
            tape.backward(y, np.ones(3))
        tape.backward(y, device.asarray(np.ones(3)))
    np.testing.assert_array_equal(host(d.grad), [2, 2, 2])


def test_assigning_across_devices(device):
    d = mg.parameter(device.asarray(np.ones(3)))
    with pytest.raises(TypeError):
        d.value = np.ones(3)
    with pytest.raises(TypeError):
        mg.parameter(np.ones(3)).value = device.asarray(np.ones(3))


def test_explicit_transfers(xp):
    x = mg.parameter(xp.asarray(np.arange(3.0)))
    copied = x.numpy()
    assert type(copied) is np.ndarray
    copied[:] = 0
    np.testing.assert_array_equal(host(x.value), [0, 1, 2])
    assert "1." in repr(x)
    assert backend.module_of(x.value) is xp
    assert backend.device_of(np.ones(1)) == "cpu"
    assert backend.to_device(x.value, backend.device_of(x.value)) is not None


@pytest.mark.unwitnessed("the witness fetches what it compares")
@pytest.mark.parametrize("masked", [False, True])
def test_a_window_waits_for_the_device_once(masked):
    """Embedding and cross-entropy look at the range of their indices, and each step has a loss."""
    rng = np.random.default_rng(0)
    embed, cell, read = mg.nn.Embedding(7, 4, rng=0), mg.nn.GRUCell(4, 5, rng=1), mg.nn.Linear(5, 7, rng=2)
    for layer in (embed, cell, read):
        layer.to("strict")
    params = [*embed.parameters(), *cell.parameters(), *read.parameters()]
    tokens = strict.asarray(rng.integers(0, 7, (51, 3)))

    fresh = strict.asarray(rng.integers(0, 2, (51, 3)).astype(bool))

    def step(t, h):
        h = cell(embed(tokens[t]), mg.bptt.reset(h, fresh[t]) if masked else h)
        return mg.nn.cross_entropy(read(h), tokens[t + 1], ignore_index=0 if masked else None), h

    waits = []
    start = mg.tensor(strict.zeros((3, 5), "float32"))
    optimizer = mg.optim.Adam(params, 0.01)
    WAITS.clear()
    for window in mg.truncated_bptt(step, range(50), start, k1=25):
        waits.append(+WAITS)
        assert len(window.losses) == 25
        optimizer.step()
        optimizer.zero_grad()
        assert waits[-1] == +WAITS
        WAITS.clear()
    assert waits == [{"asnumpy": 1}] * 2


@pytest.mark.unwitnessed("the witness fetches what it compares")
def test_clipping_waits_once_for_all_gradients():
    params = [mg.parameter(strict.asarray(np.full(3, 2.0))) for _ in range(4)]
    with mg.Tape() as tape:
        tape.backward(sum((p * p).sum() for p in params))
    for clip, most in ((mg.clip_grad_norm, 1), (mg.clip_grad_value, 1)):
        WAITS.clear()
        clip(params, 1.0)
        assert (+WAITS).total() <= most


def test_products_over_rows_are_not_cut_into_blocks_on_a_device(monkeypatch):
    sizes, plain = [], DeviceArray.__matmul__
    monkeypatch.setattr(DeviceArray, "__matmul__", lambda a, b: sizes.append(a.shape) or plain(a, b))
    x, g = (strict.asarray(np.ones((1000, 64))) for _ in range(2))
    assert strict.asnumpy(product(x, g)).tolist() == [[1000.0] * 64] * 64
    assert sizes == [(64, 1000)]


def test_sums_at_an_index_are_the_same_in_every_run():
    rng = np.random.default_rng(0)
    rows, g = rng.integers(0, 5, 1000), rng.standard_normal((1000, 3)).astype("float32")

    def gradient():
        table = mg.parameter(strict.zeros((5, 3), "float32"))
        with mg.Tape() as tape:
            tape.backward((mg.take_rows(table, strict.asarray(rows)) * strict.asarray(g)).sum())
        return strict.asnumpy(table.grad).tobytes()

    assert len({gradient() for _ in range(8)}) == 1
    with mg.atomic_sums():
        assert len({gradient() for _ in range(8)}) > 1
    assert len({gradient() for _ in range(8)}) == 1


def test_refusals_do_not_wait_for_ever():
    """After a thousand questions somebody has to wait, so that they do not pile up."""
    table, bad, good = (strict.asarray(x) for x in (np.ones((4, 2)), np.array([4]), np.array([3])))
    mg.take_rows(mg.tensor(table), bad)
    for _ in range(998):
        mg.take_rows(mg.tensor(table), good)
    with pytest.raises(IndexError, match=rf"outside \[0, 4\).*{__file__}"):
        mg.take_rows(mg.tensor(table), good)
    assert late.forget() == []


@pytest.mark.parametrize("fetch", [host, lambda t: t.item(), float, int, bool, repr, lambda t: f"{t:.1f}"])
def test_whatever_fetches_a_value_raises_what_was_to_be_refused(fetch):
    x = mg.tensor(strict.asarray(np.ones(4)))[strict.asarray(np.array([5]))].sum()
    with pytest.raises(mg.errors.SubscriptError, match="outside"):
        fetch(x)
    assert fetch(x) is not None


@pytest.mark.unwitnessed("the witness knows one thread")
def test_a_refusal_outlives_the_thread_that_asked():
    x, bad = mg.tensor(strict.asarray(np.ones(4))), strict.asarray(np.array([5]))
    found, go_on, asked = [], threading.Event(), threading.Event()

    def work():
        found.append(x[bad])
        asked.set()
        go_on.wait()

    worker = threading.Thread(target=work)
    worker.start()
    asked.wait()
    assert x.numpy().tolist() == [1, 1, 1, 1]  # what another thread asked is no concern of this one
    go_on.set()
    worker.join()
    with pytest.raises(mg.errors.SubscriptError, match=__file__):
        found[0].numpy()
    assert late.forget() == []


def test_clipping_by_value_counts_on_host_and_device_together():
    params = [mg.parameter(strict.ones(2)), mg.parameter(np.ones(2))]
    for p in params:
        with mg.Tape() as tape:
            tape.backward((p * 3.0).sum())
    mg.clip_grad_value(params, 1.0)
    assert [host(p.grad).tolist() for p in params] == [[1, 1], [1, 1]]
    assert backend.numbers([strict.ones(()), np.float64(2)]) == [1, 2]


def test_a_window_names_the_line_of_an_index_out_of_range():
    table = mg.parameter(strict.asarray(np.ones((4, 2))))
    step = lambda t, h: (mg.take_rows(table, t).sum(), h)
    stream = [strict.asarray(np.array([k])) for k in (0, 4, 1)]
    with pytest.raises(IndexError, match=r"a row is outside \[0, 4\); found when"):
        list(mg.truncated_bptt(step, stream, None, k1=3))


def test_state_dict_is_on_the_host(device):
    linear = mg.nn.Linear(2, 3, rng=0)
    for p in linear.parameters():
        p._value = device.asarray(p._value)
    state = linear.state_dict()
    assert {type(a) for a in state.values()} == {np.ndarray}
    linear.load_state_dict({name: a * 2 for name, a in state.items()})
    assert {type(p.value) for p in linear.parameters()} == {type(device.asarray(np.ones(1)))}


def test_module_of_names_what_it_was_given():
    with pytest.raises(errors.DTypeError, match="list"):
        backend.module_of([1.0])
    assert backend.find_module([1.0]) is None
    assert backend.find_module(np.float32(1)) is np
    assert backend.find_module(np.ones(1).view(np.recarray)) is np


def test_devices_by_name():
    assert backend.get_module("cpu") is np
    for name in ("tpu", "numpy", "cupy", None, ["cpu"]):
        with pytest.raises(errors.DeviceError, match=f"unknown device {re.escape(repr(name))}"):
            mg.zeros(2, device=name)
    assert mg.tensor(1.0).to("cpu").item() == 1.0


def test_cuda_without_cupy_names_the_extra():
    if "cupy" in sys.modules or _has_cupy():
        pytest.skip("CuPy is installed")
    with pytest.raises(errors.ExtraError, match=r"minigrad\[cuda\]"):
        mg.tensor(1.0).to("cuda")


def _has_cupy() -> bool:
    import importlib.util

    return importlib.util.find_spec("cupy") is not None


def test_moving_a_recorded_tensor_is_refused():
    x = mg.parameter([1.0])
    with mg.Tape():
        y = x * 2
        with pytest.raises(errors.TapeError, match="detach"):
            y.to("cpu")
        assert y.detach().to("cpu").item() == 2.0


def test_importing_minigrad_imports_no_optional_library():
    program = (
        "import sys, minigrad as mg\n"
        "x = mg.parameter([1.0])\n"
        "with mg.Tape() as t: t.backward((x * x).sum())\n"
        "print([m for m in ('cupy', 'torch', 'matplotlib', 'rich', 'watchfiles', 'scipy') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert run.stdout.strip() == "[]"
