"""Draw explanations below an annotated picture: each face as the network sees it, and what speaks for its emotion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.annotation import COLOURS
from emotion.detection import crop_face
from emotion.explanation import explain
from emotion.pictures import to_gray
from emotion.preprocessing import resize_face

if TYPE_CHECKING:
    from emotion.recognizer import EmotionRecognizer, Face

_FONT = cv2.FONT_HERSHEY_DUPLEX
_BACKGROUND, _INK = (32, 32, 32), (245, 245, 245)
_OPACITY = 0.7  # of the heat map where it is 1


def add_explanations(
    annotated: NDArray[np.uint8], picture: NDArray, faces: Sequence[Face], recognizer: EmotionRecognizer
) -> NDArray[np.uint8]:
    """Return the annotated picture (H, W, 3) BGR with a strip below: a pair of images for each face, in order.

    picture: what the faces were found in, as `emotion.pictures.to_gray` accepts it.
    The left image of a pair is the face as the network sees it; on the right one, bright colours show which parts of it
    speak for the recognised emotion. Raises InputError as `emotion.explanation.explain`.
    """
    if not faces:
        return annotated
    gray = to_gray(picture)
    side = int(np.clip(annotated.shape[1] // 6, 120, 400))
    tiles = []
    for face in faces:
        crop = crop_face(gray, face.box)
        tiles.append(_tile(crop, explain(recognizer, crop, face.emotion), face, side))
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


def overlay(face: NDArray[np.uint8], heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return a gray face (H, W) with its heat map (H, W), 0 to 1, in colours over it: (H, W, 3) BGR uint8."""
    colours = cv2.applyColorMap((255 * heat).round().astype(np.uint8), cv2.COLORMAP_INFERNO)
    opacity = _OPACITY * heat[..., None]
    mixed = (1 - opacity) * cv2.cvtColor(face, cv2.COLOR_GRAY2BGR) + opacity * colours
    return mixed.round().astype(np.uint8)


def _tile(crop: NDArray[np.uint8], heat: NDArray[np.float32], face: Face, side: int) -> NDArray[np.uint8]:
    """Draw one pair of images with its caption: the emotion and its probability, in the colour of the face's box."""
    gap, line = side // 12, side // 5
    tile = np.full((side + line + 2 * gap, 2 * side + 3 * gap, 3), _BACKGROUND, np.uint8)
    seen = cv2.resize(resize_face(crop, len(heat)), (side, side), interpolation=cv2.INTER_CUBIC)
    mapped = overlay(seen, cv2.resize(heat, (side, side), interpolation=cv2.INTER_LINEAR))
    for left, image in ((gap, cv2.cvtColor(seen, cv2.COLOR_GRAY2BGR)), (2 * gap + side, mapped)):
        tile[gap : gap + side, left : left + side] = image
    scale = line / 36
    origin = gap + line, gap + side + line
    cv2.rectangle(tile, (gap, origin[1] - line // 2), (gap + line // 2, origin[1]), COLOURS[face.emotion], cv2.FILLED)
    cv2.putText(tile, face.label, origin, _FONT, scale, _INK, max(1, line // 24), cv2.LINE_AA)
    return tile
