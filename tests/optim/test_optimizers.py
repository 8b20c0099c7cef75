"""Optimisers and clipping, against their formulas and against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors, optim
from tests.numeric import host, torch_or_skip


@pytest.mark.parametrize(
    "make",
    [
        lambda p: optim.SGD(p, np.float64(0.1)),
        lambda p: optim.SGD(p, np.float64(0.1), momentum=np.float64(0.9), nesterov=True),
        lambda p: optim.SGD(p, 0.1, weight_decay=np.float64(0.01)),
        lambda p: optim.RMSProp(p, np.float64(0.1)),
        lambda p: optim.Adam(p, np.float64(0.1)),
        lambda p: optim.AdamW(p, np.float64(0.1), weight_decay=np.float64(0.1)),
    ],
)
def test_settings_that_are_numpy_scalars_do_not_widen_the_parameters(make):
    p = mg.parameter(np.ones(3, np.float32))
    optimizer = make([p])
    for lr in np.linspace(0.1, 0.01, 3):
        optimizer.lr = lr
        with mg.Tape() as tape:
            tape.backward((p * p).sum())
        mg.clip_grad_norm([p], np.float64(0.5))
        mg.clip_grad_value([p], np.float64(0.25))
        assert p.grad.dtype == np.float32
        optimizer.step()
        assert p.dtype == np.float32


STEPS = 6
SETTINGS = {
    "SGD": (optim.SGD, {"lr": 0.1}),
    "momentum": (optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "nesterov": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "Adam": (optim.Adam, {"lr": 0.1}),
    "Adam, other settings": (optim.Adam, {"lr": 0.03, "betas": (0.7, 0.95), "eps": 1e-3}),
}
MORE = {
    **SETTINGS,
    "SGD, decay": (optim.SGD, {"lr": 0.1, "weight_decay": 0.3}),
    "nesterov, decay": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.3}),
    "Adam, decay": (optim.Adam, {"lr": 0.1, "weight_decay": 0.3}),
    "AdamW": (optim.AdamW, {"lr": 0.1}),
    "AdamW, other settings": (optim.AdamW, {"lr": 0.1, "betas": (0.7, 0.95), "weight_decay": 0.3}),
    "RMSProp": (optim.RMSProp, {"lr": 0.1}),
    "RMSProp, all": (
        optim.RMSProp,
        {"lr": 0.1, "decay": 0.8, "eps": 1e-3, "momentum": 0.7, "centered": True, "weight_decay": 0.3},
    ),
}
SHAPES = [(2, 3), (4,), ()]


def problem(rng, xp=np, dtype="float64"):
    """Parameters, and their gradients at every step."""
    values = [rng.standard_normal(shape).astype(dtype) for shape in SHAPES]
    grads = [[rng.standard_normal(shape).astype(dtype) for shape in SHAPES] for _ in range(STEPS)]
    return [mg.parameter(xp.asarray(v)) for v in values], grads


def run(make, params, grads, xp=np):
    optimizer = make(params)
    for step in grads:
        for p, g in zip(params, step, strict=True):
            p.grad = xp.asarray(g)
        optimizer.step()
        assert all(p.grad is None for p in params)
    return [host(p.value) for p in params]


def theirs_of(torch, setting, params):
    """PyTorch's optimiser with the same settings."""
    kind, options = MORE[setting]
    name = {"RMSProp": "RMSprop"}.get(kind.__name__, kind.__name__)
    return getattr(torch.optim, name)(params, **{{"decay": "alpha"}.get(k, k): v for k, v in options.items()})


