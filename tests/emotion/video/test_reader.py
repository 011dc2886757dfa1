"""Reading videos: times, and what is wrong with a file or camera."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.errors import InputError
from emotion.video.reader import DEFAULT_RATE, FrameReader, open_camera, open_video


class Capture:
    """Takes the place of a cv2.VideoCapture with these timestamps, in seconds."""

    def __init__(self, stamps, rate=25.0, count=0.0):
        self.stamps, self.read_frames = stamps, 0
        self.properties = {cv2.CAP_PROP_FPS: rate, cv2.CAP_PROP_FRAME_COUNT: count}

    def read(self):
        if self.read_frames == len(self.stamps):
            return False, None
        self.read_frames += 1
        return True, np.zeros((4, 4, 3), np.uint8)

    def get(self, name):
        if name == cv2.CAP_PROP_POS_MSEC:
            return 1000 * self.stamps[self.read_frames - 1]
        return self.properties.get(name, 0.0)

    def isOpened(self):
        return True

    def release(self):
        pass


def times(*stamps, **properties):
    return [frame.time for frame in FrameReader(Capture(stamps, **properties), "clip", is_camera=False)]


def test_frames_have_numbers_and_times(video: Path, clip) -> None:
    with open_video(video) as reader:
        frames = list(reader)
    assert (reader.rate, reader.expected, reader.problem) == (10, len(clip), None)
    assert [frame.number for frame in frames] == list(range(len(clip)))
    assert [frame.time for frame in frames] == pytest.approx(np.arange(len(clip)) / 10)
    assert np.abs(frames[3].picture.astype(int) - clip[3]).mean() < 4


def test_timestamps_are_used_where_they_increase() -> None:
    assert times(0, 0.1, 0.15, 0.5) == [0, 0.1, 0.15, 0.5]
    assert times(0, 0, 0, 0) == pytest.approx([0, 0.04, 0.08, 0.12])
    assert times(0, 0.2, 0.1, 0.3) == pytest.approx([0, 0.2, 0.24, 0.3])
    assert times(0, 1e9, float("nan")) == pytest.approx([0, 0.04, 0.08])
    assert times(0, 0, rate=float("nan")) == pytest.approx([0, 1 / DEFAULT_RATE])


def test_truncated_video(truncated: Path, clip) -> None:
    with open_video(truncated) as reader:
        frames = list(reader)
    assert 2 <= len(frames) < len(clip)
    assert f"ends after {frames[-1].time:.1f} s of the 1.2 s that it declares" in reader.problem


def test_declared_numbers_that_are_estimates_are_no_problem() -> None:
    reader = FrameReader(Capture([0, 1, 2, 3], rate=25.0, count=76), "clip", is_camera=False)
    assert len(list(reader)) == 4
    assert reader.problem is None


def test_videos_of_a_turned_phone_are_upright(clip, tmp_path: Path) -> None:
    path = tmp_path / "phone.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (256, 128))
    writer.write(clip[0])
    writer.release()
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 44  # ISO/IEC 14496-12: behind version, flags, times, numbers, layer and volume
    data[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 128 << 16, 0, 1 << 30)
    path.write_bytes(data)
    with open_video(path) as reader:
        (frame,) = reader
    assert frame.picture.shape == (256, 128, 3)
    assert np.abs(frame.picture.astype(int) - np.rot90(clip[0], -1)).mean() < 12


def test_files_that_are_no_videos(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("no video")
    for name, message in [
        ("nothing.mp4", "no such file"),
        ("", "not a file"),
        ("empty.mp4", "0 bytes"),
        ("text.mp4", "not a video that can be read"),
    ]:
        with pytest.raises(InputError, match=message):
            open_video(tmp_path / name)
    with pytest.raises(InputError, match="a URL"):
        open_video("https://example.org/clip.mp4")
    with pytest.raises(InputError, match="clip: no frame"):
        list(FrameReader(Capture([]), "clip", is_camera=False))


def test_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="camera -1: cannot be opened"):
        open_camera(-1)
    monkeypatch.setattr(cv2, "VideoCapture", lambda index: Capture([0, 0, 0]))
    with open_camera(0) as reader:
        stamps = [frame.time for frame in reader]
    assert reader.expected is None
    assert stamps == sorted(set(stamps))
    assert reader.problem == "camera 0: gives no more pictures after 3 frames; check its connection"
