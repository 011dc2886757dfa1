"""What is behind people, and what a camera makes of the whole."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.datasets.drawn.curves import ellipse

_WALLS = (
    (176, 188, 196),
    (150, 160, 158),
    (186, 178, 164),
    (128, 138, 152),
    (108, 112, 104),
    (200, 206, 210),
    (92, 86, 82),
)
_SQUARE = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])


def draw_background(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    """A wall in uneven light with a few blurred shapes before it; ``size`` is (width, height), the result (H, W, 3)."""
    width, height = size
    wall = np.array(_WALLS[rng.integers(len(_WALLS))]) * rng.uniform(0.75, 1.0) + rng.normal(0, 5, 3)
    light_x, light_y = rng.normal(0, 26, 2)
    light = np.add.outer(np.linspace(-light_y, light_y, height), np.linspace(-light_x, light_x, width))
    picture = (wall + light[..., None]).astype(np.float32)
    for _ in range(rng.integers(0, 6)):
        colour = wall + rng.normal(0, 22) + rng.normal(0, 9, 3)
        centre, radius = rng.uniform(0, 1, 2) * size, rng.uniform(0.06, 0.35, 2) * size
        shape = ellipse(centre, *radius) if rng.random() < 0.4 else centre + _SQUARE * radius
        cv2.fillPoly(picture, [np.round(shape).astype(np.int32)], colour.tolist())
    return cv2.GaussianBlur(picture, (0, 0), max(size) * rng.uniform(0.006, 0.02))


def photograph(picture: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
    """What a camera makes of a picture (H, W, 3), 0 to 255: a little blur, another exposure, noise."""
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.6))
    picture = 255 * rng.uniform(0.92, 1.04) * (np.maximum(picture, 0) / 255) ** rng.uniform(0.88, 1.15)
    noise = rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(1.0, 3.5))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)
