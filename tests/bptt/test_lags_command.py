"""``minigrad lags``."""

from __future__ import annotations

from pathlib import Path

import pytest

from minigrad.cli import main
from minigrad.demo.model import CharRNN, save_model

TEXT = "the quick brown fox jumps over the lazy dog. " * 20


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_it_prints_a_table_and_a_verdict(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["lags", "--text", str(text), "--hidden", "8", "--steps", "30", "--lags", "12", "--cell", "gru"]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "The mean loss of 30 steps out of 30" in printed
    assert "A bias of 10%" in printed


def test_a_trained_model_and_a_plot(text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    vocabulary = "".join(sorted(set(TEXT)))
    save_model(tmp_path / "model.npz", CharRNN(len(vocabulary), 8), vocabulary)
    options = ["--model", str(tmp_path / "model.npz"), "--plot", str(tmp_path / "lags.png")]
    assert main(["lags", "--text", str(text), "--steps", "10", "--lags", "5", *options]) == 0
    assert (tmp_path / "lags.png").stat().st_size > 1000
    text.write_text("Ω" * 100, "utf-8")
    assert main(["lags", "--text", str(text), *options]) == 2
    assert "'Ω' does not occur" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--lags", "0"], "--lags 0"), (["--seed", "-1"], "--seed -1"), (["--batch", "10000"], "too few for --batch")],
)
def test_misuse(text: Path, options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lags", "--text", str(text), *options]) == 2
    assert words in capsys.readouterr().err
