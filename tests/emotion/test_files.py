"""Files are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emotion.errors import InputError
from emotion.files import replacing, write_file


def test_file_is_replaced(tmp_path: Path) -> None:
    write_file(tmp_path / "a.bin", b"old")
    write_file(tmp_path / "a.bin", b"new")
    assert (tmp_path / "a.bin").read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 1


def test_failures_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"cannot be written.*choose another folder"):
        write_file(tmp_path / "nothing" / "a.bin", b"new")
    with pytest.raises(InputError, match="a folder"):
        write_file(tmp_path, b"new")
    with pytest.raises(InputError, match="not a regular file"):
        write_file(os.devnull, b"new")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write_file(tmp_path / "a.bin", b"old")
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(InputError, match="No space left"):
        write_file(tmp_path / "a.bin", b"new")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.bin", b"old")]


def test_temporary_file_has_the_extension(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.avi") as temporary:
        assert temporary.suffix == ".avi"
        temporary.write_bytes(b"x")
    assert (tmp_path / "a.avi").read_bytes() == b"x"


def test_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "ä.svg"
    write_file(path, b"one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "figure.svg"
    write_file(path, b"old")

    def fail(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(InputError, match=r"figure\.svg: cannot be written \(No space left on device\)"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_folder(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_file(tmp_path / "none" / "figure.svg", b"")
