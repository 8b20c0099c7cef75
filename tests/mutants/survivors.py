"""Which modules are broken, for which tests, and which mutants survive for a reason, which ``survivors.txt`` gives."""

from __future__ import annotations

from pathlib import Path

# Modules, and the tests that are about them; the whole suite knows more, and takes long.
GROUPS = [
    (
        [f"minigrad.{name}" for name in ("cotangent", "rows", "walk", "ends", "tape", "record", "plan", "active")],
        [f"test_{name}" for name in ("walk", "cotangent", "cut", "plan", "tape", "transforms", "anomaly", "memory")]
        + ["test_errors", "test_misuse", "test_backend", "test_reused_arrays", "test_paranoid"]
        + ["test_unrecorded", "test_edges", "bptt/test_hidden", "test_leaving"],
    ),
    (
        ["minigrad.primitives.hidden", "minigrad.unrecorded", "minigrad.leaving"],
        ["bptt/test_hidden", "test_edges", "test_unrecorded", "test_leaving"],
    ),
    (
        ["minigrad.primitive"],
        [f"test_{name}" for name in ("unrolled", "plan", "tensor", "errors", "misuse", "signatures", "backend")]
        + ["test_exports", "test_unrecorded", "bptt/test_hidden", "test_edges"],
    ),
    (
        ["minigrad.regions", "minigrad.tree"],
        ["test_regions", "test_transforms", "test_tape", "test_misuse", "test_reused_arrays"],
    ),
    (
        [f"minigrad.{name}" for name in ("archive", "atomic", "saving", "resume")],
        [
            f"test_{name}"
            for name in ("archive", "atomic", "saving", "resume", "resume_parts", "misuse", "optim", "edges")
        ]
        + ["test_cli", "nn/test_nn"],
    ),
    (
        [f"minigrad.bptt.{name}" for name in ("schedule", "state", "window", "streams", "overlap", "plain")],
        [
            f"bptt/test_{name}"
            for name in ("schedule", "state", "window", "streams", "overlap", "saved_overlap", "reset", "misuse")
        ]
        + ["bptt/test_hidden", "test_resume", "test_misuse"],
    ),
    (
        [f"minigrad.bptt.{name}" for name in ("lags", "checkpointed", "rtrl", "artbp")],
        [f"bptt/test_{name}" for name in ("lags", "lags_by_hand", "other_schemes", "references", "misuse")],
    ),
    (
        [f"minigrad.nn.{name}" for name in ("cells", "unroll", "dropout", "stacked", "layers", "losses", "module")]
        + ["minigrad.nn.initialisers"],
        ["nn", "test_misuse", "test_scopes", "test_saving"],
    ),
    (
        [
            f"minigrad.optim.{name}"
            for name in ("sgd", "rmsprop", "adam", "base", "parameters", "clipping", "schedules")
        ],
        ["test_optim", "test_optim_range", "test_misuse", "test_errors", "bptt/test_window", "nn/test_settings"],
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
