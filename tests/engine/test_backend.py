"""Backends: the array decides, nothing crosses between devices silently, CuPy is not imported unasked."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from contextlib import nullcontext

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine import backend
from minigrad.engine.primitive import REGISTRY
from tests.numeric import host
from tests.strict import DeviceArray, strict

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
    with pytest.raises(errors.DeviceError, match="'tpu'"):
        mg.tensor(1.0).to("tpu")
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
