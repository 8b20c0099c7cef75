"""Checkpoints: what goes in comes out, nothing in a file is executed, and a file is whole or absent."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from tests.strict import strict


def test_round_trip(tmp_path, xp):
    arrays = {
        "w": np.arange(6, dtype="float32").reshape(2, 3),
        "cell.W_h": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "counts": np.array([1, 2], dtype="int8"),
        "flag": np.array(True),
        "scalar": np.float64(2.5),
        "empty": np.zeros((0, 3)),
        "text": np.array("abc"),
    }
    mg.save(tmp_path / "model.npz", {**arrays, "p": mg.parameter(xp.asarray(np.ones(2)))})
    loaded = mg.load(str(tmp_path / "model.npz"))
    assert set(loaded) == {*arrays, "p"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(loaded[name], array)
        assert loaded[name].dtype == array.dtype
        assert loaded[name].shape == array.shape
    assert [p.name for p in tmp_path.iterdir()] == ["model.npz"]


def test_a_model_round_trip(tmp_path):
    a, b = mg.nn.RNNCell(3, 4, rng=0), mg.nn.RNNCell(3, 4, rng=1)
    mg.save(tmp_path / "m", a.state_dict())
    b.load_state_dict(mg.load(tmp_path / "m"))
    for p, q in zip(a.parameters(), b.parameters(), strict=True):
        np.testing.assert_array_equal(p.value, q.value)
    assert (tmp_path / "m").exists()


def test_device_arrays_are_saved_from_the_host(tmp_path):
    mg.save(tmp_path / "m", {"d": strict.asarray(np.ones(2))})
    assert type(mg.load(tmp_path / "m")["d"]) is np.ndarray


class Executed:
    ran = False

    def __reduce__(self):
        return (setattr, (Executed, "ran", True))


def test_nothing_is_unpickled(tmp_path):
    hostile = np.empty(1, object)
    hostile[0] = Executed()
    np.savez(tmp_path / "bad.npz", w=hostile)
    (tmp_path / "raw").write_bytes(pickle.dumps(Executed()))
    np.save(tmp_path / "single.npy", hostile)
    for name in ("bad.npz", "raw", "single.npy"):
        with pytest.raises(errors.CheckpointError, match=name):
            mg.load(tmp_path / name)
    assert not Executed.ran
    with pytest.raises(errors.CheckpointError, match="object"):
        mg.save(tmp_path / "no.npz", {"w": hostile})
    assert not (tmp_path / "no.npz").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"hello"])
def test_what_is_no_archive(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(errors.CheckpointError, match="file"):
        mg.load(tmp_path / "file")
    with pytest.raises(FileNotFoundError):
        mg.load(tmp_path / "absent")


def test_a_truncated_or_changed_file(tmp_path):
    mg.save(tmp_path / "m", {"w": np.arange(100.0)})
    whole = (tmp_path / "m").read_bytes()
    (tmp_path / "m").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(errors.CheckpointError):
        mg.load(tmp_path / "m")
    flipped = bytearray(whole)
    flipped[400] ^= 1
    (tmp_path / "m").write_bytes(flipped)
    with pytest.raises(errors.CheckpointError):
        mg.load(tmp_path / "m")


def test_the_size_limit_holds_before_anything_is_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb", "w", zipfile.ZIP_DEFLATED) as archive:
        buffer = io.BytesIO()
        np.save(buffer, np.zeros(100_000))
        archive.writestr("w.npy", buffer.getvalue())
    with pytest.raises(errors.CheckpointError, match="800,128"):
        mg.load(tmp_path / "bomb", limit=100_000)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    mg.save(tmp_path / "m", {"w": np.ones(2)})

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        mg.save(tmp_path / "m", {"w": np.zeros(2)})
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["m"]
    np.testing.assert_array_equal(mg.load(tmp_path / "m")["w"], [1, 1])


@pytest.mark.parametrize(
    "value", [np.array([1j]), np.array([None]), "text", b"bytes", object(), np.array(["2020"], "M8[Y]")]
)
def test_only_plain_numbers_are_saved(tmp_path, value):
    if value == "text":
        mg.save(tmp_path / "m", {"x": value})
        assert mg.load(tmp_path / "m")["x"] == "text"
        return
    with pytest.raises(errors.CheckpointError, match="'x'"):
        mg.save(tmp_path / "m", {"x": value})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file", "allow_pickle"])
def test_any_name_can_be_saved(tmp_path, name):
    mg.save(tmp_path / "m", {name: np.ones(2)})
    np.testing.assert_array_equal(mg.load(tmp_path / "m")[name], [1, 1])


def test_an_archive_with_other_members_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "m", "w") as archive:
        archive.writestr("readme.txt", "not an array")
    with pytest.raises(errors.CheckpointError):
        mg.load(tmp_path / "m")


def test_the_first_wrong_key_is_named_whatever_the_hash_seed():
    program = """
