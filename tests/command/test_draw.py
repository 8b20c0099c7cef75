"""``minigrad draw``."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from minigrad.command.cli import main
from minigrad.command.draw import joined
from minigrad.draw.examples import EXAMPLES
from minigrad.engine.watch import everywhere
from tests.draw.tools import only, without

SCRIPT = """\
import sys
import minigrad as mg
from beside import VALUE

x = mg.parameter(VALUE, name="x")

def small():
    with mg.Tape() as tape:
        mg.tanh(x)
    return tape

def window():
    step = lambda inputs, h: (mg.square(h * x).sum(), h * x)
    return list(mg.truncated_bptt(step, range(4), mg.tensor(1.0), k1=2))[-1]

def endless():
    for window in mg.truncated_bptt(lambda i, h: (mg.square(h * x).sum(), h * x), range(6), mg.tensor(1.0), k1=3):
        pass

def drawing():
    return mg.draw(small(), title="mine")

def needs(this, that=1):
    pass

def silent():
    pass

def fails():
    with mg.Tape():
        mg.tanh(x)
        return 1 / 0

def leaves(code=3):
    sys.exit(code)

if __name__ == "__main__":
    assert sys.argv[1:] == [], sys.argv
    with mg.Tape() as tape:
        tape.mark()
        h = mg.tanh(x)
        tape.mark()
        tape.backward(mg.square(h))
    with mg.Tape():
        pass
    print("it ran")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "beside", raising=False)
    (tmp_path / "beside.py").write_text("VALUE = 0.5\n")
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "broken.py").write_text("def f(:\n")
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    """The one line on stderr with which the command ends."""
    assert main(["draw", *arguments]) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("Running ")]
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "--example", name]) == 0
    assert ElementTree.parse(folder / f"{name}.svg").getroot().tag.endswith("svg")
    out, err = capsys.readouterr()
    assert out.startswith(f"{name}.svg: ")
    assert err == ""


