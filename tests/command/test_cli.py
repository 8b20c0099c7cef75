from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.command.cli import main
from minigrad.demo import load_model, session
from minigrad.demo.train import Curve
from tests.draw.tools import without

TEXT = "the cat sat on the mat. the dog sat on the log. a bird sang in the tree.\n" * 40
QUICK = ["--k", "5", "--hidden", "12", "--steps", "6", "--batch", "4"]


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.txt"
    path.write_text(TEXT, "utf-8")
    return path


@pytest.fixture(autouse=True)
def in_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main(["--version"])
    assert done.value.code == 0
    assert capsys.readouterr().out == f"minigrad {mg.__version__}\n"


def test_as_a_module() -> None:
    command = [sys.executable, "-m", "minigrad", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == f"minigrad {mg.__version__}\n"


def test_alone_prints_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "demo" in capsys.readouterr().out


def test_help_shows_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert "steps in a window (default: 25)" in out
    assert "(default: minigrad-demo)" in out


def test_demo_writes_everything(story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--text", str(story), *QUICK]) == 0
    out, err = capsys.readouterr()
    folder = tmp_path / "minigrad-demo"
    assert {"index.html", "model.npz", "unfolded.svg", "loss.svg"} <= {file.name for file in folder.iterdir()}
    for drawing in ("unfolded.svg", "loss.svg"):
        assert ET.parse(folder / drawing).getroot().tag.endswith("svg")
    html = (folder / "index.html").read_text("utf-8")
    assert "http" not in html
    assert html.count("<svg") >= 2
    model, vocabulary = load_model(folder / "model.npz")
    assert vocabulary == "".join(sorted(set(TEXT)))
    assert model.cell.hidden == 12
    assert "Before training" in out
    assert "unigram entropy" in out
    assert f"Open {Path('minigrad-demo') / 'index.html'}" in out
    assert "window 6/6" in err


def test_same_seed_writes_the_same_files(story: Path, tmp_path: Path) -> None:
    for out in ("a", "b"):
        assert main(["demo", "--text", str(story), *QUICK, "--seed", "7", "--out", out]) == 0
    for name in ("unfolded.svg", "loss.svg"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    first, second = (mg.load(tmp_path / out / "model.npz") for out in ("a", "b"))
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b" \n\n ", "is empty"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "is not text in UTF-8 (byte 0 cannot be decoded)"),
        (b"abc\0def", "is not text (character 3 is NUL)"),
        (b"short", "has 5 characters; one window of --k 25 needs at least 26"),
    ],
)
def test_unusable_text(content: bytes, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    assert_refused(["demo", "--text", str(path)], complaint, capsys)
    assert not (tmp_path / "minigrad-demo").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--text", "missing.txt"], "--text missing.txt: cannot be read: No such file or directory"),
        (["--text", "."], "--text .: cannot be read: Is a directory"),
        (["--out", ""], "--out: '' is no name; write . for the current folder"),
        (["--text", ""], "--text: '' is no name"),
        (["--k", "0"], "--k 0: must be at least 1"),
        (["--k", "5", "--k2", "4"], "--k2 4: must be at least --k 5"),
        (["--k", "five"], "invalid int value: 'five'"),
        (["--hidden", "0"], "--hidden 0: must be at least 1"),
        (["--steps", "-1"], "--steps -1: must be at least 1"),
        (["--batch", "0"], "--batch 0: must be at least 1"),
        (["--lr", "nan"], "--lr nan: must be a positive number"),
        (["--seed", "-1"], "--seed -1: must be at least 0"),
        (["--cell", "spam"], "--cell spam: must be one of rnn"),
        (["--device", "tpu"], "invalid choice: 'tpu'"),
        (["--frobnicate"], "unrecognized arguments: --frobnicate"),
    ],
)
def test_wrong_option(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(["demo", *arguments], complaint, capsys)


def test_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(["dance"], "invalid choice: 'dance'", capsys)


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_folder_that_cannot_be_written_is_found_before_training(
    folder: str, story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr("minigrad.demo.session.train", lambda *_: pytest.fail("it trained"))
    assert_refused(["demo", "--text", str(story), "--out", folder], f"--out {folder}: cannot write there", capsys)


def test_cuda_without_cupy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert_refused(["demo", "--device", "cuda"], "pip install 'minigrad[cuda]'", capsys)


def test_without_matplotlib(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["demo", "--text", str(story), *QUICK]) == 0
    assert "No loss curve without matplotlib: pip install 'minigrad[plot]'" in capsys.readouterr().out
    assert not (tmp_path / "minigrad-demo" / "loss.svg").exists()
    assert (tmp_path / "minigrad-demo" / "index.html").exists()


def test_first_interrupt_keeps_what_was_trained(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupt_at(monkeypatch, {3})
    handler = signal.getsignal(signal.SIGINT)
    assert main(["demo", "--text", str(story), *QUICK]) == 0
    assert signal.getsignal(signal.SIGINT) is handler
    assert "stopped by Ctrl-C after 3 windows" in capsys.readouterr().out
    assert (tmp_path / "minigrad-demo" / "model.npz").exists()
    assert "Ctrl-C ended training early" in (tmp_path / "minigrad-demo" / "index.html").read_text("utf-8")


def test_a_folder_in_place_of_a_file_is_refused_before_training(
    story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / "model.npz").mkdir(parents=True)
    arguments = ["demo", "--text", str(story), *QUICK, "--out", str(tmp_path / "out")]
    assert_refused(arguments, "model.npz, which is to be written there, is a folder", capsys)


def test_a_text_too_short_for_the_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "short.txt").write_text("hello", "utf-8")
    arguments = ["demo", "--text", str(tmp_path / "short.txt"), "--k", "2", "--out", str(tmp_path / "out")]
    assert_refused(arguments, "has 5 characters; the picture of 6 steps needs at least 7", capsys)


def test_second_interrupt_aborts(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupt_at(monkeypatch, {3}, times=2)
    assert main(["demo", "--text", str(story), *QUICK]) == 130
    assert capsys.readouterr().err.endswith("minigrad: aborted; nothing was saved\n")
    assert not (tmp_path / "minigrad-demo" / "model.npz").exists()


def test_an_abort_after_training_keeps_the_model(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def abort(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("minigrad.demo.session.Report", abort)
    assert main(["demo", "--text", str(story), *QUICK]) == 130
    assert (tmp_path / "minigrad-demo" / "model.npz").exists()
    assert capsys.readouterr().err.endswith("minigrad: aborted; the model is in minigrad-demo/model.npz\n")


DOTS = {"fails": "echo 'no plugin for png' >&2; exit 1", "says nothing": "exit 0", "hangs": "sleep 60"}


@pytest.mark.parametrize("kind", DOTS)
def test_a_dot_that_fails_costs_its_own_picture_only(
    kind: str, story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bin").mkdir()
    dot = tmp_path / "bin" / "dot"
    dot.write_text(f"#!/bin/sh\n{DOTS[kind]}\n")
    dot.chmod(0o755)
    monkeypatch.setenv("PATH", f"{dot.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("minigrad.demo.session.DOT_SECONDS", 0.5)
    without(monkeypatch, "resvg_py")
    folder = tmp_path / "minigrad-demo"
    folder.mkdir()
    (folder / "unfolded.png").write_bytes(b"of an earlier run")
    assert main(["demo", "--text", str(story), *QUICK]) == 0
    said = capsys.readouterr().out
    assert said.index("Open") < said.index("No unfolded.png: Graphviz' `dot` ")
    assert {"hangs": "took more than 0.5 s", "fails": "no plugin for png"}.get(kind, "exit status 0") in said
    assert {"index.html", "model.npz", "unfolded.svg"} <= {file.name for file in folder.iterdir()}
    assert not (folder / "unfolded.png").exists()


def test_the_files_of_a_run_that_fails_are_none_of_the_new_ones(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "index.html")

    assert main(["demo", "--text", str(story), *QUICK]) == 0
    before = {file.name: file.read_bytes() for file in (tmp_path / "minigrad-demo").iterdir()}
    monkeypatch.setattr("minigrad.demo.session.write_page", full)
    assert main(["demo", "--text", str(story), *QUICK, "--seed", "7"]) == 1
    assert "No space left on device: 'index.html'" in capsys.readouterr().err
    after = {file.name: file.read_bytes() for file in (tmp_path / "minigrad-demo").iterdir()}
    assert after.pop("model.npz") != before.pop("model.npz")
    assert after == before


def test_output_that_is_no_utf8(story: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-c", "import sys; from minigrad.command.cli import main; sys.exit(main())"]
    done = subprocess.run(
        [*command, "demo", "--text", str(story), *QUICK], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "unigram entropy" in done.stdout


def test_a_reader_that_has_seen_enough(story: Path, tmp_path: Path) -> None:
    """As in ``minigrad demo | head -1``: no traceback and no complaint."""
    command = [sys.executable, "-m", "minigrad", "demo", "--text", str(story), *QUICK, "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        complaints = [line for line in running.stderr if not line.startswith("window")]
    assert complaints == []
    assert running.returncode == 1


def test_a_learning_rate_that_explodes_says_so_and_nothing_else(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--text", str(story), *QUICK, "--lr", "1e30", "--steps", "60"]) == 1
    *progress, last = capsys.readouterr().err.splitlines()
    assert "try a smaller --lr" in last
    assert all(line.startswith("window") for line in progress)


@pytest.fixture(autouse=True)
def _handled_interrupts() -> Iterator[None]:
    """Python's own handler of SIGINT, which a job in the background starts without."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_at(monkeypatch: pytest.MonkeyPatch, windows: set[int], times: int = 1) -> None:
    """Send SIGINT to this process while the progress of one of ``windows`` is shown."""
    real = session.PlainProgress.update

    def update(self: Any, curve: Curve) -> None:
        real(self, curve)
        if len(curve) in windows:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(session.PlainProgress, "update", update)


def assert_refused(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command ends with exit code 2 and one line on stderr that contains ``complaint``."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("minigrad: ")
    assert err.count("\n") == 1
    assert complaint in err


@pytest.mark.parametrize(
    "started", [["-m", "minigrad"], ["-c", "import sys; sys.argv = ['bin/minigrad']; import minigrad"]]
)
def test_an_interrupt_while_the_command_imports_is_a_line(started: list[str], tmp_path: Path) -> None:
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").write_text("raise KeyboardInterrupt")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(mg.__file__).parents[1])])}
    done = subprocess.run([sys.executable, *started], env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == "minigrad: aborted\n"
    assert done.returncode != 0
    other = subprocess.run(
        [sys.executable, "-c", "import minigrad"], env=environment, capture_output=True, text=True, check=False
    )
    assert "Traceback" in other.stderr