import numpy as np, minigrad as mg
model = mg.nn.RNNCell(2, 2)
try: model.load_state_dict({})
except mg.errors.CheckpointError as e: print(e)
"""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(4)
    }
    assert len(outputs) == 1


def test_a_path_may_be_text_and_its_folder_must_be_there(tmp_path):
    mg.save(str(tmp_path / "a.npz"), {"x": np.ones(2)})
    assert mg.load(str(tmp_path / "a.npz"))["x"].tolist() == [1.0, 1.0]
    with pytest.raises(FileNotFoundError, match="no such folder"):
        mg.save(tmp_path / "missing" / "a.npz", {"x": np.ones(2)})


def test_a_file_is_written_beside_its_place(tmp_path, monkeypatch):
    """So that renaming it replaces the old one at once, on one disk."""
    moved, replace = [], os.replace
    monkeypatch.setattr(os, "replace", lambda old, new: moved.append((Path(old), Path(new))) or replace(old, new))
    mg.save(tmp_path / "a.npz", {"x": np.ones(2)})
    ((old, new),) = moved
    assert (old.parent, new) == (tmp_path, tmp_path / "a.npz")
    assert old.name.startswith("a.npz")
    assert old.name.endswith(".part")
    assert list(tmp_path.iterdir()) == [new]


def test_what_went_wrong_is_said_though_the_part_is_gone(tmp_path, monkeypatch):
    def fail(old, new):
        os.unlink(old)
        raise OSError("the disk is gone")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="the disk is gone"):
        mg.save(tmp_path / "a.npz", {"x": np.ones(2)})


@pytest.mark.parametrize("mask", [0, 0o022, 0o027, 0o077])
def test_the_umask_is_followed_and_left_as_it_was(tmp_path, mask):
    before = os.umask(mask)
    try:
        mg.save(tmp_path / "a.npz", {"x": np.ones(2)})
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert (tmp_path / "a.npz").stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_file_of_just_the_limit_is_read_and_one_above_it_is_refused_in_plain_words(tmp_path):
    mg.save(tmp_path / "a.npz", {"x": np.ones(2)})
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    assert mg.load(tmp_path / "a.npz", limit=size)["x"].tolist() == [1.0, 1.0]
    with pytest.raises(errors.CheckpointError, match=rf"a\.npz: it unpacks to {size} bytes") as caught:
        mg.load(tmp_path / "a.npz", limit=size - 1)
    assert "is no checkpoint" not in str(caught.value)


@pytest.mark.parametrize(
    ("limit", "error"), [(-1, errors.ArgumentError), ("3", TypeError), (0, errors.CheckpointError)]
)
def test_a_limit_is_a_number_of_bytes(tmp_path, limit, error):
    mg.save(tmp_path / "a.npz", {"x": np.ones(2)})
    with pytest.raises(error, match="limit"):
        mg.load(tmp_path / "a.npz", limit=limit)
