"""The look at CuPy before anything is computed with it: what is missing, too old or broken is said in one error."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import cuda, errors
from minigrad.engine import backend


@pytest.fixture(autouse=True)
def _looked_at_anew() -> Iterator[None]:
    cuda.computing.cache_clear()
    yield
    cuda.computing.cache_clear()


def raising(failure: Exception) -> Any:
    def function(*_: Any, **options: Any) -> Any:
        raise failure

    return function


def pretended(**changed: Any) -> Any:
    """A CuPy whose parts behave, but for those that are changed."""
    parts: dict[str, Any] = {
        "version": "14.2.0",
        "driver": lambda: 13000,
        "runtime": lambda: 13020,
        "nvrtc": lambda: (13, 2),
        "arange": np.arange,
    } | changed
    runtime = SimpleNamespace(driverGetVersion=parts["driver"], runtimeGetVersion=parts["runtime"])
    cuda_part = SimpleNamespace(runtime=runtime, nvrtc=SimpleNamespace(getVersion=parts["nvrtc"]))

    class Array:
        pass

    return SimpleNamespace(
        __name__="cupy", __version__=parts["version"], cuda=cuda_part, arange=parts["arange"], ndarray=Array
    )


def test_a_device_that_computes_is_looked_at_once(monkeypatch):
    looked = []
    found = pretended(arange=lambda *a, **k: looked.append(a) or np.arange(*a, **k))
    monkeypatch.setitem(sys.modules, "cupy", found)
    assert backend.get_module("cuda") is backend.get_module("cuda") is found
    assert len(looked) == 1


NO_COMPILER = raising(RuntimeError("libnvrtc.so.13"))  # as CuPy says that the compiler's library is not there


@pytest.mark.parametrize(
    ("changed", "kind", "words"),
    [
        ({"version": "14.1.9"}, errors.ExtraError, ["14.1.9", "CuPy 14.2 or newer", "minigrad[cuda]"]),
        ({"version": "13.6.0"}, errors.ExtraError, ["13.6.0", "14.2"]),
        ({"driver": lambda: 0}, errors.DeviceError, ["there is no driver"]),
        ({"driver": raising(RuntimeError("cudaErrorUnknown"))}, errors.DeviceError, ["cudaErrorUnknown", "driver"]),
        (
            {
                "arange": NO_COMPILER,
                "nvrtc": NO_COMPILER,
            },
            errors.DeviceError,
            ["libnvrtc.so.13", "driver is of CUDA 13.0", "toolkit not found", "CUDA 13.2", "minigrad[cuda13]"],
        ),
        (
            {"driver": lambda: 12040, "arange": raising(RuntimeError("cudaErrorInsufficientDriver"))},
            errors.DeviceError,
            ["cudaErrorInsufficientDriver", "CUDA 12.4", "toolkit of CUDA 13.2", "minigrad[cuda12]"],
        ),
        (
            {"driver": lambda: 11080, "arange": raising(RuntimeError("cudaErrorInsufficientDriver"))},
            errors.DeviceError,
            ["CUDA 11.8", "update the driver to one of CUDA 12"],
        ),
        ({"driver": lambda: 14010, "arange": raising(RuntimeError("?"))}, errors.DeviceError, ["minigrad[cuda13]"]),
        (
            {"arange": lambda *a, **k: np.zeros(4, np.float32)},  # memory that nobody wrote
            errors.DeviceError,
            ["a sum that is 28 came out as 0.0"],
        ),
    ],
)
def test_what_cannot_compute_is_refused_in_one_error(changed, kind, words, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", pretended(**changed))
    for asked in (lambda: mg.zeros((2,), device="cuda"), lambda: mg.parameter(1.0).to("cuda")):
        with pytest.raises(kind) as caught:
            asked()
        for word in words:
            assert word in str(caught.value)


@pytest.mark.parametrize(
    ("failure", "kind", "words"),
    [
        (ModuleNotFoundError("No module named 'cupy'", name="cupy"), errors.ExtraError, ["minigrad[cuda]", "cuda12"]),
        (ModuleNotFoundError("No module named 'cuda'", name="cuda"), errors.DeviceError, ["installed", "'cuda'"]),
        (ImportError("libcublas.so.13: cannot open"), errors.DeviceError, ["importing it fails", "libcublas.so.13"]),
        (OSError("bad ELF"), errors.DeviceError, ["importing it fails", "OSError: bad ELF"]),
    ],
)
def test_a_broken_cupy_is_not_said_to_be_missing(failure, kind, words, monkeypatch):
    plain = builtins.__import__
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.setattr(
        builtins, "__import__", lambda name, *rest: raising(failure)() if name == "cupy" else plain(name, *rest)
    )
    with pytest.raises(kind) as caught:
        backend.get_module("cuda")
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("version", ["14.2.0rc1", "14.2rc1", "14.10.0", "15.0.0a1", "15.dev0"])
def test_a_version_that_will_do(version):
    cuda.check_version(pretended(version=version))


def test_an_array_of_an_old_cupy_is_refused(monkeypatch):
    old = pretended(version="13.6.0")
    monkeypatch.setitem(sys.modules, "cupy", old)
    with pytest.raises(errors.ExtraError, match=r"13\.6\.0 .* 14\.2"):
        backend.find_module(old.ndarray())
