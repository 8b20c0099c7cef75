"""The reverse walk at its edges: what dtype arrives where, where it ends, and what it says once."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine import tape as tapes
from tests.numeric import host

# -- dtypes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("narrow", ["float16", "float32"])
def test_a_hook_sees_the_dtype_of_its_value(narrow, create_graph):
    """What is wider further on, a float64 target here, does not widen what flows back."""
    x, wide = mg.parameter([1.0, 2.0], dtype=narrow), np.array([3.0, 4.0])
    seen = []
    with mg.Tape() as tape:
        y = x * 2
        tape.hook(y, lambda g: seen.append((g.dtype.name, g.numpy().tolist())))
        gradient = tape.gradient((y * wide).sum(), x, create_graph=create_graph)
    assert seen == [(narrow, [3.0, 4.0])]
    assert gradient.dtype == narrow
    np.testing.assert_array_equal(gradient.value, [6, 8])


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("narrow", ["float16", "float32"])
@pytest.mark.parametrize("place", ["leaf", "border", "leaf and target"])
def test_so_does_a_hook_at_a_leaf_and_at_the_border_of_a_cut(place, narrow, create_graph):
    """No record of theirs is walked."""
    x, wide = mg.parameter([1.0, 2.0], dtype=narrow), np.array([3.0, 4.0])
    seen = []
    with mg.Tape(inspect=True) as tape:
        source = x
        if place == "border":
            source = x * 1
            tape.cut()
        tape.hook(source, lambda g: seen.append((g.dtype.name, g.numpy().tolist())))
        y = source if place == "leaf and target" else source * wide
        gradient = tape.gradient(y, source, wide if y is source else np.ones(2), create_graph=create_graph)
    assert seen == [(narrow, [3.0, 4.0])]
    assert gradient.dtype == narrow
    assert tape.walks[0].cotangents[source._place[1]].dtype == narrow


@pytest.mark.parametrize("wider", [np.float64(2), np.array([2.0, 2.0])])
def test_gradients_have_the_dtype_of_their_parameter(wider):
    x = mg.parameter(np.ones(2, "float32"))
    with mg.Tape() as tape:
        for _ in range(2):
            tape.backward(x * wider, np.ones(2))
            assert x.grad.dtype == "float32"
        tape.backward(x, np.ones(2))
    assert x.grad.dtype == "float32"
    np.testing.assert_array_equal(x.grad, [5, 5])


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("returned", [lambda g: g.astype("float64") / 3, lambda g: np.full(2, 1 / 3)])
def test_what_a_hook_returns_takes_the_dtype_of_the_value(returned, create_graph):
    x = mg.parameter(np.ones(2, "float32"))
    seen = []
    with mg.Tape(inspect=True) as tape:
        y = x * 2
        tape.hook(y, returned)
        tape.hook(y, lambda g: seen.append(g.dtype.name))
        tape.gradient(y.sum(), x, create_graph=create_graph)
    assert seen == ["float32"]
    assert [(type(g), g.dtype.name) for g in tape.walks[0].cotangents.values()] == [(np.ndarray, "float32")] * 3
    assert tape.cotangents == ({} if create_graph else tape.walks[0].cotangents)


def test_only_an_inspecting_tape_keeps_what_arrived():
    x = mg.parameter(2.0)
    with mg.Tape() as tape:
        y = x * x
        tape.hook(y, lambda g: g)
        tape.backward(y)
    assert tape.cotangents == {}


# -- where it ends ---------------------------------------------------------------------------------


def test_the_walk_ends_at_each_of_several_sources():
    """The records that computed a source are left as they were, though the walk goes on to an older source."""
    w, p = mg.parameter(5.0), mg.parameter(2.0)
    with mg.Tape() as tape:
        old = w * w
        h = p * p * p
        y = h * old
        assert [g.item() for g in tape.gradient(y, [h, w])] == [25.0, 80.0]
        assert tape.gradient(h, p).item() == 12.0


def test_a_source_on_the_way_to_another_is_walked_through():
    p = mg.parameter(2.0)
    with mg.Tape() as tape:
        h = p * p
        y = h * 3.0
        assert [g.item() for g in tape.gradient(y, [h, p])] == [3.0, 12.0]
        with pytest.raises(errors.ConsumedError):
            tape.gradient(h, p)


def test_a_target_that_depends_on_no_source_is_left_alone():
    x, p = mg.parameter(2.0), mg.parameter(3.0)
    with mg.Tape() as tape:
        y, z = x * x, p * p
        tape.hook(z, lambda g: 1 / 0)
        assert tape.gradient([y, z], x).item() == 4.0
        assert tape.unreached == (z._place[1],)
    with mg.Tape() as tape:
        y, z = x * x, p * p
        tape.gradient([z, y], x)
        assert tape.gradient(z, p).item() == 6.0


def test_what_was_walked_is_a_constant_to_another_source():
    x, p = mg.parameter(2.0), mg.parameter(3.0)
    with mg.Tape() as tape:
        start = x * 1.0
        branch = p * p
        assert tape.gradient(branch, p).item() == 6.0
        assert tape.gradient(start * branch, x).item() == 9.0


@pytest.mark.parametrize("whole", ["int64", "int8", "bool"])
def test_nothing_flows_back_through_whole_numbers(whole):
    x = mg.parameter([1.5, 2.5])
    with mg.Tape() as tape:
        y = (x.astype(whole) * 2.0).sum()
        with pytest.raises(errors.UnusedError):
            tape.gradient(y, x)
        assert tape.gradient(y + x.sum(), x).numpy().tolist() == [1.0, 1.0]


def test_a_target_behind_an_operation_without_derivative_is_unreached():
    step = mg.primitive(lambda xp, x: xp.sign(x), name="step_of_walk", public=False)
    step.defvjp(None)
    x = mg.parameter([1.5, -2.5])
    with mg.Tape() as tape:
        lost, kept = step(x).sum(), x.sum()
        assert tape.gradient([lost, kept], x).numpy().tolist() == [1.0, 1.0]
        assert tape.unreached == (lost._place[1],)


@pytest.mark.parametrize("seed", [1.0, 3, np.array(1.0), mg.tensor(1.0), [1.0], (1.0, 2.0, 3.0), np.ones(3), ()])
def test_several_targets_take_one_seed_each(seed):
    x = mg.parameter(2.0)
    with mg.Tape() as tape:
        targets = [x * 3.0, x * x]
        with pytest.raises(errors.ShapeError, match=r"2 targets were given with .* not one seed for each"):
            tape.gradient(targets, x, seed)
        assert tape.gradient(targets, x, iter([1.0, 10.0])).item() == 43.0


@pytest.mark.parametrize("operand", [(4,), (3, 2), (1, 2), (2, 1, 2)])
def test_a_rule_may_leave_the_sum_to_the_walk_only_where_the_operand_was_broadcast(operand):
    shrink = mg.primitive(lambda xp, x: x.reshape(-1)[:2] * 1.0, name="shrink", broadcasts=True, public=False)
    shrink.defvjp(lambda g: g)
    x = mg.parameter(np.ones(operand))
    with mg.Tape() as tape:
        y = shrink(x).sum()
        with pytest.raises(errors.RuleError, match=r"the vjp rule of shrink for argument 0 returned shape \(2,\)"):
            tape.gradient(y, x)


def test_a_rule_that_returns_another_shape_is_refused_though_the_operand_would_broadcast_to_it():
    widened = mg.primitive(lambda xp, x: x * xp.ones(3), name="widened", broadcasts=True, public=False)
    widened.defvjp(lambda g: g[:2])
    x = mg.parameter(np.ones(1))
    with mg.Tape() as tape, pytest.raises(errors.RuleError, match=r"widened for argument 0 returned shape \(2,\)"):
        tape.gradient(widened(x).sum(), x)


def test_a_number_of_any_module_is_a_seed_of_a_scalar(device):
    x = mg.parameter(device.asarray(np.ones(3)))
    with mg.Tape() as tape:
        y = (x * 2.0).sum()
        for seed in (3, 3.0, np.float32(3), np.array(3.0), mg.tensor(3.0), device.asarray(3.0)):
            assert host(tape.gradient(y, x, seed, retain=True)).tolist() == [6.0, 6.0, 6.0]
        with pytest.raises(errors.DeviceError, match="the seed is on"):
            tape.gradient(x * 2.0, x, np.ones(3))


@pytest.mark.parametrize("wrong", [3, None, b"name"])
def test_names_are_strings_and_hooks_are_functions(wrong):
    with mg.Tape() as tape:
        y = mg.parameter(1.0) * 2.0
        with pytest.raises(TypeError, match=r"^tape\.name"):
            tape.name(y, wrong)
        with pytest.raises(TypeError, match=r"^mg\.Tape\.hook"):
            tape.hook(y, wrong)
        assert not tape.hooks
        assert y._place[1] not in tape.names


# -- what is recorded meanwhile --------------------------------------------------------------------


def test_what_a_hook_computes_is_recorded_under_create_graph_only():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * x
        tape.hook(y, lambda g: g * x)
        z = y * 2.0
        count = len(tape)
        assert tape.gradient(z, x, retain=True).item() == 36.0
        assert len(tape) == count
        second = tape.gradient(tape.gradient(z, x, create_graph=True), x)
        assert second.item() == 24.0, "d/dx of 2x · 2x, the 2 that arrives times x"


def test_records_of_walks_inside_walks_know_how_deep_they_are():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * x
        z, other = y * y, x * x * x
        inside = []

        def walk_again(g):
            before = len(tape)
            inside.append(tape.gradient(other, x, create_graph=True))
            inside.append({record.order for record in tape.records[before:]})

        tape.hook(y, walk_again)
        before = len(tape)
        gradient = tape.gradient(z, x, create_graph=True)
        assert (gradient.item(), inside[0].item()) == (108.0, 27.0)
        assert inside[1] == {2}
        assert tape.records[-1].order == 1
        assert {record.order for record in tape.records[before:]} == {1, 2}
        assert (x * 1.0).item() == 3.0
        assert tape.records[-1].order == 0


def test_a_constant_that_a_rule_returns_arrives_as_a_tensor():
    @mg.primitive(name="counted", public=False)
    def counted(xp, x):
        return xp.asarray(x + 1)

    counted.defvjp(lambda g, x: np.full(2, 5.0))
    x, seen = mg.parameter([1.0, 2.0]), []
    with mg.Tape() as tape:
        y = x * x
        tape.hook(y, lambda g: seen.append(type(g)))
        gradient = tape.gradient(counted(y).sum(), x, create_graph=True)
        assert gradient.numpy().tolist() == [10.0, 20.0]
        assert tape.gradient(gradient.sum(), x).numpy().tolist() == [10.0, 10.0]
    assert seen == [mg.Tensor]


# -- what is said once, and what is known again ----------------------------------------------------


def test_a_tape_that_is_never_cut_says_so_once(monkeypatch):
    monkeypatch.setattr(tapes, "_WALKED_LIMIT", 5)
    x = mg.parameter(1.0)
    with mg.Tape() as tape:

        def messages() -> list[str]:
            """What each of some walks over two records says."""
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                said = []
                for _ in range(6):
                    tape.backward(x * 2.0 * 3.0)
                    said.append("; ".join(str(each.message) for each in caught))
                    caught.clear()
            return said

        for _ in range(2):
            first = messages()
            assert [bool(message) for message in first] == [False, False, True, False, False, False]
            assert "holds 6 records that were walked and never cut" in first[2]
            assert messages() == [""] * 6
            tape.cut()


def test_records_that_are_walked_and_cut_need_no_warning(monkeypatch):
    monkeypatch.setattr(tapes, "_WALKED_LIMIT", 5)
    x = mg.parameter(1.0)
    with mg.Tape() as tape, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(9):
            tape.backward(x * 2.0 * 3.0)
            tape.cut()
        for _ in range(9):
            tape.backward(x * 2.0, retain=True)  # nothing is freed
    assert caught == []


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_leaf_that_a_cut_forgot_is_known_by_its_name_again(which):
    masks = [mg.tensor([1.0, 0.0], name=f"mask {k}") for k in range(3)]
    mask, w = masks[which], mg.parameter([3.0, 4.0], name="w")
    with mg.Tape() as tape:
        tape.mark()
        _ = w * masks[0] * masks[1] * masks[2]
        for _ in range(2):
            tape.mark()
            h = w * 2.0
            tape.cut(keep=1)
        assert sorted(tape.names.values()) == ["w"]
        y = h * mask
    (i,) = (i for i, leaf in tape.leaves.items() if leaf is mask)
    assert tape.names[i] == mask.name
    assert tape.records[-1].inputs[1] == i
    assert tape.gradient(y, mask, [1.0, 1.0]).numpy().tolist() == [6.0, 8.0]
    assert tape.admit(mask) == i