@pytest.mark.parametrize("setting", MORE)
def test_agrees_with_pytorch(setting, rng, xp):
    torch = torch_or_skip()
    kind, options = MORE[setting]
    params, grads = problem(rng, xp)
    theirs = [torch.nn.Parameter(torch.tensor(p.numpy())) for p in params]
    reference = theirs_of(torch, setting, theirs)
    for step in grads:
        for p, g in zip(theirs, step, strict=True):
            p.grad = torch.tensor(g)
        reference.step()
    for mine, other in zip(run(lambda ps: kind(ps, **options), params, grads, xp), theirs, strict=True):
        np.testing.assert_allclose(mine, other.detach().numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("setting", SETTINGS)
def test_agrees_with_its_formula(setting, rng):
    kind, options = SETTINGS[setting]
    params, grads = problem(rng)
    expected = [p.numpy() for p in params]
    lr, mu = options["lr"], options.get("momentum", 0.0)
    (b1, b2), eps = options.get("betas", (0.9, 0.999)), options.get("eps", 1e-8)
    v = [np.zeros_like(p) for p in expected]
    m = [np.zeros_like(p) for p in expected]
    for t, step in enumerate(grads, 1):
        for k, g in enumerate(step):
            if kind is optim.SGD:
                v[k] = mu * v[k] + g
                expected[k] = expected[k] - lr * (g + mu * v[k] if options.get("nesterov") else v[k])
            else:
                m[k] = b1 * m[k] + (1 - b1) * g
                v[k] = b2 * v[k] + (1 - b2) * g * g
                expected[k] = expected[k] - lr * (m[k] / (1 - b1**t)) / (np.sqrt(v[k] / (1 - b2**t)) + eps)
    for mine, other in zip(run(lambda ps: kind(ps, **options), params, grads), expected, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("setting", MORE)
def test_dtype_and_device_are_kept(setting, rng, xp):
    kind, options = MORE[setting]
    params, grads = problem(rng, xp, "float32")
    run(lambda ps: kind(ps, **options), params, grads, xp)
    for p, shape in zip(params, SHAPES, strict=True):
        assert (p.dtype, p.shape) == (np.float32, shape)
        assert type(p.value) is type(xp.asarray(np.ones(1)))


@pytest.mark.parametrize("setting", MORE)
def test_an_update_never_writes_into_the_old_value(setting, rng):
    kind, options = MORE[setting]
    p = mg.parameter(rng.standard_normal((2, 3)))
    optimizer = kind([p], **options)
    for _ in range(3):
        old, before = p._value, p.numpy()
        with mg.Tape() as tape:
            y = (p * p).sum()
            tape.backward(y, retain=True)
            optimizer.step()
            g = tape.gradient(y, p)
        assert not np.shares_memory(p._value, old)
        np.testing.assert_array_equal(old, before)
        np.testing.assert_array_equal(g.value, 2 * before)
        assert not np.array_equal(p.value, before)


@pytest.mark.parametrize("setting", MORE)
def test_a_gradient_that_someone_kept_is_not_overwritten(setting):
    kind, options = MORE[setting]
    p = mg.parameter([3.0])
    optimizer = kind([p], **options)
    with mg.Tape() as tape:
        tape.backward((p * p).sum())
    kept = p.grad
    optimizer.step()
    assert kept.tolist() == [6.0]
    assert not np.shares_memory(kept, p._value)


def test_a_parameter_without_gradient_is_left_alone():
    p, q = mg.parameter([1.0]), mg.parameter([2.0])
    for kind in (optim.SGD, optim.Adam):
        optimizer = kind([p, q], 0.1)
        p.grad = [1.0]
        optimizer.step()
        assert q.value.tolist() == [2.0]
    with pytest.raises(ValueError, match="no parameter has a gradient"):
        optimizer.step()


def test_adam_counts_the_steps_of_each_parameter():
    p, q = mg.parameter([1.0]), mg.parameter([1.0])
    optimizer = optim.Adam([p, q], 0.1)
    for k in range(3):
        p.grad = [1.0]
        q.grad = [1.0] if k == 2 else None
        optimizer.step()
    assert q.value[0] == pytest.approx(1 - 0.1)


def test_zero_grad():
    p = mg.parameter([1.0])
    p.grad = [1.0]
    optim.SGD([p], 0.1).zero_grad()
    assert p.grad is None


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda p: optim.SGD([], 0.1), "no parameters"),
        (lambda p: optim.SGD([p], -0.1), "lr"),
        (lambda p: optim.SGD([p], float("nan")), "lr"),
        (lambda p: optim.SGD([p], 0.1, momentum=1.0), "momentum"),
        (lambda p: optim.SGD([p], 0.1, momentum=-0.5), "momentum"),
        (lambda p: optim.Adam([p], betas=(0.9, -0.5)), "betas"),
        (lambda p: optim.RMSProp([p], decay=-0.5), "decay"),
        (lambda p: optim.RMSProp([p], momentum=-0.5), "momentum"),
        (lambda p: optim.SGD([p], 0.1, nesterov=True), "nesterov"),
        (lambda p: optim.Adam([p], betas=(0.9, 1.0)), "betas"),
        (lambda p: optim.Adam([p], eps=-1.0), "eps"),
        (lambda p: optim.SGD([p], 0.1, weight_decay=-1.0), "weight_decay"),
        (lambda p: optim.AdamW([p], weight_decay=float("nan")), "weight_decay"),
        (lambda p: optim.RMSProp([p], decay=1.0), "decay"),
        (lambda p: optim.RMSProp([p], eps=-1.0), "eps"),
        (lambda p: optim.RMSProp([p], momentum=1.0), "momentum"),
    ],
)
def test_settings_out_of_range(make, word):
    with pytest.raises(ValueError, match=word):
        make(mg.parameter([1.0]))


