"""Structured cotangents equal dense ones, however they arrive."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine import cotangents as cotangent
from tests.numeric import check_first, check_second, host, vjp
from tests.table import INDICES, PAIRS


@pytest.fixture(params=["all at once", "flushed at every part"])
def flush(request, monkeypatch):
    """Contributions that wait, and contributions that are added up as they come."""
    if request.param != "all at once":
        monkeypatch.setattr(cotangent, "_limit", lambda contribution: 0)
    return request.param


def evaluated(part):
    return cotangent.dense(part, cotangent.Joined())


@pytest.mark.parametrize("lead", [(), (4,), (2, 3), (0,)])
def test_outer(lead, rng, xp):
    x, g = rng.standard_normal((*lead, 3)), rng.standard_normal((*lead, 2))
    part = cotangent.Outer(xp.asarray(x), xp.asarray(g))
    assert part.shape == (3, 2)
    np.testing.assert_allclose(host(evaluated(part)), x.reshape(-1, 3).T @ g.reshape(-1, 2), atol=1e-14)


@pytest.mark.parametrize("shapes", PAIRS, ids=str)
def test_summed(shapes, rng, xp):
    for shape in shapes:
        g = rng.standard_normal(np.broadcast_shapes(*shapes))
        if g.shape == shape:
            continue
        result = evaluated(cotangent.Summed(xp.asarray(g), shape))
        basis = rng.standard_normal(shape)
        assert result.shape == shape
        np.testing.assert_allclose(np.sum(host(result) * basis), np.sum(g * basis), atol=1e-12)  # the adjoint


@pytest.mark.parametrize(("label", "shape", "index"), INDICES, ids=[i[0] for i in INDICES])
def test_scatter(label, shape, index, rng):
    if isinstance(index, list):
        index = np.array(index, dtype=None if index else int)
    g = rng.standard_normal(np.zeros(shape)[index].shape)
    expected = np.zeros(shape)
    np.add.at(expected, index, g)
    np.testing.assert_allclose(evaluated(cotangent.Scatter(g, index, shape)), expected, atol=1e-14)


def test_unbroadcast_is_the_adjoint_of_broadcasting(rng):
    for a, b in [*PAIRS, ((2, 1, 1), (4, 1)), ((1, 3, 1), (2, 1, 1))]:
        full = np.broadcast_shapes(a, b)
        g, x = rng.standard_normal(full), rng.standard_normal(a)
        back = cotangent.unbroadcast(g, a)
        assert back.shape == a
        np.testing.assert_allclose(np.sum(back * x), np.sum(g * np.broadcast_to(x, full)), atol=1e-12)


STEPS = 7


def unrolled(x, w):
    """A weight used at every step: an outer product each."""
    h = mg.tanh(x @ w)
    for _ in range(STEPS):
        h = mg.tanh(h @ w + x)
    return h


def biased(x, b):
    for _ in range(STEPS):
        x = mg.tanh(x + b)
    return x


def embedded(table):
    total = 0.0
    for t in range(STEPS):
        total = total + mg.tanh(mg.take_rows(table, np.array([t % 3, 0, t % 2])) * (t + 1.0))
    return total


def mixed_kinds(w, x):
    """One weight as matrix, as bias, as table, by slices, elementwise and transposed."""
    as_matrix = mg.tanh(x @ w) @ mg.transpose(w[1:3]) @ w[1:3] + w[0]
    as_table = mg.take_rows(w, np.array([2, 2])) * w[-1]
    return as_matrix + as_table + (w * w)[:2] + (mg.transpose(w) @ w)[:2] * w[1, 2]


def mixed_scatters(w):
    picks = [
        w[np.array([0, 0, 2])],
        w[1:],
        w[np.array([[0, 1], [1, 1]])].sum(axis=0),
        w[::2],
        w[np.array([True, False, True])],
    ]
    return sum(((p * (k + 1.0)).sum(axis=0) for k, p in enumerate(picks)), 0.0) * w[np.uint8(1)]


def picks_of_a_vector(x):
    """Elements, some of them twice, where a table would have rows."""
    few, many = x[np.array([0, 2, 2])], x[np.array([1, 1, 0, 2])]
    return few.sum() * many.sum() + few[0] * many[2] + (x[np.array([2, 1, 1])] * few).sum()


def blocks_of_a_table(table):
    """Rows of more than one axis."""
    return sum((mg.tanh(table[np.array([0, k % 3, 0])]) * (k + 1.0) for k in range(STEPS)), 0.0)


def batched(x, w):
    """Leading axes of different length in front of one weight."""
    return (x @ w).sum() + (x[0] @ w).sum() * (x[:, :1] @ w).mean() + (x[0, 0] @ w).sum()


CASES = {
    "weight": (unrolled, [(2, 3), (3, 3)]),
    "bias": (biased, [(4, 3), (3,)]),
    "bias of one": (biased, [(4, 3), (1,)]),
    "bias of two axes": (biased, [(2, 4, 3), (4, 1)]),
    "scalar bias": (biased, [(4, 3), ()]),
    "embedding with duplicates": (embedded, [(3, 2)]),
    "mixed kinds on one weight": (mixed_kinds, [(3, 3), (2, 3)]),
    "mixed scatters": (mixed_scatters, [(3, 2)]),
    "elements of a vector": (picks_of_a_vector, [(3,)]),
    "table of matrices": (blocks_of_a_table, [(3, 2, 2)]),
    "batched": (batched, [(2, 4, 3), (3, 2)]),
}


@pytest.mark.parametrize("case", CASES)
def test_many_contributions_to_one_value(case, flush, rng):
    f, shapes = CASES[case]
    arrays = [0.5 * rng.standard_normal(shape) for shape in shapes]
    check_first(f, arrays, rng)


@pytest.mark.parametrize("case", CASES)
def test_structured_equals_dense(case, rng, xp):
    """A recorded walk builds dense cotangents only; both must agree to rounding."""
    f, shapes = CASES[case]
    if case == "mixed scatters" and xp is not np:
        pytest.skip("its indices are host arrays")
    host_indices = (
        "embedding with duplicates",
        "mixed kinds on one weight",
        "elements of a vector",
        "table of matrices",
    )
    if xp is not np and case in host_indices:
        pytest.skip("its indices are host arrays")
    arrays = [0.5 * rng.standard_normal(shape) for shape in shapes]
    v = rng.standard_normal(np.shape(f(*arrays)))
    leaves = [mg.parameter(xp.asarray(a)) for a in arrays]
    with mg.Tape() as tape:
        recorded = tape.gradient(f(*leaves), leaves, seed=xp.asarray(v), create_graph=True)
    for late, dense in zip(vjp(f, arrays, v, xp), recorded, strict=True):
        np.testing.assert_allclose(late, host(dense), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("case", ["weight", "embedding with duplicates", "mixed kinds on one weight"])
def test_second_order_of_many_contributions(case, rng):
    f, shapes = CASES[case]
    check_second(f, [0.5 * rng.standard_normal(shape) for shape in shapes], rng)


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("around", [-1, 0, 1])
def test_at_the_boundary_of_a_flush(count, around, rng, monkeypatch):
    monkeypatch.setattr(cotangent, "_limit", lambda contribution: 4 * contribution.g.nbytes)
    uses = 4 * count + around
    x, w = rng.standard_normal((uses, 2, 3)), rng.standard_normal((3, 2))

    def f(w):
        return sum(((x[k] @ w) * (k + 1.0) for k in range(uses)), 0.0)

    check_first(f, [w], rng)


@pytest.mark.parametrize("first", ["dense", "structured"])
def test_a_dense_contribution_before_or_after_structured_ones(first, rng):
    w, x = rng.standard_normal((3, 3)), rng.standard_normal((2, 3))

    def f(w):
        if first == "structured":  # the walk meets what was recorded last first
            return (w * w).sum() + (x @ w).sum() + (x @ w).mean()
        return (x @ w).sum() + (x @ w).mean() + (w * w).sum()

    check_first(f, [w], rng)


def test_joined_arrays_are_not_confused(rng):
    joined = cotangent.Joined()
    for _ in range(50):  # short-lived arrays take each other's ids
        parts = [rng.standard_normal((2, 3)) for _ in range(3)]
        for some in (parts, parts[:2]):
            with joined.rows(some) as rows:
                np.testing.assert_array_equal(rows, np.concatenate(some))


def test_joined_memory_is_used_again_and_let_go_of(rng):
    joined = cotangent.Joined()
    for rows in (5, 3, 4, 5):
        for dtype in ("float32", "float64"):
            for width in (2, 6):
                parts = [rng.standard_normal((rows, width)).astype(dtype) for _ in range(3)]
                with joined.rows(parts) as result:
                    np.testing.assert_array_equal(result, np.concatenate(parts))
                    assert result.dtype == dtype
        joined.forget()
        assert not joined._joined
    assert len(joined._spare) <= cotangent.Joined.KEPT


def test_joined_arrays_that_are_gone_are_not_confused_with_new_ones(rng):
    """An array that nobody else holds is kept as long as its join, so that its id is not given to another one."""
    joined = cotangent.Joined()
    for _ in range(50):
        parts = [rng.standard_normal((2, 3)) for _ in range(3)]
        expected = np.concatenate(parts)
        with joined.rows(parts) as rows:
            np.testing.assert_array_equal(rows, expected)
        del parts


def test_memory_is_not_handed_out_while_one_of_two_readers_is_left(rng):
    joined = cotangent.Joined()
    groups = [[rng.standard_normal((2, 3)) for _ in range(3)] for _ in range(5)]
    with joined.rows(groups[0]) as outer:
        with joined.rows(groups[0]):
            pass
        for group in groups[1:]:
            with joined.rows(group):
                pass
        np.testing.assert_array_equal(outer, np.concatenate(groups[0]))


def test_joined_memory_stays_on_its_device(rng, device):
    joined = cotangent.Joined()
    for _ in range(2):
        for xp in (np, device):
            parts = [xp.asarray(rng.standard_normal((2, 3))) for _ in range(3)]
            with joined.rows(parts) as rows:
                assert type(rows) is type(parts[0])
                np.testing.assert_array_equal(host(rows), np.concatenate([host(part) for part in parts]))
            joined.forget()


def test_a_tape_keeps_no_joined_arrays_after_a_walk(rng):
    x, w = rng.standard_normal((2, 3)), mg.parameter(rng.standard_normal((3, 3)))
    with mg.Tape() as tape:
        tape.backward(unrolled(x, w).sum())
    assert not tape._joined._joined
    assert len(tape._joined._spare) == 2


def test_memory_that_is_read_is_not_handed_out(rng):
    """Whatever is asked for meanwhile, in whatever order, and however much more is read than is kept."""
    joined = cotangent.Joined()
    groups = [[rng.standard_normal((2, 3)) for _ in range(3)] for _ in range(6)]
    for _ in range(200):
        with ExitStack() as reading:
            read = []
            for k in rng.integers(0, len(groups), rng.integers(1, 5)):
                read.append((k, reading.enter_context(joined.rows(groups[k]))))
                if rng.random() < 0.2:
                    joined.forget()
                for number, rows in read:
                    np.testing.assert_array_equal(rows, np.concatenate(groups[number]))


def one_operand_for_two_weights(w, v, x):
    """Rows: both weights meet the state at every step, and are summed one right after the other."""
    h, total = x, 0.0
    for _ in range(STEPS):
        h = mg.tanh(h @ w)
        total = total + mg.square(h @ v).sum()
    return total


def columns(w, v, x):
    """Columns: the state is the right operand, and its transpose is what meets the cotangents."""
    h, total = mg.transpose(x), 0.0
    for _ in range(STEPS):
        h = mg.tanh(w @ h)
        total = total + mg.square(v @ h).sum()
    return total


def gates(w, v, x):
    h = x
    for _ in range(STEPS):
        h = mg.sigmoid(h @ w) * mg.tanh(h @ v)
    return h.sum()


def three_projections(w, v, x):
    h = x
    for _ in range(STEPS):
        q, k = h @ w, h @ v
        h = mg.tanh(mg.softmax(q @ mg.transpose(k)) @ (h @ (w * v)))
    return h.sum()


@pytest.mark.parametrize("program", [one_operand_for_two_weights, columns, gates, three_projections])
@pytest.mark.parametrize("rows", [1, 2])
def test_weights_that_meet_the_same_operand_at_every_step(program, rows, flush, rng):
    check_first(program, [rng.standard_normal((3, 3)) for _ in range(2)] + [rng.standard_normal((rows, 3))], rng)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_a_weight_that_meets_operands_of_several_dtypes(order, rng, xp, flush):
    w = mg.parameter(xp.asarray(rng.standard_normal((3, 2))))
    real = rng.standard_normal((4, 3))
    xs = [rng.integers(-9, 9, (4, 3)), real, real.astype("float32"), real > 0]
    with mg.Tape() as tape:
        y = sum(((xp.asarray(xs[k]) @ w) * (k + 1.0) for k in order), 0.0)
        gradient = tape.gradient(y.sum(), w)
    expected = sum((k + 1.0) * x.astype("float64").sum(axis=0) for k, x in enumerate(xs))[:, None].repeat(2, 1)
    np.testing.assert_allclose(host(gradient.value), expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("columns", [1, 7, 64, 300])
def test_products_in_blocks(columns, rng):
    x, g = rng.standard_normal((1000, columns)), rng.standard_normal((1000, 70))
    np.testing.assert_allclose(cotangent.product(x, g), x.T @ g, rtol=1e-12, atol=1e-11)
    np.testing.assert_allclose(cotangent.product(x[:, 0], g), x[:, 0] @ g, rtol=1e-12, atol=1e-11)


def test_a_product_of_which_one_row_is_too_large_for_a_block(rng):
    x, g = rng.standard_normal((3, 800)), rng.standard_normal((3, 700))
    np.testing.assert_allclose(cotangent.product(x, g), x.T @ g, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("count", [3, 128, 129, 250])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int64", "uint64"])
@pytest.mark.parametrize("special", [None, np.inf, np.nan])
def test_rows_added_at_an_index_of_any_integer_dtype(count, dtype, special, rng, xp):
    """Of small tables by a product, of large ones one by one; what is not finite stays in the row it belongs to."""
    least = -min(count, 128) if dtype.startswith("int") else 0
    index = rng.integers(least, min(count, 128) if dtype == "int8" else count, (20, 2)).astype(dtype)
    g = rng.standard_normal((20, 2, 3))
    if special is not None:
        g[5, 1, 2] = special
    expected, target = np.ones((count, 3)), xp.asarray(np.ones((count, 3)))
    for row, each in zip(index.ravel().tolist(), g.reshape(-1, 3), strict=True):
        expected[row] += each
    cotangent.scatter_add(target, xp.asarray(index), xp.asarray(g))
    np.testing.assert_allclose(host(target), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("shape", "index"),
    [
        ((3, 4), (np.array([0, 2, 0, 0]), np.array([1, 3, 1, 0]))),
        ((5,), np.array([[4, 0, 4], [4, -1, 1]])),
        ((3, 4), (slice(None), np.array([1, 1, 3]))),
        ((3, 4), (np.zeros(0, int), np.zeros(0, int))),
    ],
    ids=str,
)
def test_elements_added_at_an_index(shape, index, rng, xp):
    expected = rng.standard_normal(shape)
    target, g = xp.asarray(expected.copy()), rng.standard_normal(expected[index].shape)
    moved = lambda part: xp.asarray(part) if isinstance(part, np.ndarray) else part
    there = tuple(map(moved, index)) if isinstance(index, tuple) else moved(index)
    np.add.at(expected, index, g)
    cotangent.scatter_add(target, there, xp.asarray(g))
    np.testing.assert_allclose(host(target), expected, rtol=1e-12)


@pytest.mark.parametrize(("inputs", "outputs"), [(64, 8), (8, 2000), (700, 3)])
def test_what_waits_is_bounded(inputs, outputs, rng):
    """By a number of rows, or by the size of the sum where that is larger."""
    pending, joined = cotangent.Pending(), cotangent.Joined()
    bound = max(cotangent.WAITING_ROWS * outputs * 8, inputs * outputs * 8)
    for step in range(300):
        pending.add(cotangent.Outer(rng.standard_normal((16, inputs)), rng.standard_normal((16, outputs))), joined)
        assert sum(part.g.nbytes for parts in pending.parts.values() for part in parts) < bound, step
    assert pending.total(joined).shape == (inputs, outputs)


def test_a_batch_without_rows(rng, xp):
    w, b = mg.parameter(xp.asarray(rng.standard_normal((3, 2)))), mg.parameter(xp.asarray(rng.standard_normal(2)))
    with mg.Tape() as tape:
        y = sum(((xp.asarray(np.ones((0, 3))) @ w + b).sum() for _ in range(3)), 0.0)
        tape.backward(y)
    np.testing.assert_array_equal(host(w.grad), np.zeros((3, 2)))
    np.testing.assert_array_equal(host(b.grad), np.zeros(2))


def test_empty_rows_and_tables(rng):
    table = mg.parameter(np.zeros((4, 0)))
    with mg.Tape() as tape:
        y = mg.concatenate([table[np.array([0, 1])], table[np.array([2, 2])]])
        tape.backward(y, np.zeros(y.shape))
    assert table.grad.shape == (4, 0)


@pytest.mark.parametrize("rows", [1, 126, 127, 128, 400])
def test_a_product_in_blocks_is_the_product(rows, rng, monkeypatch):
    """With (rows, 64) and (rows, 64), 127 rows are the most that stay below 2**19 multiply-adds."""
    x, g = rng.standard_normal((rows, 64)), rng.standard_normal((rows, 64))
    np.testing.assert_allclose(cotangent.product(x, g), x.T @ g, atol=1e-12)
    sizes = []

    class Counted(np.ndarray):
        def __matmul__(self, other):
            sizes.append(self.size * other.shape[1])
            return np.asarray(self) @ np.asarray(other)

    cotangent.product(x.view(Counted), g.view(Counted))
    assert sum(sizes) == rows * 64 * 64
    assert max(sizes) < 2**19
