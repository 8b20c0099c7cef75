"""minigrad on a real GPU: ``python -m tests.gpu_check [section ...]``; the exit status is 1 if anything differs.

It carries nothing but the checkout and takes at most ten minutes, cold kernels included: a section that would begin
later than eight minutes is left out, and said to be. Sections, in their order:

- ``rules``: what is promised beyond values: one wait a window, sums in one order, products not in TF32, late refusals;
- ``demo``: ``minigrad demo`` on both devices, with equal losses;
- ``window``: the time of one training window against PyTorch's loop, ``nn.RNN`` with cuDNN and a captured graph;
- the cases of ``tests/device`` on CuPy and on NumPy: ``programs``, ``index``, ``networks``, ``optimisers``, ``loops``,
  ``linalg``, ``special``, ``table``.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import cuda, errors, late, nn
from tests.benchmarks.window import CLIP, LR, Problem
from tests.device import elements, indices, loops, matrices, networks, programs
from tests.device.comparing import Case, device, difference

DEMO: dict[str, Any] = {"steps": 50}  # its settings
TURNS = 25  # of each contestant, the first fifth to warm up
LATEST = 480  # seconds, from which on no section begins
CASES: dict[str, Callable[[], Iterator[Case]]] = {
    "programs": programs.programs,
    "index": indices.index,
    "networks": networks.networks,
    "optimisers": networks.optimisers,
    "loops": loops.loops,
    "linalg": matrices.linalg,
    "special": elements.special,
    "table": elements.table,
}
PROBLEMS = [
    Problem("(65, 64, 16, 25)", 65, 64, 16, 25),
    Problem("(65, 512, 64, 50)", 65, 512, 64, 50),
    Problem("(256, 1024, 128, 64)", 256, 1024, 128, 64),
]


def compared(section: Callable[[], Iterator[Case]]) -> Callable[[Any], list[str]]:
    """The cases of a section that differ, in words."""

    def check(xp: Any) -> list[str]:
        found = []
        for each in section():
            try:
                why = difference(each, xp)
            except AssertionError as failure:
                why = str(failure)
            late.forget()
            found += [] if why is None else [f"{each.name}: {why}"]
        return found

    return check


# -- what is promised beyond values ----------------------------------------------------------------


def rules(xp: Any) -> list[str]:
    """Each promise that is not kept."""
    found = []
    for check in (_waits, _order, _precision, _late):
        why = check(xp)
        found += [] if why is None else [why]
    return found


def _waits(xp: Any) -> str | None:
    """The copies to the host that a window makes, counted at CuPy's door."""
    copies = []
    plain = xp.asnumpy
    embed, cell, read = (layer.to(device(xp)) for layer in (nn.Embedding(7, 4), nn.GRUCell(4, 5), nn.Linear(5, 7)))
    tokens = xp.asarray(np.random.default_rng(0).integers(0, 7, (51, 3)))

    def step(t: int, h: Any) -> Any:
        h = cell(embed(tokens[t]), h)
        return mg.cross_entropy(read(h), tokens[t + 1]), h

    xp.asnumpy = lambda *args, **options: copies.append(args) or plain(*args, **options)
    try:
        windows = list(mg.truncated_bptt(step, range(50), mg.tensor(xp.zeros((3, 5), "float32")), k1=25))
    finally:
        xp.asnumpy = plain
    return None if len(copies) == len(windows) == 2 else f"{len(windows)} windows made {len(copies)} copies to the host"


def _order(xp: Any) -> str | None:
    rng = np.random.default_rng(0)
    rows, g = xp.asarray(rng.integers(0, 5, 100_000)), xp.asarray(rng.standard_normal((100_000, 8)).astype("float32"))

    def gradient() -> bytes:
        table = mg.parameter(xp.zeros((5, 8), "float32"))
        with mg.Tape() as tape:
            tape.backward((mg.take_rows(table, rows) * g).sum())
        return bytes(xp.asnumpy(table.grad).tobytes())

    return None if len({gradient() for _ in range(5)}) == 1 else "sums at an index differ from run to run"


def _precision(xp: Any) -> str | None:
    x = np.random.default_rng(0).standard_normal((512, 512)).astype("float32")
    error = np.abs(xp.asnumpy(xp.asarray(x) @ xp.asarray(x)) - x.astype(float) @ x).max()
    return None if error < 1e-3 else f"a product of float32 is off by {error:.2g}: in TF32? (unset CUPY_TF32)"


def _late(xp: Any) -> str | None:
    try:
        mg.take_rows(mg.tensor(xp.ones((4, 2))), xp.asarray([4])).numpy()
    except errors.SubscriptError:
        return None
    return "an index out of range was not refused"


# -- the demo, and one window ----------------------------------------------------------------------


def demo(xp: Any) -> list[str]:
    """Where the losses of the demo on the GPU leave those on the host."""
    from minigrad.demo.session import run
    from minigrad.demo.settings import Settings

    losses = []
    for name in ("cpu", device(xp)):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            report = run(Settings(**DEMO, out=Path(folder), device=name))
        losses.append(np.array(report.curve.bits))
    apart = float(np.abs(losses[0] - losses[1]).max())
    print(f"   the losses of {len(losses[0])} windows are at most {apart:.2g} apart")
    return [] if apart < 1e-3 else [f"the losses of the demo are up to {apart:.3g} apart"]


