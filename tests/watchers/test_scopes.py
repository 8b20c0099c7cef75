"""Scopes on a tape: by hand, and by the calls of modules."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


def titles(tape: mg.Tape) -> list[str]:
    return [scope.title for scope in tape.scopes]


class Pair(nn.Module):
    """Takes its arguments in every way there is."""

    def __init__(self) -> None:
        self.layers = {"in": nn.Linear(2, 2, rng=0), "others": [nn.Linear(2, 2, rng=1)]}

    def __call__(self, x: Any, state: Any = 1.0, *more: Any, scale: float = 1.0) -> Any:
        """Both layers."""
        for layer in (self.layers["in"], *self.layers["others"]):
            x = layer(x)
        return sum(more, x * state * scale)


def x() -> mg.Tensor:
    return mg.tensor(np.ones((1, 2), "float32"))


def test_a_scope_holds_what_its_block_records_and_may_be_nested() -> None:
    with mg.Tape(inspect=True) as tape:
        y = mg.tanh(x())
        with mg.scope("outer"):
            y = mg.tanh(y)
            with mg.scope("inner"):
                y = mg.tanh(y)
        mg.tanh(y)
    first = [record.out for record in tape]
    assert [(s.title, s.first, s.end) for s in tape.scopes] == [
        ("inner", first[2], first[3]),
        ("outer", first[1], first[3]),
    ]


def test_an_error_ends_a_scope() -> None:
    with mg.Tape(inspect=True) as tape:
        with pytest.raises(mg.errors.ShapeError), mg.scope("fails"):
            mg.tanh(x()) @ x()
        with mg.scope("works"):
            mg.tanh(x())
        with pytest.raises(mg.errors.ShapeError):
            nn.Linear(3, 2, rng=0)(x())
        nn.Linear(2, 2, rng=0)(x())
    assert titles(tape) == ["fails", "works", "Linear", "Linear"]


@pytest.mark.parametrize("inspect", [True, False])
def test_only_an_inspected_tape_keeps_scopes(inspect: bool) -> None:
    with mg.Tape(inspect=inspect) as tape, mg.scope("here"):
        nn.Linear(2, 2, rng=0)(x())
    assert titles(tape) == ["Linear", "here"] * inspect
    with mg.scope("no tape"):
        assert nn.Linear(2, 2, rng=0)(x()).shape == (1, 2)


def test_a_module_is_called_by_its_attribute_in_the_module_around_it() -> None:
    with mg.Tape(inspect=True) as tape:
        Pair()(x())
    assert titles(tape) == ["layers.in · Linear", "layers.others.0 · Linear", "Pair"]


def test_a_call_by_way_of_super_is_one_scope() -> None:
    class Louder(nn.Linear):
        def __call__(self, x: Any) -> Any:
            return super().__call__(x) * 2.0

    with mg.Tape(inspect=True) as tape:
        Louder(2, 2, rng=0)(x())
    assert titles(tape) == ["Louder"]


@pytest.mark.parametrize("inspect", [True, False])
def test_modules_take_their_arguments_as_they_are_written(inspect: bool) -> None:
    pair = Pair()
    with mg.Tape(inspect=inspect):
        once = pair(x()).numpy()
        for result in (
            pair(x=x(), state=2.0),
            pair(x(), 2.0),
            pair(x(), state=2.0),
            pair(x(), scale=2.0),
            pair(x(), 1.0, pair(x())),
        ):
            np.testing.assert_allclose(result.numpy(), 2 * once, rtol=1e-6)
        np.testing.assert_allclose(pair(x(), 1.0, once, once).numpy(), 3 * once, rtol=1e-6)
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
            pair()
        with pytest.raises(TypeError, match="multiple values for argument 'x'"):
            pair(x(), x=x())


def test_a_wrapped_call_keeps_its_name_and_its_docstring() -> None:
    assert Pair.__call__.__name__ == "__call__"
    assert Pair.__call__.__doc__ == "Both layers."


def test_threads_do_not_see_each_others_modules() -> None:
    model = nn.Sequential(nn.Linear(2, 2, rng=0), mg.tanh)
    found: list[list[str]] = []
    barrier = threading.Barrier(4)

    def work() -> None:
        with mg.Tape(inspect=True) as tape:
            for _ in range(20):
                barrier.wait()
                model(x())
        found.append(titles(tape))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["layers.0 · Linear", "Sequential"] * 20] * 4


def test_modules_have_names() -> None:
    pair = Pair()
    assert [name for name, _ in pair.named_modules()] == ["", "layers.in", "layers.others.0"]
    assert list(pair.modules()) == [module for _, module in pair.named_modules()]
