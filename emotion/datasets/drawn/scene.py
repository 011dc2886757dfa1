"""People placed in a picture, and where the cascade would see their faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.datasets.drawn.background import draw_background, photograph
from emotion.datasets.drawn.expression import Expression, random_expression
from emotion.datasets.drawn.identity import Identity, random_identity
from emotion.datasets.drawn.portrait import BUST, View, draw_face, random_view
from emotion.errors import InputError
from emotion.labels import emotion_index

Box = tuple[int, int, int, int]
"""x and y of the upper left corner, width, height, in pixels."""

BOX_CENTRE = 0.23
BOX_SIZE = 2.67
BOX_SPREAD = (0.03, 0.03, 0.14)
"""The cascade's box in face units: how far its centre lies below the eyes, its side, and the standard deviations of
its centre's x, its centre's y and its side. Medians and spread over the faces that ``emotion.faces.find_faces`` finds
in drawn scenes; the tests hold ``draw_scene`` to them."""

_FOLLOWS_TURN = 0.78  # of the face's nearest point's shift, the box follows this share
_OVERSAMPLING = 1.25
_HEAD_WIDTH = 2.9  # with hair
_SMALLEST_SCALE = 10


@dataclass(frozen=True)
class Placement:
    """Where a person is in a picture: the pixel between the pupils, and how many pixels are between the pupils."""

    eyes: tuple[float, float]
    scale: float

    def face_box(self, view: View, jitter: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Box:
        """The box that the cascade would put round the face; ``jitter``: centre x, y and side, in face units."""
        turn = _FOLLOWS_TURN * np.array([view.turn.yaw, view.turn.pitch])
        offset = turn + np.array([jitter[0], BOX_CENTRE + jitter[1]])
        centre = np.array(self.eyes) + self.scale * _rotation(view.roll) @ offset
        side = round(self.scale * (BOX_SIZE + jitter[2]))
        x, y = np.round(centre - side / 2).astype(int)
        return int(x), int(y), side, side


def draw_scene(
    rng: np.random.Generator, emotions: Sequence[int | str], size: tuple[int, int] = (320, 320)
) -> tuple[NDArray[np.uint8], list[Box], list[int]]:
    """People side by side, one for each of ``emotions`` (class numbers or names), from left to right.

    Returns the picture (H, W, 3) BGR, the boxes that the cascade would put round the faces, and the class numbers.
    size: width, height. Raises InputError when the faces would be too small to be found.
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
    for person in sorted(people, key=lambda person: person[0].eyes[1]):  # who stands lower stands in front
        paint_person(picture, *person)
    boxes = [placement.face_box(view) for placement, _, _, view in people]
    return photograph(picture, rng), boxes, labels


def paint_person(
    picture: NDArray[np.float32], placement: Placement, identity: Identity, expression: Expression, view: View
) -> None:
    """Paint a person over a picture (H, W, 3), in place; the body reaches down to the picture's edge."""
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
