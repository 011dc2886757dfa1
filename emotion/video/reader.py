"""Frames of video files and cameras, with the times at which they are to be shown."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.errors import InputError

DEFAULT_RATE = 30.0
"""Frames per second if a video does not say its rate, or one that cannot be true."""

_POSSIBLE_RATES = 1.0, 240.0
_LONGEST_GAP = 60.0  # seconds; a later timestamp is wrong
_TOLERANCE = 0.02  # share of its duration that a complete file may lack: the last frame, and what is only sound
_SHORTEST_MISS = 0.5  # seconds that are worth mentioning


class Frame(NamedTuple):
    """A frame of a video: its number, from 0, its time in seconds, and its picture (H, W, 3) BGR uint8, upright."""

    number: int
    time: float
    picture: NDArray[np.uint8]


class FrameReader:
    """Reads the frames of an open video one after the other; a context manager that closes it.

    name: of the file or camera, for messages.
    rate: frames per second, nominally.
    expected: the number of frames that the file declares; None if it does not, and for a camera.
    problem: once all frames are read, why there are not more; None if that is where the video ends.
    """

    def __init__(self, capture: cv2.VideoCapture, name: str, is_camera: bool) -> None:
        self._capture, self._is_camera = capture, is_camera
        self.name = name
        low, high = _POSSIBLE_RATES
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if low <= rate <= high else DEFAULT_RATE
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.expected = int(count) if not is_camera and 1 <= count < 1e9 else None
        self.problem: str | None = None

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._capture.release()

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames. Raises InputError if there is none."""
        clock = self._clock()
        number, now = 0, 0.0
        while True:
            read, picture = self._capture.read()
            if not read:
                break
            now = clock()
            yield Frame(number, now, picture)
            number += 1
        if not number:
            raise InputError(f"{self.name}: no frame can be read; give another video")
        if self._is_camera:
            self.problem = f"{self.name}: gives no more pictures after {number} frames; check its connection"
        elif self.expected and number < self.expected:  # which is only an estimate if the rate varies
            missing = self.expected / self.rate - now
            if missing > max(_SHORTEST_MISS, _TOLERANCE * self.expected / self.rate):
                self.problem = (
                    f"{self.name}: ends after {now:.1f} s of the {now + missing:.1f} s that it declares; if it was cut "
                    "off, copy or download it again"
                )

    def _clock(self) -> Callable[[], float]:
        """Return a function that gives the time of the frame just read: that of the file, or since the first frame.

        Times increase: a timestamp that does not, or that is far ahead, is replaced by the time of the frame before
        plus the duration of a frame.
        """
        start = last = None

        def now() -> float:
            nonlocal start, last
            if self._is_camera:
                start = time.monotonic() if start is None else start
                stamp = time.monotonic() - start
            else:
                stamp = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            earliest, latest = (0.0, _LONGEST_GAP) if last is None else (last + 1e-4, last + _LONGEST_GAP)
            if not earliest <= stamp <= latest:
                stamp = 0.0 if last is None else last + 1 / self.rate
            last = stamp
            return stamp

        return now


def open_video(path: str | os.PathLike) -> FrameReader:
    """Open a video file; pictures of a phone that was turned are turned upright.

    Raises InputError if it is not a file, or not a video that can be read.
    """
    path = Path(path)
    if str(path).startswith(("http:/", "https:/", "rtsp:/")):
        raise InputError(f"{str(path)[:100]}: a URL; download the video and give the file")
    if not path.exists():
        raise InputError(f"{path}: no such file; check the path")
    if not path.is_file():
        raise InputError(f"{path}: not a file; give a video file")
    try:
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    if is_empty:
        raise InputError(f"{path}: the file is empty (0 bytes); copy or download it again")
    # FFmpeg only: other decoders take a name with digits for a sequence of pictures. A full path is never a URL.
    capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise InputError(f"{path}: not a video that can be read, or damaged; convert it to MP4 (H.264)")
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return FrameReader(capture, str(path), is_camera=False)


def open_camera(index: int) -> FrameReader:
    """Open a camera; 0 is the first one. Raises InputError if there is none or it cannot be used."""
    capture = cv2.VideoCapture(index) if index >= 0 else None
    if capture is None or not capture.isOpened():
        raise InputError(
            f"camera {index}: cannot be opened; check that it is connected, not in use and allowed, or give --video"
        )
    return FrameReader(capture, f"camera {index}", is_camera=True)
