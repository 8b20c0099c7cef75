"""The reproductions in docs/reproductions: their claims hold."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reproductions"
pytestmark = pytest.mark.unwitnessed("tens of thousands of walks of cells that are witnessed elsewhere")
NAMES = ["influence", "echo", "exploding", "copying", "sunspots"]


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in [*NAMES, "reproduced", "run"]:
        sys.modules.pop(name, None)


def wrong(outcome: Any) -> list[str]:
    return [claim for claim, ok in outcome.claims if not ok]


@pytest.mark.parametrize("name", NAMES)
def test_the_claims_hold_at_reduced_size(name: str) -> None:
    assert wrong(importlib.import_module(name).run(quick=True)) == []


@pytest.mark.benchmark
@pytest.mark.parametrize("name", NAMES)
def test_the_claims_hold_at_full_size(name: str) -> None:
    assert wrong(importlib.import_module(name).run()) == []


def test_one_command_writes_a_page_and_fails_when_a_claim_does(tmp_path: Path, monkeypatch: Any) -> None:
    pytest.importorskip("matplotlib")
    run = importlib.import_module("run")
    monkeypatch.setattr(run, "ALL", (importlib.import_module("exploding"),))
    assert run.main(["--quick", "--out", str(tmp_path)]) == 0
    page = (tmp_path / "index.html").read_text("utf-8")
    assert "✓" in page
    assert (tmp_path / "vanishing-and-exploding-gradients.svg").exists()

    broken = run.ALL[0].run(quick=True)
    broken.claims.append(("1 is 2", False))
    monkeypatch.setattr(run.ALL[0], "run", lambda quick: broken)
    assert run.main(["--quick", "--out", str(tmp_path)]) == 1
    assert "NOT SO" in (tmp_path / "index.html").read_text("utf-8")


def test_a_folder_that_cannot_be_written_is_found_before_anything_runs(
    tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    pytest.importorskip("matplotlib")
    run = importlib.import_module("run")
    monkeypatch.setattr(run, "ALL", ())
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SystemExit, match="2"):
        run.main(["--out", str(tmp_path / "file")])
    assert "cannot write there" in capsys.readouterr().err
