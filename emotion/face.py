"""The answer for one face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.cropping import Box
from emotion.labels import EMOTIONS


@dataclass(frozen=True)
class Face:
    """A detected face and its emotion.

    box: x and y of the upper left corner, width and height, in pixels; may extend slightly beyond the picture.
    score: the confidence of the detection (see `emotion.detection.Detection`); None if the face was not detected, but
        given by the caller.
    emotion: the most probable emotion.
    confidence: the probability of that emotion.
    uncertain: whether the confidence is below the threshold.
    probabilities: the probabilities of all eight emotions by name, in the order of ``EMOTIONS``; they sum to 1.
    """

    box: Box
    score: float | None
    emotion: str
    confidence: float
    uncertain: bool
    probabilities: dict[str, float]

    @property
    def label(self) -> str:
        """The answer in a few characters, such as "happy 93%"; a question mark if it is uncertain."""
        return f"{self.emotion}{'?' * self.uncertain} {self.confidence:.0%}"


def make_face(box: Box, score: float | None, probabilities: NDArray[np.floating], threshold: float) -> Face:
    """Return the answer for a face with these probabilities (8,); it is uncertain below ``threshold``."""
    best = int(probabilities.argmax())
    return Face(
        box=box,
        score=score,
        emotion=EMOTIONS[best],
        confidence=float(probabilities[best]),
        uncertain=bool(probabilities[best] < threshold),
        probabilities=dict(zip(EMOTIONS, probabilities.tolist(), strict=True)),
    )
