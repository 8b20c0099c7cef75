"""CuPy: whether it is there, new enough, and able to compute.

A wheel of CuPy alone imports without a driver, and without a toolkit its first operation fails late. So the device is
looked at once, when it is asked for, by a small computation whose result is known.
"""

from __future__ import annotations

import functools
import re
from types import ModuleType
from typing import Any

from .errors import DeviceError, ExtraError

LEAST = (14, 2)  # before: the sign of NaN is 0, and a float64 scalar does not widen float32
_EXTRAS = {12: "cuda12", 13: "cuda13"}  # by CUDA's major version, the newest last


@functools.cache
def computing() -> ModuleType:
    """CuPy, once it has shown that it can compute.

    Raises:
        ExtraError: it is not installed, or too old.
        DeviceError: it is, but cannot be imported, or cannot compute.
    """
    try:
        import cupy
    except ModuleNotFoundError as missing:
        if missing.name != "cupy":
            raise _broken(missing) from missing
        raise ExtraError(
            "device 'cuda' needs CuPy: pip install 'minigrad[cuda]', or minigrad[cuda12] for a driver of CUDA 12"
        ) from missing
    except Exception as failure:
        raise _broken(failure) from failure
    check_version(cupy)
    try:
        driver = cupy.cuda.runtime.driverGetVersion()
    except Exception as failure:
        raise DeviceError(f"device 'cuda': CuPy is installed, but the driver does not answer ({failure})") from failure
    if not driver:
        raise DeviceError("device 'cuda': CuPy is installed, but there is no driver: install NVIDIA's, or use 'cpu'")
    try:
        found = _computed(cupy)
    except Exception as failure:
        raise DeviceError(_unable(cupy, driver, str(failure).strip() or type(failure).__name__)) from failure
    if found != 28.0:
        raise DeviceError(_unable(cupy, driver, f"a sum that is 28 came out as {found}"))
    return cupy  # type: ignore[no-any-return]


def check_version(cupy: Any) -> None:
    """Refuse a CuPy that computes otherwise.

    Raises:
        ExtraError: naming the version that is needed.
    """
    if tuple(map(int, re.findall(r"\d+", cupy.__version__)[:2])) < LEAST:
        needed = ".".join(map(str, LEAST))
        raise ExtraError(
            f"CuPy {cupy.__version__} is installed, and minigrad needs CuPy {needed} or newer, as older ones compute "
            "otherwise: pip install --upgrade 'minigrad[cuda]'"
        )


def companion() -> Any:
    """``cupyx``, where CuPy keeps what NumPy has not."""
    import cupyx
    import cupyx.scipy.special

    return cupyx


def _computed(cupy: Any) -> float:
    """28, by one compiled kernel, one product and one sum."""
    x = cupy.arange(4, dtype="float32").reshape(2, 2)
    return float((x @ x + x).sum())


def _broken(failure: Exception) -> DeviceError:
    return DeviceError(
        f"device 'cuda': CuPy is installed, but importing it fails ({type(failure).__name__}: {failure})"
    )


def _unable(cupy: Any, driver: int, why: str) -> str:
    """Why CuPy cannot compute: the failure, the versions that must fit, and what to install."""
    try:
        toolkit = "of CUDA {}.{}".format(*cupy.cuda.nvrtc.getVersion())
    except Exception:
        toolkit = "not found"
    built, major = cupy.cuda.runtime.runtimeGetVersion(), driver // 1000
    if major < min(_EXTRAS):
        advice = f"update the driver to one of CUDA {min(_EXTRAS)} or newer"
    else:
        advice = f"pip install 'minigrad[{_EXTRAS[min(major, max(_EXTRAS))]}]', which brings the toolkit"
    return (
        f"device 'cuda': CuPy {cupy.__version__} cannot compute ({why}). The driver is of CUDA {_version(driver)}, the "
        f"toolkit {toolkit}, CuPy is built for CUDA {_version(built)}: {advice}"
    )


def _version(number: int) -> str:
    """``13020`` as ``13.2``."""
    return f"{number // 1000}.{number % 1000 // 10}"
