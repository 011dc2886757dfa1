"""Clips: people who move in front of a background, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.synthetic.expression import random_expression
from emotion.synthetic.identity import random_identity
from emotion.synthetic.portrait import BUST, View, draw_face
from emotion.synthetic.scene import Box, Placement, draw_background, photograph


@dataclass(frozen=True)
class Actor:
    """A person in a clip.

    path: from the time in seconds to the position of the midpoint between the pupils, in pixels.
    scale: pixels between the pupils.
    emotions: shown one after the other, again and again, each for ``seconds``; names or class labels.
    """

    path: Callable[[float], tuple[float, float]]
    scale: float
    emotions: Sequence[str | int] = ("neutral",)
    seconds: float = 1.0


def draw_clip(
    rng: np.random.Generator, actors: Sequence[Actor], size: tuple[int, int], times: Sequence[float]
) -> Iterator[tuple[NDArray[np.uint8], list[Box]]]:
    """Yield a frame, (H, W, 3) BGR uint8, for each of ``times``, and the boxes of the faces in it.

    Actors later in the sequence are in front of the others. size: width and height.
    """
    background = photograph(draw_background(rng, size), rng)
    portraits = []
    for actor in actors:
        identity = random_identity(rng)
        extent = (*BUST[:3], size[1] / actor.scale)
        drawn = [draw_face(identity, random_expression(e, rng), None, actor.scale, extent) for e in actor.emotions]
        portraits.append([(portrait[..., :3], 1 - portrait[..., 3:] / 255) for portrait in drawn])
    for time in times:
        picture, boxes = background.copy(), []
        for actor, poses in zip(actors, portraits, strict=True):
            eyes = actor.path(time)
            x, y = (round(position + offset * actor.scale) for position, offset in zip(eyes, BUST[:2], strict=True))
            _paste(picture, *poses[int(time / actor.seconds) % len(poses)], x, y)
            boxes.append(Placement((round(eyes[0]), round(eyes[1])), actor.scale).face_box(View()))
        yield picture, boxes


def _paste(
    picture: NDArray[np.uint8], colours: NDArray[np.float32], transparency: NDArray[np.float32], x: int, y: int
) -> None:
    """Paste a portrait, premultiplied (H, W, 3), with its upper left corner at (x, y), in place."""
    height, width = picture.shape[:2]
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + colours.shape[1], width), min(y + colours.shape[0], height)
    if left >= right or top >= bottom:
        return
    part = slice(top - y, bottom - y), slice(left - x, right - x)
    below = picture[top:bottom, left:right]
    below[:] = below * transparency[part] + colours[part]
