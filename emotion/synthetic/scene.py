"""Scenes: people in front of a background, and the boxes of their faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.errors import InputError
from emotion.labels import emotion_index
from emotion.synthetic.expression import Expression, random_expression
from emotion.synthetic.geometry import ellipse
from emotion.synthetic.identity import Identity, random_identity
from emotion.synthetic.portrait import BUST, View, draw_face, random_view

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
    """Draw an unevenly lit wall with a few blurred shapes, (H, W, 3) float32; ``size`` is (width, height)."""
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
    """Simulate a camera: add blur, a random exposure and noise to a picture (H, W, 3), 0 to 255."""
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.6))
    picture = 255 * rng.uniform(0.92, 1.04) * (np.maximum(picture, 0) / 255) ** rng.uniform(0.88, 1.15)
    noise = rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(1.0, 3.5))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


Box = tuple[int, int, int, int]
"""x and y of the upper left corner, width and height, in pixels."""

BOX_CENTRE = 0.23
BOX_SIZE = 2.67
BOX_SPREAD = (0.03, 0.03, 0.14)
"""The cascade's box in face units: distance of its centre below the eyes, its side, and the standard deviations of the
centre's x, the centre's y and the side. These are medians and deviations over the detections in drawn scenes, and the
tests verify them."""

_TURN_SHARE = 0.78  # fraction of the turn by which the box shifts
_OVERSAMPLING = 1.25
_HEAD_WIDTH = 2.9  # including hair
_SMALLEST_SCALE = 10


@dataclass(frozen=True)
class Placement:
    """The position of the midpoint between a person's pupils, and the distance between the pupils, in pixels."""

    eyes: tuple[float, float]
    scale: float

    def face_box(self, view: View, jitter: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Box:
        """Return the box that the cascade would detect, with ``jitter`` (centre x, y, side) added, in face units."""
        turn = _TURN_SHARE * np.array([view.turn.yaw, view.turn.pitch])
        offset = turn + np.array([jitter[0], BOX_CENTRE + jitter[1]])
        centre = np.array(self.eyes) + self.scale * _rotation(view.roll) @ offset
        side = round(self.scale * (BOX_SIZE + jitter[2]))
        x, y = np.round(centre - side / 2).astype(int)
        return int(x), int(y), side, side


def draw_scene(
    rng: np.random.Generator, emotions: Sequence[int | str], size: tuple[int, int] = (320, 320)
) -> tuple[NDArray[np.uint8], list[Box], list[int]]:
    """Draw people next to each other, one for each of ``emotions`` (class labels or names), from left to right.

    size: width and height.
    Returns the picture (H, W, 3) BGR uint8, the boxes of the faces as the cascade would detect them, and the class
    labels. Raises InputError if the faces would be too small to be detected.
    """
    width, height = size
    labels = [emotion_index(emotion) if isinstance(emotion, str) else int(emotion) for emotion in emotions]
    slot = width / max(len(labels), 1)
    largest = min(slot / _HEAD_WIDTH, 0.19 * height)
    if largest < _SMALLEST_SCALE:
        raise InputError(
            f"{len(labels)} faces do not fit into {width} x {height} pixels; draw fewer, or a larger picture"
        )
    people = []
    for index, label in enumerate(labels):
        scale = rng.uniform(0.7, 1.0) * largest
        head = _HEAD_WIDTH / 2 * scale
        x = index * slot + rng.uniform(head, slot - head)
        y = rng.uniform(max(1.95 * scale, height - 4.6 * scale), height - 2.15 * scale)
        people.append((Placement((x, y), scale), random_identity(rng), random_expression(label, rng), random_view(rng)))
    picture = draw_background(rng, size)
    for person in sorted(people, key=lambda person: person[0].eyes[1]):  # people lower in the picture are in front
        paint_person(picture, *person)
    boxes = [placement.face_box(view) for placement, _, _, view in people]
    return photograph(picture, rng), boxes, labels


def paint_person(
    picture: NDArray[np.float32], placement: Placement, identity: Identity, expression: Expression, view: View
) -> None:
    """Paint a person into a picture (H, W, 3), in place; the body extends to the bottom of the picture."""
    height, width = picture.shape[:2]
    (x, y), scale, slack = placement.eyes, placement.scale, 0.5
    left, top, right, _ = BUST
    extent = (
        max(left, -x / scale - slack),
        max(top, -y / scale - slack),
        min(right, (width - x) / scale + slack),
        (height - y) / scale + slack,
    )
    finer = scale * _OVERSAMPLING
    portrait = draw_face(identity, expression, view, finer, extent)
    matrix = _rotation(view.roll) / _OVERSAMPLING
    shift = np.array(placement.eyes) + matrix @ (np.array(extent[:2]) * finer + 0.5) - 0.5
    placed = cv2.warpAffine(portrait, np.column_stack([matrix, shift]), (width, height), flags=cv2.INTER_LINEAR)
    picture *= 1 - placed[..., 3:] / 255
    picture += placed[..., :3]


def _rotation(degrees: float) -> NDArray[np.float64]:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cosine, sine], [-sine, cosine]])