def window(xp: Any) -> list[str]:
    """Print milliseconds a window of each contestant."""
    torch = _torch_on_a_gpu()
    makers: dict[str, Callable[[Any, Problem], Callable[[], Any]]] = {"minigrad": _minigrad}
    if torch is None:
        print("   PyTorch with CUDA is not here: minigrad alone is timed")
    else:
        makers |= {
            "PyTorch, loop": lambda t, p: _torch(torch, p, "loop"),
            "PyTorch, nn.RNN (cuDNN)": lambda t, p: _torch(torch, p, "rnn"),
            "PyTorch, captured graph": lambda t, p: _torch(torch, p, "graph"),
        }
    for problem in PROBLEMS:
        for name, make in makers.items():
            run = make(xp, problem)
            times = []
            for _ in range(TURNS):
                began = time.perf_counter()
                run()  # which fetches the loss, and so waits
                times.append(time.perf_counter() - began)
            times = times[TURNS // 5 :]
            print(f"   {problem.name} {name}: {1e3 * statistics.median(times):.2f} ms", flush=True)
    return []


def _torch_on_a_gpu() -> Any:
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError:
        return None
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    return torch if torch.cuda.is_available() else None


def _minigrad(xp: Any, problem: Problem) -> Callable[[], Any]:
    data = problem.arrays()
    cell = nn.RNNCell(problem.tokens, problem.hidden).to(device(xp))
    readout = nn.Linear(problem.hidden, problem.tokens).to(device(xp))
    cell.load_state_dict({name: data[name] for name in ("W_x", "W_h", "b")})
    readout.load_state_dict({"W": data["W"], "b": data["c"]})
    params = [*cell.parameters(), *readout.parameters()]
    optimizer = mg.optim.SGD(params, LR)
    x, y = xp.asarray(data["x"]), xp.asarray(data["y"])

    def step(t: int, h: Any) -> Any:
        h = cell(x[t], h)
        return mg.cross_entropy(readout(h), y[t]), h

    def endless() -> Iterator[int]:
        while True:
            yield from range(problem.steps)

    start = mg.tensor(xp.zeros((problem.batch, problem.hidden), "float32"))
    windows = mg.truncated_bptt(step, endless(), start, k1=problem.steps)

    def run() -> float:
        found = next(windows)
        mg.clip_grad_norm(params, CLIP)
        optimizer.step()
        optimizer.zero_grad()
        return found.loss

    return run


def _torch(torch: Any, problem: Problem, way: str) -> Callable[[], Any]:
    """The same window in PyTorch: a loop, ``nn.RNN``, or the loop captured once as a CUDA graph and replayed."""
    functional = torch.nn.functional
    data = {name: torch.tensor(value, device="cuda") for name, value in problem.arrays().items()}
    W_x, W_h, b, W, c = params = [data[name].requires_grad_() for name in ("W_x", "W_h", "b", "W", "c")]
    x, y, state = data["x"], data["y"], torch.zeros(problem.batch, problem.hidden, device="cuda")
    rnn = None
    if way == "rnn":
        rnn = torch.nn.RNN(problem.tokens, problem.hidden, device="cuda")
        params = [*rnn.parameters(), W, c]
    optimizer = torch.optim.SGD(params, LR)

    def run() -> Any:
        if rnn is not None:
            out, last = rnn(functional.one_hot(x, problem.tokens).float(), state[None])
            h, logits = last[0], out @ W + c
            loss = functional.cross_entropy(logits.reshape(-1, problem.tokens), y.reshape(-1))
        else:
            h, losses = state, []
            for t in range(problem.steps):
                h = torch.tanh(W_x[x[t]] + h @ W_h + b)
                losses.append(functional.cross_entropy(h @ W + c, y[t]))
            loss = torch.stack(losses).mean()
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, CLIP)
        optimizer.step()
        state.copy_(h.detach())
        return loss

    if way != "graph":
        return lambda: run().item()
    aside = torch.cuda.Stream()
    with torch.cuda.stream(aside):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        captured = run()

    def replay() -> float:
        graph.replay()
        return float(captured.item())

    return replay


SECTIONS: dict[str, Callable[[Any], list[str]]] = {
    "rules": rules,
    "demo": demo,
    "window": window,
    **{name: compared(section) for name, section in CASES.items()},
}


def _named(cupy: Any) -> str:
    return f"CuPy {cupy.__version__} and {cupy.cuda.runtime.getDeviceProperties(0)['name'].decode()}"


def main(names: list[str]) -> int:
    """Run the sections; the exit status is 1 if something differs, and 2 if nothing can be computed."""
    warnings.simplefilter("ignore")
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        print(f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}", file=sys.stderr)
        return 2
    try:
        cupy: Any = cuda.computing()
    except errors.MinigradError as failure:
        print(failure, file=sys.stderr)
        return 2
    print(f"minigrad on {_named(cupy)}, NumPy {np.__version__}", flush=True)
    began, differing = time.monotonic(), 0
    for section in names or SECTIONS:
        if time.monotonic() - began > LATEST:
            print(f"== {section}: left out, for want of time")
            continue
        started = time.monotonic()
        found = SECTIONS[section](cupy)
        differing += len(found)
        print(f"== {section}: {len(found)} differ, {time.monotonic() - started:.0f} s", flush=True)
        for line in found:
            print(f"   {line}", flush=True)
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
