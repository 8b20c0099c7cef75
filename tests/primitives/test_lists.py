"""Lists of tensors: what takes no list of operands refuses one, and says how to keep the gradient."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.transforms.trees import tree_leaves
from tests.neutral import NAMES, calls


@pytest.mark.unwitnessed("many thousands of one record each")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_a_list_of_tensors_keeps_its_gradient_or_is_refused(name):
    found = False
    for a in (mg.parameter(0.5), mg.parameter([0.5, 0.7])):
        for call in calls(getattr(mg, name), [a, 2.0 * a.value]):
            with mg.Tape() as tape, np.errstate(all="ignore"):
                try:
                    results = tree_leaves(call())
                except mg.errors.MisuseError as refusal:
                    found |= "mg.stack" in str(refusal)
                    continue
                except (TypeError, ValueError, IndexError, np.linalg.LinAlgError):
                    continue
                found = True
                for y in results:
                    assert isinstance(y, mg.Tensor), f"{name} returned {y!r}"
                    assert tape.gradient(y, a, seed=np.ones(y.shape), unused="none", retain=True) is not None, name
    assert found


@pytest.mark.parametrize(
    "call",
    [
        lambda a, b: mg.mean([a, b]),
        lambda a, b: mg.append([a], b),
        lambda a, b: mg.parameter([a, b]),
        lambda a, b: a * [a, b],
        lambda a, b: [b, 1.0] @ a,
        lambda a, b: mg.norm((a, b)),
        lambda a, b: np.sum([a, b]),
        lambda a, b: np.array([a, b]),
        lambda a, b: np.asarray([[1.0, a[0]], [b[1], 2.0]]),
        lambda a, b: np.r_[a, 1.0],
        lambda a, b: np.max((a, b)),
        lambda a, b: np.ones(2) * [a, b],
    ],
)
def test_a_list_is_refused_with_the_way_to_keep_the_gradient(call):
    a, b = mg.parameter([1.0, 2.0]), mg.parameter([3.0, 4.0])
    with (
        mg.Tape(),
        pytest.raises(
            mg.errors.MisuseError, match=r"gradient would be lost; write mg\.stack\(.*mg\.concatenate.*test_lists\.py"
        ),
    ):
        call(a * 1.0, b)


def test_the_advice_beside_the_refusal_keeps_the_gradient():
    a, b = mg.parameter([1.0, 2.0]), mg.parameter([3.0, 4.0])
    with mg.Tape() as tape:
        tape.backward(mg.mean(mg.stack([a, b])) + mg.sum(mg.concatenate([a, b])))
    np.testing.assert_array_equal([a.grad, b.grad], np.full((2, 2), 1.25))


def test_angles_may_be_lists():
    np.testing.assert_allclose(mg.deg2rad([180.0, 90.0]), [np.pi, np.pi / 2])
    np.testing.assert_allclose(mg.rad2deg([np.pi, np.pi / 2]), [180.0, 90.0])