@pytest.mark.parametrize("wrong", [mg.tensor([1.0]), np.ones(1), None])
def test_only_parameters_are_optimised(wrong):
    with pytest.raises(errors.MisuseError, match="parameter"):
        optim.SGD([wrong], 0.1)


@pytest.mark.parametrize("max_norm", [0.5, 3.0, 100.0])
def test_clipping_agrees_with_pytorch(max_norm, rng, xp):
    torch = torch_or_skip()
    params, grads = problem(rng, xp)
    theirs = [torch.nn.Parameter(torch.tensor(p.numpy())) for p in params]
    for p, q, g in zip(params, theirs, grads[0], strict=True):
        p.grad, q.grad = xp.asarray(g), torch.tensor(g)
    norm = mg.clip_grad_norm(params, max_norm)
    assert norm == pytest.approx(float(torch.nn.utils.clip_grad_norm_(theirs, max_norm)), rel=1e-12)
    assert optim.grad_norm(params) == pytest.approx(min(norm, max_norm), rel=1e-12)
    for p, q in zip(params, theirs, strict=True):
        np.testing.assert_allclose(host(p.grad), q.grad.numpy(), rtol=1e-5)


def test_a_scalar_parameter_is_clipped_after_any_number_of_walks():
    p = mg.parameter(3.0)
    for walks in (1, 2, 3):
        p.grad = None
        for _ in range(walks):
            with mg.Tape() as tape:
                tape.backward(p * p)
        assert mg.clip_grad_norm([p], 1.0) == 6.0 * walks
        assert p.grad == pytest.approx(1.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_clipping_leaves_a_bad_gradient_visible(bad):
    p = mg.parameter([1.0, 2.0])
    p.grad = [bad, 1.0]
    norm = mg.clip_grad_norm([p], 1.0)
    assert not np.isfinite(norm)
    np.testing.assert_array_equal(p.grad, [bad, 1.0])


def test_clipping_refuses_nonsense():
    p = mg.parameter([1.0])
    with pytest.raises(ValueError, match="no parameter has a gradient"):
        mg.clip_grad_norm([p], 1.0)
    p.grad = [1.0]
    for bad in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="max_norm"):
            mg.clip_grad_norm([p], bad)
    assert mg.clip_grad_norm(iter([p]), 0.5) == 1.0
    assert p.grad.tolist() == [0.5]


def test_gradients_of_zero_are_not_divided_by_zero():
    p = mg.parameter([1.0])
    p.grad = [0.0]
    assert mg.clip_grad_norm([p], 1.0) == 0.0
    assert p.grad.tolist() == [0.0]


# -- clipping by value -------------------------------------------------------------------------------


def test_clipping_by_value_agrees_with_pytorch(rng, xp):
    torch = torch_or_skip()
    params, grads = problem(rng, xp)
    theirs = [torch.nn.Parameter(torch.tensor(p.numpy())) for p in params]
    for p, q, g in zip(params, theirs, grads[0], strict=True):
        p.grad, q.grad = xp.asarray(g), torch.tensor(g)
    kept = [(p.grad, host(p.grad).copy()) for p in params]
    optim.clip_grad_value(params, 0.5)
    torch.nn.utils.clip_grad_value_(theirs, 0.5)
    for p, q in zip(params, theirs, strict=True):
        np.testing.assert_array_equal(host(p.grad), q.grad.numpy())
        assert p.grad.dtype == p.dtype
    for array, before in kept:
        np.testing.assert_array_equal(host(array), before)


def test_clipping_by_value_refuses_nonsense_and_shows_nan():
    p = mg.parameter([1.0, 2.0])
    with pytest.raises(ValueError, match="no parameter has a gradient"):
        optim.clip_grad_value([p], 1.0)
    p.grad = [np.nan, 3.0]
    for bad in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="limit"):
            optim.clip_grad_value([p], bad)
    optim.clip_grad_value([p], 1.0)
    np.testing.assert_array_equal(p.grad, [np.nan, 1.0])


# -- learning rates ----------------------------------------------------------------------------------

