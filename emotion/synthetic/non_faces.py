"""Crops without a face: noise, shapes and waves, on which a network learns to be uncertain."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.preprocessing import resize_face
from emotion.synthetic.scene import draw_background

_PICTURE_SIZE = 320, 240
_CROPS_PER_PICTURE = 4
_SMALLEST_CROP = 24


def draw_non_faces(number: int, size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw pictures without a face and cut ``number`` squares of any size out of them, (N, size, size) uint8."""
    crops = np.empty((number, size, size), np.uint8)
    for index in range(number):
        if index % _CROPS_PER_PICTURE == 0:
            picture = _PATTERNS[rng.integers(len(_PATTERNS))](rng)
        crops[index] = resize_face(random_square(picture, _SMALLEST_CROP, rng), size)
    return crops


def random_square(picture: NDArray[np.uint8], smallest: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Cut a square of any size, of at least ``smallest`` pixels a side, out of a picture (H, W)."""
    side = int(rng.integers(smallest, min(picture.shape), endpoint=True))
    top, left = (int(rng.integers(0, length - side, endpoint=True)) for length in picture.shape)
    return picture[top : top + side, left : left + side]


def draw_noise(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw enlarged noise of one to three sizes of grain on top of each other, (H, W) uint8."""
    interpolation = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)[rng.integers(3)]
    layers = []
    for grain in np.exp(rng.uniform(np.log(2), np.log(60), rng.integers(1, 4))):
        width, height = (max(2, round(length / grain)) for length in _PICTURE_SIZE)
        layer = rng.random((height, width)) if rng.random() < 0.5 else rng.normal(0.5, 0.25, (height, width))
        layers.append(cv2.resize(layer, _PICTURE_SIZE, interpolation=interpolation))
    return _with_noise(255 * np.mean(layers, axis=0), rng)


def draw_shapes(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw rectangles, ellipses and lines of any brightness on top of each other, (H, W) uint8."""
    picture = draw_background(rng, _PICTURE_SIZE).mean(axis=2)
    for _ in range(rng.integers(5, 60)):
        centre, extent = rng.uniform(0, 1, 2) * _PICTURE_SIZE, rng.uniform(3, 60, 2)
        corner, opposite = (np.rint(centre + sign * extent).astype(int).tolist() for sign in (-1, 1))
        colour, thickness = rng.uniform(0, 255), int(rng.choice([cv2.FILLED, cv2.FILLED, 1, 3, 8]))
        match rng.integers(3):
            case 0:
                cv2.rectangle(picture, corner, opposite, colour, thickness)
            case 1:
                cv2.ellipse(picture, (centre, 2 * extent, rng.uniform(0, 180)), colour, thickness)
            case 2:
                cv2.line(picture, corner, opposite, colour, max(1, thickness))
    return _with_noise(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 4)), rng)


def draw_waves(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw stripes, or the chequers of two waves, (H, W) uint8."""
    rows, columns = np.indices(_PICTURE_SIZE[::-1])
    picture = np.ones(rows.shape)
    for _ in range(rng.integers(1, 3)):
        angle, frequency = rng.uniform(0, np.pi), 2 * np.pi / np.exp(rng.uniform(np.log(6), np.log(160)))
        distance = rows * np.sin(angle) + columns * np.cos(angle)
        picture *= np.sin(frequency * distance + rng.uniform(0, 2 * np.pi))
    return _with_noise(127.5 + 127.5 * picture, rng)


def _with_noise(picture: NDArray[np.floating], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Add a little noise."""
    return np.clip(picture + rng.normal(0, rng.uniform(0, 8), picture.shape), 0, 255).astype(np.uint8)


_PATTERNS: tuple[Callable[[np.random.Generator], NDArray[np.uint8]], ...] = (
    draw_noise,
    draw_noise,
    draw_shapes,
    draw_waves,
)
