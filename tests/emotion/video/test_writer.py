"""Videos are written whole or not at all, and frames are shown at their times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion.errors import InputError
from emotion.video.reader import open_video
from emotion.video.writer import written_video


def gray(level: int, size: tuple[int, int] = (32, 48)) -> np.ndarray:
    return np.full((*size, 3), level, np.uint8)


@pytest.mark.parametrize("name", ["a.avi", "a.mp4"])
def test_frames_are_shown_at_their_times(tmp_path: Path, name: str) -> None:
    with written_video(tmp_path / name, 10.0) as writer:
        for level, time in ((20, 0.0), (80, 0.1), (140, 0.11), (200, 0.4), (90, 0.5)):
            writer.write(gray(level, (32, 48) if level < 200 else (64, 96)), time)
    with open_video(tmp_path / name) as reader:
        levels = [frame.picture.mean() for frame in reader]
    assert levels == pytest.approx([20, 80, 200, 200, 200, 90], abs=8)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_failures_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.avi").write_bytes(b"old")
    with pytest.raises(KeyError), written_video(tmp_path / "a.avi", 10.0) as writer:
        writer.write(gray(9), 0.0)
        raise KeyError
    assert not writer._writer.isOpened()  # Windows could not delete the temporary file
    with pytest.raises(InputError, match="no frame"), written_video(tmp_path / "a.avi", 10.0):
        pass
    with (
        pytest.raises(InputError, match="cannot be written completely"),
        written_video(tmp_path / "a.avi", 10.0) as writer,
    ):
        for number in range(5):
            writer.write(gray(9), number / 10)
        monkeypatch.setattr(writer, "_frames", 9)  # as if some had been lost: OpenCV reports no errors
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.avi", b"old")]


def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    for path, message in [
        (tmp_path / "a.mkv", "unknown video format '.mkv'; use .mp4 or .avi"),
        (tmp_path / "nothing" / "a.mp4", "cannot be written"),
    ]:
        with pytest.raises(InputError, match=message), written_video(path, 10.0):
            pytest.fail("it was opened")
