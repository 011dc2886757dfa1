"""The example pictures that come with the project."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.datasets.drawn.scene import draw_scene
from emotion.datasets.drawn.seeds import numbered_generator

_SINGLE = ("happy", "surprise", "anger", "sadness", "disgust")
_TOGETHER = ("neutral", "fear", "happy", "contempt")
_SINGLE_SIZE = (320, 320)
_TOGETHER_SIZE = (520, 260)
_OVERSAMPLING = 3


def draw_examples(seed: int) -> dict[str, NDArray[np.uint8]]:
    """Pictures (H, W, 3) BGR by name: five of one face, each named for its emotion, and ``several`` with four.

    Raises InputError for a negative seed.
    """
    pictures = {}
    for index, emotion in enumerate(_SINGLE):
        pictures[emotion] = _draw(numbered_generator(seed, index), (emotion,), _SINGLE_SIZE)
    pictures["several"] = _draw(numbered_generator(seed, len(_SINGLE)), _TOGETHER, _TOGETHER_SIZE)
    return pictures


def _draw(rng: np.random.Generator, emotions: tuple[str, ...], size: tuple[int, int]) -> NDArray[np.uint8]:
    width, height = size
    large, _, _ = draw_scene(rng, emotions, (_OVERSAMPLING * width, _OVERSAMPLING * height))
    return cv2.resize(large, size, interpolation=cv2.INTER_AREA)  # finer lines, and less noise
