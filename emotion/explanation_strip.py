"""Draw explanations below an annotated picture: each face as the network sees it, and what supports its emotion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.annotation import COLOURS
from emotion.preprocessing import resize_face

if TYPE_CHECKING:
    from emotion.explanation import Explanation
    from emotion.face import Face

_FONT = cv2.FONT_HERSHEY_DUPLEX
_BACKGROUND, _INK = (32, 32, 32), (245, 245, 245)
_OPACITY = 0.7  # of the heat map where it is 1


def add_explanations(
    annotated: NDArray[np.uint8], faces: Sequence[Face], explanations: Sequence[Explanation]
) -> NDArray[np.uint8]:
    """Return the annotated picture (H, W, 3) BGR with a strip below: a pair of images for each face, in order.

    explanations: of the faces, as by `emotion.explanation.explain_faces`.
    The left image of a pair is the face as the network sees it; on the right one, bright colours show which parts of it
    support the recognised emotion.
    """
    if not faces:
        return annotated
    side = int(np.clip(annotated.shape[1] // 6, 120, 400))
    tiles = [_tile(face, explanation, side) for face, explanation in zip(faces, explanations, strict=True)]
    height, width = tiles[0].shape[:2]
    columns = max(1, annotated.shape[1] // width)
    rows = -(-len(tiles) // columns)
    strip = np.full((rows * height, max(columns * width, annotated.shape[1]), 3), _BACKGROUND, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = index // columns * height, index % columns * width
        strip[top : top + height, left : left + width] = tile
    right = strip.shape[1] - annotated.shape[1]
    return np.concatenate(
        [cv2.copyMakeBorder(annotated, 0, 0, 0, right, cv2.BORDER_CONSTANT, value=_BACKGROUND), strip]
    )


def overlay(crop: NDArray[np.uint8], heat: NDArray[np.float32], side: int) -> NDArray[np.uint8]:
    """Return a gray face (H, W) as the network sees it, with its heat map (S, S) in colours over it.

    The result is (side, side, 3) BGR uint8.
    """
    face = cv2.cvtColor(_seen(crop, len(heat), side), cv2.COLOR_GRAY2BGR)
    heat = cv2.resize(heat, (side, side), interpolation=cv2.INTER_LINEAR)
    colours = cv2.applyColorMap((255 * heat).round().astype(np.uint8), cv2.COLORMAP_INFERNO)
    opacity = _OPACITY * heat[..., None]
    mixed = (1 - opacity) * face + opacity * colours
    return mixed.round().astype(np.uint8)


def _seen(crop: NDArray[np.uint8], size: int, side: int) -> NDArray[np.uint8]:
    """Return a gray face with as many pixels as the network sees, ``size``, enlarged to (side, side)."""
    return cv2.resize(resize_face(crop, size), (side, side), interpolation=cv2.INTER_CUBIC)


def _tile(face: Face, explanation: Explanation, side: int) -> NDArray[np.uint8]:
    """Draw one pair of images with its caption: the emotion and its probability, in the colour of the face's box."""
    crop, heat = explanation.crop, explanation.heat
    gap, line = side // 12, side // 5
    tile = np.full((side + line + 2 * gap, 2 * side + 3 * gap, 3), _BACKGROUND, np.uint8)
    seen = cv2.cvtColor(_seen(crop, len(heat), side), cv2.COLOR_GRAY2BGR)
    for left, image in ((gap, seen), (2 * gap + side, overlay(crop, heat, side))):
        tile[gap : gap + side, left : left + side] = image
    scale = line / 36
    origin = gap + line, gap + side + line
    cv2.rectangle(tile, (gap, origin[1] - line // 2), (gap + line // 2, origin[1]), COLOURS[face.emotion], cv2.FILLED)
    cv2.putText(tile, face.label, origin, _FONT, scale, _INK, max(1, line // 24), cv2.LINE_AA)
    return tile
