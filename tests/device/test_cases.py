"""The cases on the double of CuPy, and on CuPy under ``-m gpu``."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import late
from tests.device import elements, indices, loops, matrices, networks, programs
from tests.device.comparing import Case, difference, host, put

SECTIONS = {
    "table": elements.table,
    "special": elements.special,
    "index": indices.index,
    "linalg": matrices.linalg,
    "networks": networks.networks,
    "optimisers": networks.optimisers,
    "loops": loops.loops,
    "programs": programs.programs,
}
CASES = [pytest.param(case, id=f"{name}: {case.name}") for name, section in SECTIONS.items() for case in section()]
unwitnessed = pytest.mark.unwitnessed("the device is compared with NumPy, whose walks others look at")


@unwitnessed
@pytest.mark.parametrize("case", CASES)
def test_a_device_agrees_with_numpy(case: Case, device):
    assert difference(case, device) is None
    assert not late.forget()


@pytest.mark.parametrize("failure", [AttributeError("no such method"), mg.errors.MisuseError("a wrong call")])
def test_a_program_that_fails_everywhere_agrees_with_nothing(failure):
    def run(xp):
        raise failure

    assert "device: " in (difference(Case("broken", run), np) or "")
    refused = difference(Case("one call", run, one_call=True), np) is None
    assert refused is isinstance(failure, mg.errors.MinigradError)


@pytest.mark.parametrize("name", indices.OUTSIDE)
def test_what_is_out_of_range_is_refused_when_values_are_fetched(name, device):
    x = put(device, indices.X)
    with pytest.raises(IndexError, match=r"out of bounds|is outside .*indices\.py"):
        host(indices.OUTSIDE[name](x))


@pytest.mark.parametrize("name", indices.ON_THE_HOST)
def test_what_was_left_on_the_host_is_refused(name, device):
    with pytest.raises(mg.errors.DeviceError, match=r"\.to\('cuda'\)"):
        indices.ON_THE_HOST[name](put(device, indices.X))
    x = mg.parameter(indices.X)
    assert np.shape(indices.ON_THE_HOST[name](x)) is not None


def test_an_index_on_a_device_picks_nothing_on_the_host(device):
    with pytest.raises(mg.errors.DeviceError, match="nothing is moved"):
        mg.parameter(indices.X)[device.asarray(np.array([0]))]
