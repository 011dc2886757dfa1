import pytest

from emotion.errors import InputError
from emotion.files import write_file


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
