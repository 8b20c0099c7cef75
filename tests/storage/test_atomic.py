"""Files that appear whole or not at all, in the place that was asked for, with nothing left beside them."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from minigrad.storage import atomic


def write(path: Path, content: bytes = b"new") -> None:
    with atomic.replacing(path) as file:
        file.write(content)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "run.npz").write_bytes(b"old")
    return tmp_path / "run.npz"


# -- the file and its place ------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o640, 0o601])
def test_permissions_are_kept_and_a_link_stays_one(file: Path, mode: int) -> None:
    file.chmod(mode)
    link = file.with_name("link.npz")
    link.symlink_to(file.name)
    write(link)
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_link_to_nothing_makes_the_file_that_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    write(tmp_path / "link")
    assert (tmp_path / "target").read_bytes() == b"new"


def test_places_that_are_none_are_named_before_anything_is_written(tmp_path: Path) -> None:
    for place, error, words in [
        (tmp_path, IsADirectoryError, "Is a directory"),
        (tmp_path / "absent" / "m", FileNotFoundError, "no such folder"),
    ]:
        with pytest.raises(error, match=words), atomic.replacing(place):
            pytest.fail("there is a file to write")


def test_every_byte_is_on_the_disk_before_the_file_takes_its_place(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda number: sizes.append(os.fstat(number).st_size))
    write(file)
    assert sizes == [len(b"new")]


# -- failures --------------------------------------------------------------------------------------


def test_a_full_disk_is_named_with_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*run\.npz'$"):
        write(file)
    assert file.read_bytes() == b"old"
    assert [*file.parent.iterdir()] == [file]


@pytest.mark.parametrize("failure", [KeyError("x"), OSError(errno.EIO, "broken", "other.txt"), OSError("no number")])
def test_another_failure_of_the_block_is_raised_as_it_is(file: Path, failure: Exception) -> None:
    with pytest.raises(type(failure)) as caught, atomic.replacing(file):
        raise failure
    assert caught.value is failure
    assert file.read_bytes() == b"old"


# -- what killed writers left ----------------------------------------------------------------------


def part_of(path: Path, process: object) -> Path:
    """The name under which a process on this machine writes what is to be ``path``."""
    with atomic.replacing(path):
        (part,) = path.parent.glob("*.part")
    path.unlink()
    return part.with_name(part.name.replace(f".{os.getpid()}.", f".{process}."))


@pytest.mark.parametrize("name", ["run.npz", "run[1].npz", "r*n?.npz", "run!.npz"])
def test_what_a_killed_writer_left_is_removed_and_that_of_a_living_one_is_not(tmp_path: Path, name: str) -> None:
    waiting = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    stays = [part_of(tmp_path / name, process) for process in (waiting.pid, "text", 10**30)]
    stays.append(part_of(tmp_path / "run1.npz", ended.pid))  # which is for the next writer of that file to remove
    folder = part_of(tmp_path / name, ended.pid)
    folder.mkdir()
    (folder / "page.html").touch()
    for left in (*stays, part_of(tmp_path / name, ended.pid)):
        left.touch()
    write(tmp_path / name)
    assert {*tmp_path.iterdir()} == {tmp_path / name, *stays}
    assert waiting.poll() is None
    waiting.communicate(b"\n")
    assert waiting.returncode == 0


def gone(part: Path) -> bool:
    part.unlink()  # another writer is quicker
    return False


def of_somebody_else(part: Path) -> bool:
    raise PermissionError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize(("kill", "stays"), [(gone, False), (of_somebody_else, True)])
def test_other_writers_and_other_users(
    file: Path, kill: Callable[[Path], bool], stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = part_of(file, 12345)
    part.touch()

    def asked(process: int, signal: int) -> None:
        assert (process, signal) == (12345, 0)
        if not kill(part):
            raise ProcessLookupError(errno.ESRCH, "No such process")

    monkeypatch.setattr(os, "kill", asked)
    write(file)
    assert part.exists() is stays


def test_a_folder_that_cannot_be_removed_hinders_nobody(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    part_of(file, ended.pid).mkdir()
    monkeypatch.setattr(os, "rmdir", refuse)
    write(file)
    assert file.read_bytes() == b"new"


def test_on_windows_no_process_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where signal 0 is an interrupt."""
    asked: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        patch.setattr(os, "kill", lambda process, _: asked.append(process))
        alive = atomic._is_alive(os.getpid())
    assert alive
    assert not asked


# -- several files ---------------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_files_are_published_together(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with atomic.publishing(tmp_path) as stage:
        for name in ("a", "b"):
            (stage / name).write_text("new")
        assert (tmp_path / "a").read_text() == "old"
        assert not (tmp_path / "b").exists()
    assert contents(tmp_path) == {"a": "new", "b": "new"}


def test_a_folder_is_left_as_it_was_by_a_block_that_fails(tmp_path: Path) -> None:
    def fail(stage: Path, work: Callable[[Path], object]) -> None:
        work(stage)
        raise KeyError

    (tmp_path / "a").write_text("old")
    for work in (lambda stage: (stage / "a").write_text("new"), Path.rmdir):
        with pytest.raises(KeyError), atomic.publishing(tmp_path) as stage:
            fail(stage, work)
    assert contents(tmp_path) == {"a": "old"}


def test_a_folder_that_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    with atomic.publishing(tmp_path) as stage:
        left = stage.with_name(stage.name.replace(f".{os.getpid()}.", f".{ended.pid}."))
    left.mkdir()
    with atomic.publishing(tmp_path):
        assert not left.exists()
