"""``minigrad lags``."""

from __future__ import annotations

from pathlib import Path

import pytest

from minigrad.command.cli import main
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
    text.write_text("ΩA" * 100, "utf-8")
    assert main(["lags", "--text", str(text), *options]) == 2
    assert "'Ω' does not occur" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--lags", "0"], "--lags 0: must be at least 1"),
        (["--seed", "-1"], "--seed -1"),
        (["--batch", "10000"], "characters, too few for --batch 10000"),
        (["--steps", "x"], "--steps: invalid int value"),
        (["--plot", "lags.foo"], "--plot lags.foo: the name must end in .png, .svg or .pdf"),
        (["--plot", "lags"], "--plot lags: the name must end in"),
        (["--plot", "nowhere/lags.png"], "--plot nowhere/lags.png: there is no folder nowhere"),
        (["--plot", ""], "--plot: '' is no name"),
        (["--model", "nothing.npz"], "--model nothing.npz: cannot be read: No such file"),
        (["--model", "."], "--model .: cannot be read: Is a directory"),
        (["--model", "text.txt"], "--model text.txt: is no model of the demo"),
        (["--model", "x.npz", "--hidden", "8"], "--hidden 8: describes an untrained model"),
        (["--model", "x.npz", "--cell", "gru"], "--cell gru: describes an untrained model"),
        (["--model", "x.npz", "--seed", "0"], "--seed 0: describes an untrained model"),
    ],
)
def test_misuse(
    text: Path, options: list[str], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(text.parent)
    assert main(["lags", "--text", "text.txt", *options]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert not out  # refused before anything is measured
    assert [path.name for path in text.parent.iterdir()] == ["text.txt"]


def test_a_text_without_anything_to_predict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("a" * 100, "utf-8")
    assert main(["lags", "--text", str(tmp_path / "a.txt")]) == 2
    assert "a.txt: has only one distinct character" in capsys.readouterr().err
