"""Files that are changed, cut, tampered with or left behind: each is read right, or refused."""

from __future__ import annotations

import errno
import io
import os
import random
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import CheckpointError

ARRAYS = {
    "w": np.arange(6, dtype="float32").reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "count": np.array(3),
    "empty": np.zeros((0, 2), "f2"),
    "text": np.array("état"),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    mg.save(tmp_path / "run.npz", ARRAYS)
    return tmp_path / "run.npz"


def is_right(path: Path) -> bool:
    """Whether the file is read as it was saved; else it is refused, with its name."""
    try:
        loaded = mg.load(path)
    except CheckpointError as refused:
        return str(path) not in str(refused)
    assert loaded.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert loaded[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded[name], array)
    return True


def test_every_cut_of_a_file_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    for length in range(0, len(whole) - len(b"minigrad"), 3):  # of the comment at the end a part will do
        file.write_bytes(whole[:length])
        assert not is_right(file)


def test_a_file_with_changed_bytes_is_right_or_refused(file: Path) -> None:
    whole, rng = file.read_bytes(), random.Random(0)
    refused = 0
    for _ in range(1000):
        changed = bytearray(whole)
        for _ in range(rng.choice([1, 1, 2, 8])):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        file.write_bytes(changed)
        refused += not is_right(file)
    assert refused > 600


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, contents: dict[str, bytes], comment: bytes = b"minigrad") -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = comment
        for name, content in contents.items():
            archive.writestr(name, content)


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w.npy": None}, "not those of its list"),
        ({"more.npy": npy(np.ones(2))}, "not those of its list"),
        ({"w.npy": npy(np.zeros((2, 3), "f4"))}, "not those of its list"),
        ({"manifest.json": None}, "its list of members is missing"),
        ({"manifest.json": b"[1, 2"}, "no checkpoint"),
        ({"manifest.json": b"[" * 100_000}, "no checkpoint"),
        ({"manifest.json": b"3"}, "run.npz"),
        ({"readme.txt": b"hello"}, "'readme.txt' is no array"),
        ({"w.npy": npy(np.ones((2, 3), "f4")) + b"\0"}, "25 bytes for an array of 24"),
        ({"w.npy": npy(np.ones((2, 3), "f4"))[:-1]}, "23 bytes for an array of 24"),
        ({"w.npy": npy(np.ones(2, [("a", "f4")]))}, "plain numbers"),
        ({"w.npy": npy(np.zeros(2, "V4"))}, "plain numbers"),
        ({"w.npy": npy(np.zeros(2, "M8[s]"))}, "plain numbers"),
        ({"w.npy": npy(np.zeros(2, "c16"))}, "plain numbers"),
        ({"w.npy": npy(np.ones(2)).replace(b"(2,)", b"(-2,)")}, "run.npz"),
        ({"w.npy": npy(np.ones(10**4)).replace(b"(10000,), }    ", b"(10**11,), }   ")}, "run.npz"),
        (
            {"w.npy": npy(np.ones(10**4)).replace(b"(10000,), }      ", b"(10000000000,), }")},
            "80,000 bytes for an array",
        ),
    ],
)
def test_members_that_were_tampered_with(file: Path, change: dict[str, bytes | None], message: str) -> None:
    contents = {**members(file), **change}
    rewrite(file, {name: content for name, content in contents.items() if content is not None})
    with pytest.raises(CheckpointError, match=message):
        mg.load(file)


def test_archives_of_others_are_read_and_ours_by_numpy(file: Path) -> None:
    np.savez(file.with_name("theirs"), **ARRAYS)
    assert is_right(file.with_name("theirs.npz"))
    np.savez_compressed(file.with_name("theirs"), **ARRAYS)
    assert is_right(file.with_name("theirs.npz"))
    with np.load(file, allow_pickle=False) as archive:
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(archive[name], array)


def test_any_name_is_itself(tmp_path: Path) -> None:
    names = ["a", "a.npy", "a.npy.npy", "", ".npy", "manifest.json", "x/y", "../up", "é", "'a.b'", "A"]
    mg.save(tmp_path / "m", {name: np.full(k + 1, k) for k, name in enumerate(names)})
    loaded = mg.load(tmp_path / "m")
    assert [*loaded] == names
    for k, name in enumerate(names):
        np.testing.assert_array_equal(loaded[name], np.full(k + 1, k))


@pytest.mark.parametrize("name", ["a\0b", "\ud800", 1])
def test_names_that_an_archive_would_change_are_refused(tmp_path: Path, name: object) -> None:
    with pytest.raises((CheckpointError, TypeError), match="name"):
        mg.save(tmp_path / "m", {name: np.ones(2)})
    with pytest.raises(CheckpointError, match="ends with NUL"):
        mg.save(tmp_path / "m", {"text": "abc\0"})
    assert not [*tmp_path.iterdir()]


# -- the place of the file -------------------------------------------------------------------------


def test_permissions_are_kept_and_a_link_stays_one(file: Path) -> None:
    file.chmod(0o640)
    link = file.with_name("link.npz")
    link.symlink_to(file.name)
    mg.save(link, {"x": np.ones(2)})
    assert link.is_symlink()
    assert [*mg.load(file)] == ["x"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_link_to_nothing_makes_the_file_that_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    mg.save(tmp_path / "link", ARRAYS)
    assert is_right(tmp_path / "target")


def test_what_a_killed_writer_left_is_removed_and_that_of_a_living_one_is_not(file: Path) -> None:
    program = f"""
import os, signal
import minigrad as mg
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
mg.save({str(file)!r}, {{"x": 1.0}})
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    (dead,) = file.parent.glob("*.part")
    living = dead.with_name(dead.name.replace(dead.name.split(".")[-3], str(os.getppid())))
    living.write_bytes(b"")
    assert is_right(file)
    mg.save(file, ARRAYS)
    assert {*file.parent.iterdir()} == {file, living}


def test_a_full_disk_is_named_with_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*run\.npz'"):
        mg.save(file, {"x": np.ones(2)})
    monkeypatch.undo()
    assert is_right(file)
    assert [*file.parent.iterdir()] == [file]


def test_places_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="name of the file is empty"):
        mg.save("", ARRAYS)
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        mg.save(tmp_path, ARRAYS)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        mg.save(tmp_path / "absent" / "m", ARRAYS)
