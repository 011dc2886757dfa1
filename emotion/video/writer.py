"""Write video files, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.errors import InputError
from emotion.files import replacing

CODECS = {".mp4": "mp4v", ".avi": "MJPG"}
"""FourCC of the codec for each extension: MPEG-4, which most players know, and Motion JPEG."""


class VideoWriter:
    """Writes frames at a constant rate; see `written_video`."""

    def __init__(self, path: Path, temporary: Path, rate: float) -> None:
        self._path, self._temporary, self._rate = path, temporary, rate
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._frames = 0

    def write(self, picture: NDArray[np.uint8], time: float) -> None:
        """Write a frame (H, W, 3) BGR uint8 that is to be shown at ``time``, in seconds.

        It is repeated or left out so that it is shown at that time in spite of the constant rate. All frames get the
        size of the first one. Raises InputError if the file cannot be written.
        """
        if self._writer is None:
            self._open(picture.shape[1], picture.shape[0])
        if picture.shape[1::-1] != self._size:
            picture = cv2.resize(picture, self._size, interpolation=cv2.INTER_AREA)
        until = round(time * self._rate) + 1
        for _ in range(until - self._frames):
            self._writer.write(picture)
        self._frames = max(self._frames, until)

    def _open(self, width: int, height: int) -> None:
        codec = cv2.VideoWriter.fourcc(*CODECS[self._path.suffix.lower()])
        self._size = width, height
        self._writer = cv2.VideoWriter(str(self._temporary), cv2.CAP_FFMPEG, codec, self._rate, self._size)
        if not self._writer.isOpened():
            raise InputError(f"{self._path}: a video of {width} x {height} pixels cannot be written; use .avi or .mp4")

    def close(self) -> None:
        """Finish the file. Raises InputError if it does not contain all frames (OpenCV does not tell why), or none."""
        if self._writer is None:
            raise InputError(f"{self._path}: no frame to write")
        self.release()
        written = cv2.VideoCapture(str(self._temporary), cv2.CAP_FFMPEG)
        complete = written.isOpened() and round(written.get(cv2.CAP_PROP_FRAME_COUNT)) >= self._frames
        written.release()
        if not complete:
            raise InputError(f"{self._path}: cannot be written completely; is the disk full? choose another folder")

    def release(self) -> None:
        """Close the file as it is, so that it can be deleted; Windows keeps open files."""
        if self._writer is not None:
            self._writer.release()


@contextmanager
def written_video(path: Path, rate: float) -> Iterator[VideoWriter]:
    """Yield a writer for a video, MP4 or AVI by its extension; the file appears, complete, at the end.

    rate: frames per second. After an exception, nothing is written. Raises InputError if the file cannot be written or
    has another extension, or if there was no frame.
    """
    if path.suffix.lower() not in CODECS:
        raise InputError(f"{path}: unknown video format {path.suffix!r}; use {' or '.join(CODECS)}")
    with replacing(path) as temporary:
        writer = VideoWriter(path, temporary, rate)
        try:
            yield writer
            writer.close()
        finally:
            writer.release()
