"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotion.errors import InputError
from emotion.files import write_file


def test_file_is_replaced(tmp_path: Path) -> None:
    write_file(tmp_path / "a.bin", b"old")
    write_file(tmp_path / "a.bin", b"new")
    assert (tmp_path / "a.bin").read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 1


def test_failures_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"cannot be written.*choose another folder"):
        write_file(tmp_path / "nothing" / "a.bin", b"new")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write_file(tmp_path / "a.bin", b"old")
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(InputError, match="No space left"):
        write_file(tmp_path / "a.bin", b"new")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.bin", b"old")]
