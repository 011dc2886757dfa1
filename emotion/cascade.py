"""OpenCV's frontal Haar cascade for faces, with the weights by R. Lienhart: one for each thread, or a clear error."""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ET
from contextlib import suppress
from functools import cache
from pathlib import Path

import cv2

from emotion.errors import InputError

CASCADE = "haarcascade_frontalface_alt2.xml"
WINDOW_SIZE = 20  # size of the smallest face that the cascade can detect, in pixels


def check_opencv() -> None:
    """Raise InputError if this OpenCV has no Haar cascades; version 5 removed them."""
    if int(cv2.__version__.split(".")[0]) >= 5 or not hasattr(cv2, "CascadeClassifier"):
        raise InputError(
            f"OpenCV {cv2.__version__} has no Haar cascades to detect faces; pip install 'opencv-python>=4.10,<5'"
        )


_local = threading.local()


def face_cascade() -> cv2.CascadeClassifier:
    """Return the cascade of this thread; two threads must not use one at the same time.

    Raises InputError if OpenCV has none.
    """
    if not hasattr(_local, "cascade"):
        check_opencv()
        _local.cascade = load_cascade(_cascade_file())
    return _local.cascade


def load_cascade(path: Path) -> cv2.CascadeClassifier:
    """Load a cascade of OpenCV. Raises InputError if the file is damaged."""
    cascade, storage, loaded = cv2.CascadeClassifier(), cv2.FileStorage(), False
    with suppress(OSError, UnicodeDecodeError, cv2.error):
        # On Windows, OpenCV itself cannot open files whose path is not ASCII.
        text = path.read_text(encoding="ascii")
        storage.open(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
        loaded = cascade.read(storage.getFirstTopLevelNode())
    if not loaded:
        raise InputError(f"{path}: the cascade is damaged; reinstall 'opencv-python>=4.10,<5'")
    return cascade


def _cascade_file() -> Path:
    """Return the path of the cascade. Raises InputError if this OpenCV came without it."""
    data = getattr(cv2, "data", None)
    path = Path(getattr(data, "haarcascades", "cv2/data"), CASCADE)
    if not path.is_file():
        raise InputError(f"{path}: OpenCV's face cascade is missing; pip install 'opencv-python>=4.10,<5'")
    return path


@cache
def last_threshold() -> float:
    """Return the threshold of the cascade's last stage."""
    return float(ET.parse(_cascade_file()).find("cascade/stages")[-1].findtext("stageThreshold"))
