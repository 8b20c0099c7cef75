"""Files that are changed, cut, tampered with or left behind: each is read right, or refused."""

from __future__ import annotations

import errno
import io
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import CheckpointError
from minigrad.storage.archive import write

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


def rewrite(path: Path, contents: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        comment = archive.comment
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = comment
        for name, content in contents.items():
            archive.writestr(name, content)


def npy(array: np.ndarray, version: tuple[int, int] = (1, 0)) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version)
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


def test_an_array_with_a_header_of_the_second_version_is_read(file: Path) -> None:
    rewrite(file, {f"{name}.npy": npy(array, (2, 0)) for name, array in ARRAYS.items()})
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b""  # there is no list of members
    assert is_right(file)


def test_a_member_that_is_there_twice_is_refused(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("w.npy", npy(ARRAYS["w"]))
    with pytest.raises(CheckpointError, match=r"'w\.npy' is there twice"):
        mg.load(file)


@pytest.mark.parametrize("field", [12, 16])  # of the end of the directory: its size, its place
def test_a_directory_beyond_the_file_is_refused(file: Path, field: int) -> None:
    content = bytearray(file.read_bytes())
    end = content.rindex(b"PK\5\6")
    content[end + field : end + field + 4] = (2**31).to_bytes(4, "little")
    file.write_bytes(content)
    assert not is_right(file)


def test_an_error_of_the_disk_is_none_of_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(zipfile.ZipFile, "infolist", broken)
    with pytest.raises(OSError, match="Input/output error") as caught:
        mg.load(file)
    assert not isinstance(caught.value, CheckpointError)


def test_an_array_above_the_limit_of_short_headers_is_saved(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1000)  # in place of 2 GiB
    large = {"large": np.arange(1000.0), "fortran": np.asfortranarray(np.arange(4e5).reshape(2, -1))}
    mg.save(file, large)
    for name, array in mg.load(file).items():
        np.testing.assert_array_equal(array, large[name])


def test_no_object_is_pickled() -> None:
    with pytest.raises(ValueError, match="allow_pickle=False"):
        write(io.BytesIO(), {"objects": np.array([{}])})


def test_any_name_is_itself(tmp_path: Path) -> None:
    names = ["a", "a.npy", "a.npy.npy", "", ".npy", "manifest.json", "x/y", "../up", "é", "'a.b'", "A"]
    mg.save(tmp_path / "m", {name: np.full(k + 1, k) for k, name in enumerate(names)})
    loaded = mg.load(tmp_path / "m")
    assert [*loaded] == names
    for k, name in enumerate(names):
        np.testing.assert_array_equal(loaded[name], np.full(k + 1, k))


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "b\udfff", 1])
def test_names_that_an_archive_would_change_are_refused(tmp_path: Path, name: object) -> None:
    with pytest.raises((CheckpointError, TypeError), match="name"):
        mg.save(tmp_path / "m", {name: np.ones(2)})
    with pytest.raises(CheckpointError, match="ends with NUL"):
        mg.save(tmp_path / "m", {"text": "abc\0"})
    assert not [*tmp_path.iterdir()]
