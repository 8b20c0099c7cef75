"""Which modules are broken, for which tests, and which mutants survive for a reason, which ``survivors.txt`` gives."""

from __future__ import annotations

from pathlib import Path

# Modules, and the tests that are about them; the whole suite knows more, and takes long.
GROUPS = [
    (
        [f"minigrad.{name}" for name in ("cotangent", "rows", "walk", "ends", "tape", "record", "plan", "active")],
        [f"test_{name}" for name in ("walk", "cotangent", "cut", "plan", "tape", "transforms", "anomaly", "memory")]
        + ["test_errors", "test_misuse", "test_backend"],
    ),
    (
        ["minigrad.primitive"],
        ["test_unrolled", "test_plan", "test_tensor", "test_errors", "test_misuse", "test_signatures", "test_backend"],
    ),
    (["minigrad.regions", "minigrad.tree"], ["test_transforms", "test_tape"]),
    (["minigrad.saving", "minigrad.resume"], ["test_saving", "test_resume"]),
    (
        [f"minigrad.bptt.{name}" for name in ("schedule", "state", "window", "streams", "overlap", "plain")],
        ["bptt", "test_resume"],
    ),
    ([f"minigrad.bptt.{name}" for name in ("lags", "checkpointed", "rtrl", "artbp")], ["bptt"]),
    (
        [f"minigrad.nn.{name}" for name in ("cells", "unroll", "dropout", "stacked", "layers", "losses", "module")],
        ["nn"],
    ),
    (["minigrad.nn.initialisers"], ["nn/test_initialisers"]),
    (
        [
            f"minigrad.optim.{name}"
            for name in ("adam", "base", "clipping", "parameters", "rmsprop", "schedules", "sgd")
        ],
        ["test_optim", "test_misuse", "test_errors", "bptt/test_window"],
    ),
]
MODULES = [module for modules, _ in GROUPS for module in modules]


def reasons() -> dict[str, str]:
    """The reason by the mutant's name: ``survivors.txt`` has paragraphs of a reason, ``# …``, and names."""
    found: dict[str, str] = {}
    for paragraph in Path(__file__).with_name("survivors.txt").read_text("utf-8").split("\n\n"):
        lines = paragraph.strip().splitlines()
        reason = " ".join(line[2:] for line in lines if line.startswith("# "))
        for line in lines:
            if not line.startswith("#"):
                found[line] = reason
    return found