SCHEDULES = {
    "constant": (optim.constant(0.3), lambda s, o: s.ConstantLR(o, 1.0)),
    "step": (optim.step_decay(0.3, 4, 0.5), lambda s, o: s.StepLR(o, 4, 0.5)),
    "exponential": (optim.exponential(0.3, 0.9), lambda s, o: s.ExponentialLR(o, 0.9)),
    "cosine": (optim.cosine(0.3, 12, 0.01), lambda s, o: s.CosineAnnealingLR(o, 12, 0.01)),
    "warm-up": (optim.warm_up(0.3, 5), lambda s, o: s.LinearLR(o, 1 / 5, 1.0, 4)),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_agree_with_pytorch(name):
    torch = torch_or_skip()
    schedule, make = SCHEDULES[name]
    p, q = mg.parameter([1.0]), torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimizer, reference = optim.SGD([p], 99.0), torch.optim.SGD([q], 0.3)
    mine, theirs = optim.LRSchedule(optimizer, schedule), make(torch.optim.lr_scheduler, reference)
    for _ in range(12):
        assert optimizer.lr == pytest.approx(reference.param_groups[0]["lr"], rel=1e-12)
        p.grad, q.grad = [1.0], torch.ones(1, dtype=torch.float64)
        optimizer.step()
        reference.step()
        assert mine.step() == optimizer.lr
        theirs.step()
    assert p.value[0] == pytest.approx(q.item(), rel=1e-12)


def test_warm_up_of_another_schedule():
    cosine = optim.cosine(1.0, 10)
    schedule = optim.warm_up(cosine, 4)
    assert [schedule(t) / cosine(t) for t in range(6)] == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1])
    assert cosine(10) == cosine(1000) == 0.0


def test_a_schedule_is_any_function():
    optimizer = optim.SGD([mg.parameter([1.0])], 1.0)
    schedule = optim.LRSchedule(optimizer, lambda step: 1 / (step + 2))
    assert optimizer.lr == 0.5
    optimizer.steps = 8
    assert schedule.step() == 0.1


@pytest.mark.parametrize("make", [lambda: optim.cosine(1.0, 0), lambda: optim.step_decay(1.0, 0)])
def test_schedules_take_at_least_one_step(make):
    with pytest.raises(ValueError, match="at least 1"):
        make()


# -- state -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", MORE)
def test_state_goes_on_to_the_bit(setting, rng, xp):
    kind, options = MORE[setting]
    params, grads = problem(rng, xp, "float32")
    params.append(mg.parameter(xp.asarray(np.ones(2, "float32"))))  # which never has a gradient
    optimizer = kind(params, **options)

    def go(optimizer, some):
        for step in some:
            for p, g in zip(optimizer.params, step, strict=False):
                p.grad = xp.asarray(g)
            optimizer.step()

    go(optimizer, grads[:3])
    state = optimizer.state_dict()
    assert all(type(array) is np.ndarray for array in state.values())
    assert state["counts"].tolist() == [3] * len(SHAPES) + [0]
    twins = [mg.parameter(p.value) for p in params]
    fresh = kind(twins, **{**options, "lr": 77.0})
    fresh.load_state_dict(state)
    before = {name: array.copy() for name, array in state.items()}
    go(optimizer, grads[3:])
    go(fresh, grads[3:])
    for p, q in zip(params, twins, strict=True):
        np.testing.assert_array_equal(host(p.value), host(q.value))
        assert type(p.value) is type(q.value)
    for name, array in state.items():
        np.testing.assert_array_equal(array, before[name])
    assert (fresh.steps, fresh.lr) == (len(grads), options["lr"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("counts"), ["counts", "missing"]),
        (lambda s: s.pop("first.0"), ["first.0", "missing"]),
        (lambda s: s.update({"velocity.0": np.ones(2)}), ["velocity.0", "unknown"]),
        (lambda s: s.update({"second.0": np.ones(3)}), ["second.0", "(3,)", "(2,)"]),
        (lambda s: s.update(counts=np.array([1, 1])), ["counts", "(2,)", "(1,)"]),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, words):
    p = mg.parameter([1.0, 2.0])
    optimizer = optim.Adam([p], 0.1)
    p.grad = [1.0, 1.0]
    optimizer.step()
    state = optimizer.state_dict()
    change(state)
    before = optimizer.state_dict()
    with pytest.raises(errors.CheckpointError) as caught:
        optimizer.load_state_dict(state)
    assert all(word in str(caught.value) for word in words)
    for name, array in optimizer.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_your_own_optimiser():
    class Signs(optim.Optimizer):
        """Signed steps, and a count of them in a slot of its own."""

        def __init__(self, params, lr):
            super().__init__(params, lr, slots=["seen"])

        def _updated(self, index, value, grad):
            seen = self._slot("seen", index, value)
            seen += 1
            return value - self.lr * np.sign(grad)

    p, q = mg.parameter([1.0, 2.0]), mg.parameter([0.0, 0.0])
    optimizer, other = Signs([p], 0.5), Signs([q], 0.1)
    p.grad = [3.0, -4.0]
    optimizer.step()
    assert p.value.tolist() == [0.5, 2.5]
    other.load_state_dict(optimizer.state_dict())
    assert other.slots["seen"][0].tolist() == [1.0, 1.0]
    assert repr(other) == "<Signs: 1 parameters, lr=0.5, 1 steps>"


