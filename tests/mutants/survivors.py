"""Which modules are broken, for which tests, and which mutants survive for a reason, which ``survivors.txt`` gives."""

from __future__ import annotations

from pathlib import Path

# Modules, and the tests that are about them; the whole suite knows more, and takes long.
GROUPS = [
    (
        [f"minigrad.engine.{name}" for name in ("cotangents", "walk", "tape", "ends", "gradients", "record", "plan")]
        + [f"minigrad.engine.{name}" for name in ("rows", "scatter", "context", "watch", "hooks")],
        ["engine", "watchers", "transforms", "test_errors", "primitives/test_edges", "bptt/test_hidden"],
    ),
    (
        ["minigrad.primitives.hidden", "minigrad.engine.unrecorded", "minigrad.engine.leaving"],
        ["bptt/test_hidden", "primitives/test_edges"]
        + [f"engine/test_{name}" for name in ("unrecorded", "leaving", "backend")],
    ),
    (
        ["minigrad.engine.primitive", "minigrad.engine.calls"],
        [f"engine/test_{name}" for name in ("calls", "plan", "tensor", "misuse", "signatures", "backend", "unrecorded")]
        + ["test_errors", "test_exports", "bptt/test_hidden", "primitives/test_edges"],
    ),
    (
        ["minigrad.transforms.regions", "minigrad.transforms.trees"],
        ["transforms"]
        + [f"engine/test_{name}" for name in ("recording", "gradient", "higher_order", "hooks", "cut", "aliasing")]
        + ["engine/test_misuse", "engine/test_reused_arrays", "nn/test_nn", "storage"],
    ),
    (
        [f"minigrad.storage.{name}" for name in ("archive", "atomic", "saving", "runs")],
        ["storage", "engine/test_misuse", "optim/test_optimizers", "primitives/test_edges", "nn/test_nn"]
        + [f"command/test_{name}" for name in ("cli", "draw")],
    ),
    (
        [f"minigrad.bptt.{name}" for name in ("schedule", "unroll", "state", "restart", "window", "streams", "overlap")]
        + ["minigrad.storage.plain"],
        [
            f"bptt/test_{name}"
            for name in (
                "schedule",
                "state",
                "window",
                "streams",
                "overlap",
                "saved_overlap",
                "reset",
                "misuse",
                "other_schemes",
            )
        ]
        + ["bptt/test_hidden", "bptt/test_other_schemes", "storage/test_runs", "engine/test_misuse"],
    ),
    (
        [f"minigrad.bptt.{name}" for name in ("lags", "checkpointed", "online", "randomised")],
        [f"bptt/test_{name}" for name in ("lags", "lags_by_hand", "other_schemes", "references", "misuse")],
    ),
    (
        [f"minigrad.nn.{name}" for name in ("cells", "sequences", "dropout", "stacked", "layers", "losses", "module")]
        + ["minigrad.nn.initialisers"],
        ["nn", "engine/test_misuse", "watchers/test_scopes", "storage/test_saving"],
    ),
    (
        [f"minigrad.optim.{name}" for name in ("sgd", "rmsprop", "adam", "base", "clipping", "schedules")]
        + ["minigrad.transforms.parameters"],
        ["optim", "engine/test_misuse", "test_errors", "bptt/test_window", "nn/test_settings"],
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