def test_a_script_runs_and_its_last_tape_with_records_is_drawn(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = list(sys.path), list(sys.argv), list(everywhere)
    assert main(["draw", "script.py"]) == 0
    out, err = capsys.readouterr()
    assert out == "it ran\nscript.svg: Unrolled graph, T = 2 (2 records)\n"
    assert err == "Running script.py …\n"
    assert (folder / "script.svg").exists()
    assert (sys.path, sys.argv, everywhere) == before


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("small", "1 operation (1"),
        ("window", "Unrolled graph, T = 4"),
        ("endless", "Unrolled graph, T = 6"),
        ("drawing", "mine (1"),
    ],
)
def test_a_function_returns_what_is_drawn(function: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", f"script.py:{function}", "--out", "x.html"]) == 0
    assert capsys.readouterr().out.startswith(f"x.html: {said}")


def test_options(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["draw", "--example", "rnn", "--steps", "1:3", "--title", "Look", "--view", "both"]) == 0
    svg = (folder / "rnn.svg").read_text("utf-8")
    assert ">Look</title>" in svg
    assert main(["draw", "--example", "rnn", "--text", "--steps", "2,5"]) == 0
    text = capsys.readouterr().out
    assert "t=5" in text
    assert "t=1" not in text


def test_inspecting_keeps_numbers(folder: Path) -> None:
    assert main(["draw", "script.py", "--inspect"]) == 0
    inspected = (folder / "script.svg").read_text("utf-8")
    assert main(["draw", "script.py"]) == 0
    assert (folder / "script.svg").read_text("utf-8") != inspected


def test_png(folder: Path) -> None:
    assert main(["draw", "--example", "scalar", "-o", "x.png"]) == 0
    assert (folder / "x.png").read_bytes().startswith(b"\x89PNG")


def test_help_says_that_the_file_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["draw", "--help"])
    assert "The file is run, as Python code with all your rights" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "give either a FILE.py or --example NAME"),
        (["script.py", "--example", "rnn"], "give either a FILE.py or --example NAME"),
        (["nowhere.py"], "nowhere.py: there is no such file"),
        (["nowhere.py:f"], "nowhere.py: there is no such file"),
        (["."], ".: this is a folder"),
        (["script.py:other"], "script.py: there is no function 'other' in it; it has small, window"),
        (["script.py:x"], "script.py: there is no function 'x' in it"),
        (["script.py:needs"], "script.py: needs() needs this; give a function"),
        (["script.py:silent"], "script.py: it ran, and recorded nothing on any tape"),
        (["beside.py"], "recorded nothing on any tape; call one of its functions with beside.py:NAME"),
        (["script.py", "--out", "x.bmp"], "--out x.bmp: the suffix must be one of .svg .html"),
        (
            ["script.py", "--out", "x.svg", "--format", "png"],
            "--out x.svg --format png: the two name different formats",
        ),
        (["script.py", "--format", "bmp"], "invalid choice: 'bmp'"),
        (["script.py", "--text", "--out", "-"], "--text and --out - both write to standard output"),
        (["script.py", "--scale", "0"], "--scale=0.0 is outside"),
        (["script.py", "--seconds", "nan"], "--seconds=nan is outside"),
        (["script.py", "--out", "no/x.svg"], "--out no/x.svg: there is no folder no"),
        (["script.py", "--steps", "two"], "'two': write a slice such as 1:5"),
        (["script.py", "--steps", "1:2:0"], "write a slice such as 1:5"),
        (["--example", "spam"], "invalid choice: 'spam'"),
        (["script.py", "--view", "sideways"], "sideways"),
    ],
)
def test_what_the_user_can_put_right(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    assert complaint in refused(capsys, *arguments)
    assert not list(folder.glob("*.svg"))


@pytest.mark.parametrize(("kind", "way"), [("png", "minigrad[image]"), ("pdf", "librsvg"), ("gif", "minigrad[image]")])
@pytest.mark.parametrize("to_stdout", [False, True])
def test_what_is_missing_is_found_before_the_script_runs(
    kind: str,
    way: str,
    to_stdout: bool,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    only(monkeypatch, folder / "bin")
    without(monkeypatch, "resvg_py", "PIL")
    where = ["--out", "-", "--format", kind] if to_stdout else ["--out", f"x.{kind}"]
    assert main(["draw", "script.py", *where]) == 2
    out, err = capsys.readouterr()
    assert way in err
    assert "Running" not in err
    assert "it ran" not in out


def on_stdout(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[bytes, str]:
    """What is on stdout, and what on stderr."""
    assert main(["draw", *arguments]) == 0
    out, err = capfdbinary.readouterr()
    return out, err.decode()


def test_only_the_picture_is_on_stdout(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (folder / "script.py").write_text(SCRIPT + '    import os; os.system("echo from a program")\n')
    out, err = on_stdout(capfdbinary, "script.py", "-o", "-")
    assert ElementTree.fromstring(out).tag.endswith("svg")
    assert err.splitlines() == ["Running script.py …", "it ran", "from a program"]
    assert {path.suffix for path in folder.iterdir()} <= {".py", ""}
    print("afterwards")
    assert capfdbinary.readouterr().out == b"afterwards\n"


@pytest.mark.parametrize(
    ("kind", "magic"),
    [
        ("svg", b"<svg"),
        ("html", b"<!DOCTYPE"),
        ("dot", b"digraph"),
        ("tex", b"% "),
        ("png", b"\x89PNG"),
        ("gif", b"GIF8"),
    ],
)
def test_the_format_of_stdout(kind: str, magic: bytes, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    out, err = on_stdout(capfdbinary, "--example", "scalar", "--out", "-", "--format", kind)
    assert out.lstrip().lower().startswith(magic.lower())
    assert err == ""


def test_a_script_that_fails_leaves_stdout_empty(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["draw", "script.py:fails", "-o", "-"]) == 1
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert b"ZeroDivisionError" in err


@pytest.mark.parametrize("kind", ["png", "pdf", "gif"])
def test_a_terminal_is_spared_what_it_cannot_show(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert f"a terminal cannot show .{kind}" in refused(capsys, "script.py", "-o", "-", "--format", kind)
    assert main(["draw", "script.py", "-o", "-", "--format", "svg"]) == 0


def test_a_format_without_a_name_is_the_suffix(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "script.py:small", "--format", "tex"]) == 0
    assert (folder / "script.tex").read_text("ascii").endswith("\\end{document}\n")
    assert main(["draw", "script.py:small", "--format", "png", "--out", "x.png"]) == 0
    assert (folder / "x.png").exists()


def test_settings_of_what_is_written(folder: Path) -> None:
    assert main(["draw", "--example", "scalar", "--out", "one.png", "--scale", "1"]) == 0
    assert main(["draw", "--example", "scalar", "--out", "two.png"]) == 0
    assert main(["draw", "--example", "scalar", "--out", "film.gif", "--scale", "0.5", "--seconds", "0.25"]) == 0
    one, two, film = (Image.open(folder / name) for name in ("one.png", "two.png", "film.gif"))
    assert two.width == pytest.approx(2 * one.width, abs=2)
    assert film.width == pytest.approx(one.width / 2, abs=2)
    assert film.info["duration"] == 250
    for each in (one, two, film):
        each.close()


@pytest.mark.parametrize("steps", [["--steps", "-2:"], ["--steps=-2:"]])
def test_steps_from_the_end(steps: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "--example", "rnn", "--text", *steps]) == 0
    out = capsys.readouterr().out
    assert "t=6" in out
    assert "t=5" in out
    assert "t=4" not in out
    assert main(["draw", "--example", "rnn", "--text", "--steps", "-2"]) == 2  # a number, and no step has it


def test_only_steps_are_joined_with_what_follows() -> None:
    assert joined(["draw", "--steps", "-2:", "--title", "-2:"]) == ["draw", "--steps=-2:", "--title", "-2:"]
    assert joined(["--steps", "1:"]) == ["--steps", "1:"]
    assert joined(["--steps", "--text"]) == ["--steps", "--text"]
    assert joined(["--steps"]) == ["--steps"]


def test_a_script_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    line = SCRIPT.splitlines().index("        return 1 / 0") + 1
    assert (
        refused(capsys, "script.py:fails", code=1) == f"minigrad: script.py:{line}: ZeroDivisionError: division by zero"
    )
    assert "script.py: it ended with exit code 3" in refused(capsys, "script.py:leaves", code=1)
    assert "broken.py:1: SyntaxError" in refused(capsys, "broken.py", code=1)


def test_a_folder_that_cannot_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "x.svg").mkdir()
    assert "--out x.svg: cannot write there: Is a directory" in refused(capsys, "script.py:small", "--out", "x.svg")


def test_what_to_show_and_in_which_colours(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "--example", "scalar"]) == 0
    plain = (folder / "scalar.svg").read_text("utf-8")
    assert main(["draw", "--example", "scalar", "--theme", "dark", "--show", "op, value"]) == 0
    assert (folder / "scalar.svg").read_text("utf-8") != plain
    (folder / "scalar.svg").unlink()
    capsys.readouterr()
    assert "colour" in refused(capsys, "--example", "scalar", "--theme", "colour")
    assert "spam" in refused(capsys, "--example", "scalar", "--show", "op,spam")


@pytest.mark.parametrize("arguments", [["--example", "lstm"], ["script.py:cell"]])
def test_modules_as_boxes(arguments: list[str], capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    script = folder / "script.py"
    script.write_text(script.read_text() + MODULES)
    assert main(["draw", *arguments, "--depth", "1", "--text"]) == 0
    assert "LSTMCell x, h, c" in capsys.readouterr().out


def test_a_depth_that_means_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert "use 1 for a box a module" in refused(capsys, "--example", "lstm", "--depth", "0")
    assert "--depth" in refused(capsys, "--example", "lstm", "--depth", "deep")


MODULES = """
def cell():
    from minigrad import nn
    recurrent = nn.LSTMCell(2, 3, rng=0)
    state = recurrent.initial_state(1)
    with mg.Tape() as tape:
        for _ in range(3):
            tape.mark()
            state = recurrent(mg.tensor([[1.0, 2.0]], name="x", dtype="float32"), state)
"""