def test_a_gradient_whose_square_overflows_is_clipped(xp):
    """Exploding gradients are what clipping is for: the square of 3e30 is no float32."""
    p, q = (mg.parameter(xp.asarray(np.ones(2, "float32"))) for _ in range(2))
    p.grad, q.grad = xp.asarray(np.array([3e30, 0.0], "float32")), xp.asarray(np.array([0.0, -4e30], "float32"))
    assert optim.grad_norm([p, q]) == pytest.approx(5e30)
    assert optim.clip_grad_norm([p, q], 1.0) == pytest.approx(5e30)
    assert optim.grad_norm([p, q]) == pytest.approx(1.0)
    np.testing.assert_allclose([*p.grad.tolist(), *q.grad.tolist()], [0.6, 0, 0, -0.8], rtol=1e-6)


def test_a_schedule_gives_rates():
    optimizer = optim.SGD([mg.parameter(1.0)], 0.1)
    with pytest.raises(TypeError, match=r"a function step -> lr, not 0\.1; for one rate, optim\.constant\(0\.1\)"):
        optim.LRSchedule(optimizer, 0.1)
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="the schedule's lr for step 0="):
            optim.LRSchedule(optimizer, lambda step: wrong)  # noqa: B023
    with pytest.raises(TypeError, match=r"lr for step 0=None must be a number"):
        optim.LRSchedule(optimizer, lambda step: None)
    assert optimizer.lr == 0.1
    for make in (lambda: optim.cosine(0.1, 1.5), lambda: optim.step_decay(0.1, 1.5), lambda: optim.warm_up(0.1, 1.5)):
        with pytest.raises(TypeError, match=r"=1\.5 must be an integer"):
            make()


def test_a_gradient_whose_square_overflows_beside_small_and_empty_ones():
    params = [mg.parameter(np.zeros(shape, np.float32)) for shape in ((1,), (0,), (2,), (1,))]
    params[0].grad = np.full(1, 3e25, np.float32)
    params[1].grad = np.zeros(0, np.float32)
    params[2].grad = np.array([4e25, 1e-20], np.float32)
    params[3].grad = np.array([1e-10], np.float32)
    assert optim.clip_grad_norm(params, 1.0) == pytest.approx(5e25)
    np.testing.assert_allclose(params[0].grad, 0.6, rtol=1e-6)


@pytest.mark.parametrize("betas", [(0.9,), (0.9, 0.99, 0.999), 0.9, "ab", None])
def test_betas_are_two_numbers(betas):
    with pytest.raises(TypeError, match="betas"):
        optim.Adam([mg.parameter(1.0)], betas=betas)


def test_a_state_that_does_not_fit_is_named(tmp_path):
    optimizer = optim.SGD([mg.parameter(1.0)], 0.1)
    with pytest.raises(TypeError, match="optimiser state"):
        optimizer.load_state_dict([optimizer.state_dict()])
    with pytest.raises(errors.CheckpointError, match=r"^optimiser state: the key 'steps' is missing"):
        optimizer.load_state_dict({"lr": np.array(0.1)})
    mg.save(tmp_path / "optimizer.npz", {"lr": np.array(0.1)})
    with pytest.raises(errors.CheckpointError, match=r"^optimiser state from .*optimizer.npz: the key 'steps'"):
        optimizer.load_state_dict(mg.load(tmp_path / "optimizer.npz"))


def test_what_to_pass_instead_is_said():
    module = mg.nn.Linear(2, 3, rng=0)
    for wrong, words in [(module, r"module\.parameters\(\) \(at"), (3, r"module\.parameters\(\), or a list \(at")]:
        with pytest.raises(TypeError, match=words):
            optim.SGD(wrong, 0.1)
