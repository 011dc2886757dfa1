"""Emotions in videos: faces followed from frame to frame, with probabilities smoothed over time.

Start with ``recognize_video``. The names are imported on first access, because they load OpenCV.
"""

from importlib import import_module
from typing import Any

_MODULES = {
    "FrameResult": "results",
    "TrackedFace": "results",
    "VideoRecognizer": "recognition",
    "recognize_video": "recognition",
}

__all__ = ["FrameResult", "TrackedFace", "VideoRecognizer", "recognize_video"]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"emotion.video.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'emotion.video' has no attribute {name!r}")
