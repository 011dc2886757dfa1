"""Facial expressions as action units of the Facial Action Coding System (FACS)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from emotion.labels import EMOTIONS, emotion_index

EMOTION_UNITS = {
    "neutral": (),
    "anger": (4, 5, 7, 23),
    "contempt": (12, 14),
    "disgust": (9, 15, 16),
    "fear": (1, 2, 4, 5, 7, 20, 26),
    "happy": (6, 12),
    "sadness": (1, 4, 15),
    "surprise": (1, 2, 5, 26),
}
"""The action units of each emotion, from the EMFACS table (Ekman & Friesen, Facial Action Coding System, 1978)."""

UNITS = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    9: "nose wrinkler",
    12: "lip corner puller",
    14: "dimpler",
    15: "lip corner depressor",
    16: "lower lip depressor",
    17: "chin raiser",
    20: "lip stretcher",
    23: "lip tightener",
    25: "lips part",
    26: "jaw drop",
}
"""The supported action units and their FACS names, by number."""

_OPTIONAL_UNITS = {"happy": (25, 0.65), "sadness": (17, 0.5)}
"""An additional unit that often accompanies an emotion, and its probability."""

_ONE_SIDED = "contempt"
_PEAK = (0.65, 1.0)
_TRACE = 0.04

RIGHT, LEFT = -1, 1
"""Sides from the person's point of view, as in FACS: the person's right is on the left of the picture."""


@dataclass(frozen=True)
class Expression:
    """The intensity of each action unit on each side of the face, from 0 (absent) to 1 (maximum)."""

    right: Mapping[int, float]
    left: Mapping[int, float]

    def unit(self, number: int, side: int) -> float:
        """Return the intensity of a unit on one side, ``RIGHT`` or ``LEFT``."""
        return (self.right if side == RIGHT else self.left).get(number, 0.0)

    def mean(self, number: int) -> float:
        """Return the mean intensity of a unit over both sides, for features on the midline, such as the jaw."""
        return (self.unit(number, RIGHT) + self.unit(number, LEFT)) / 2


def random_expression(emotion: int | str, rng: np.random.Generator) -> Expression:
    """Draw a random expression of ``emotion`` (class label or name), near its peak.

    Each unit of the emotion has an intensity of 0.65 to 1, nearly equal on both sides. Contempt appears on one side
    only. All other units have a trace of activity, as in real faces.
    """
    name = EMOTIONS[emotion if isinstance(emotion, (int, np.integer)) else emotion_index(emotion)]
    units = EMOTION_UNITS[name]
    if name in _OPTIONAL_UNITS:
        unit, probability = _OPTIONAL_UNITS[name]
        units += (unit,) if rng.random() < probability else ()
    strength = rng.uniform(*_PEAK)
    right = {unit: abs(rng.normal(0.0, _TRACE)) for unit in UNITS}
    left = {unit: intensity * rng.uniform(0.8, 1.2) for unit, intensity in right.items()}
    sides = (right, left)
    if name == _ONE_SIDED:
        sides = (sides[rng.integers(2)],)
    for unit in units:
        intensity = np.clip(strength + rng.normal(0.0, 0.1), *_PEAK)
        for side in sides:
            side[unit] = float(min(1.0, intensity * rng.uniform(0.95, 1.05)))
    return Expression(right, left)
