"""Facial emotion recognition: detect faces in pictures, classify their expressions, train and evaluate the network.

Start with ``EmotionRecognizer``. It is imported on first access, because it loads OpenCV.
"""

from typing import Any

from emotion.errors import InputError
from emotion.labels import EMOTIONS

__all__ = ["EMOTIONS", "EmotionRecognizer", "Face", "InputError"]

__version__ = "0.1.0"  # setup.py reads it here


def __getattr__(name: str) -> Any:
    if name in ("EmotionRecognizer", "Face"):
        from emotion import recognizer

        return getattr(recognizer, name)
    raise AttributeError(f"module 'emotion' has no attribute {name!r}")
