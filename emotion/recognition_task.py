"""The recognition of a picture as a task that can be sent to another process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from emotion.detection import MIN_SCORE
from emotion.errors import InputError
from emotion.sources import Color, Source, load_picture

if TYPE_CHECKING:
    from emotion.face import Face
    from emotion.recognizer import EmotionRecognizer


@dataclass(frozen=True)
class RecognitionTask:
    """A function from a picture to its faces, which can be sent to another process. Fields: see `recognize`."""

    recognizer: EmotionRecognizer
    min_score: float = MIN_SCORE
    min_confidence: float | None = None
    color: Color = "bgr"

    def __call__(self, picture: Source | InputError) -> list[Face] | InputError:
        """Return the faces, or an InputError in their place; an InputError in place of a picture is returned."""
        if isinstance(picture, InputError):
            return picture
        try:
            return self.recognizer.recognize(picture, self.min_score, self.min_confidence, color=self.color)
        except InputError as error:
            return error
        except (MemoryError, cv2.error) as error:
            return InputError(f"the picture cannot be processed ({error}); give a smaller one")


def portable(picture: Source, color: Color) -> Source | InputError:
    """Return a picture that can be sent to another process, or the InputError that it leads to.

    Files and pixels are sent as they are; what depends on this process, such as a file object, is read here.
    """
    if isinstance(picture, (str, os.PathLike, bytes, np.ndarray)):
        return picture
    try:
        pixels = load_picture(picture, color)
    except InputError as error:
        return error
    return pixels if color == "bgr" else pixels[..., ::-1]
