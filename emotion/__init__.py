"""Facial emotions in pictures: find the faces, recognise what they show, train and measure the network that does it.

``EmotionRecognizer`` is the way in; it is imported when first asked for, as it brings OpenCV along.
"""

from typing import Any

from emotion.errors import InputError
from emotion.labels import EMOTIONS

__all__ = ["EMOTIONS", "EmotionRecognizer", "Face", "InputError"]


def __getattr__(name: str) -> Any:
    if name in ("EmotionRecognizer", "Face"):
        from emotion import recognizer

        return getattr(recognizer, name)
    raise AttributeError(f"module 'emotion' has no attribute {name!r}")
