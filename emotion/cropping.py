"""Square crops around the boxes of faces."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emotion.errors import InputError

Box = tuple[int, int, int, int]
"""x and y of the upper left corner, width and height, in pixels. May extend beyond the picture."""

MARGIN = 0.01
"""Margin that `crop_face` adds on each side of a box, as a fraction of its size.

The boxes of the cascade nearly match the framing of common face data sets: in FER2013 and CK+ crops, the detected box
is centred and leaves a median margin of about 1% on each side."""

_SHIFT, _ZOOM = 0.1, 0.1
_VIEWS = tuple(
    (-right if mirrored else right, down, factor, mirrored)
    for right, down, factor in (
        (_SHIFT, -_SHIFT, 1 - _ZOOM),
        (_SHIFT, -_SHIFT, 1 + _ZOOM),
        (_SHIFT, _SHIFT, 1 - _ZOOM),
        (_SHIFT, _SHIFT, 1 + _ZOOM),
    )
    for mirrored in (False, True)
)
"""The crops of `crops_around`: by how much they are moved to the right and down, in sides of the square of `crop_face`;
their side, likewise; and whether the network sees them mirrored.

Between two pictures that are nearly the same, the box of a face moves and grows a little, too. Of a mirrored picture,
the network sees the same crops."""

MIRRORED = tuple(mirrored for *_, mirrored in _VIEWS)
"""Which of the crops of `crops_around` the network sees mirrored."""


def crop_face(gray: NDArray[np.uint8], box: Box, margin: float = MARGIN) -> NDArray[np.uint8]:
    """Crop the square around ``box`` from a gray picture (H, W).

    margin: added on each side, as a fraction of the square's size.
    If the square extends beyond the picture, the border pixels are repeated. Raises InputError if the box lies
    entirely outside the picture.
    """
    left, top, side = _square(box, margin)
    return cut_out(gray, (left, top, side, side))


def crops_around(gray: NDArray[np.uint8], box: Box) -> list[NDArray[np.uint8]]:
    """Return eight squares around ``box``, each (S, S): that of `crop_face`, a little moved and resized.

    Raises InputError if the box lies entirely outside the picture.
    """
    left, top, side = _square(box, MARGIN)
    reach = math.ceil((_SHIFT + _ZOOM / 2) * side) + 1
    larger = cut_out(gray, (left - reach, top - reach, side + 2 * reach, side + 2 * reach))
    crops = []
    for right, down, factor, _ in _VIEWS:
        own_side = max(1, round(factor * side))
        x, y = (reach + round(shift * side + (side - own_side) / 2) for shift in (right, down))
        crops.append(larger[y : y + own_side, x : x + own_side])
    return crops


def _square(box: Box, margin: float) -> tuple[int, int, int]:
    """Return left, top and side of the square around a box."""
    x, y, width, height = box
    side = max(1, round(max(width, height) * (1 + 2 * margin)))
    return x + (width - side) // 2, y + (height - side) // 2, side


def cut_out(gray: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Cut a box out of a gray picture (H, W); beyond the picture, the border pixels are repeated.

    Raises InputError if the box lies entirely outside the picture.
    """
    (left, top, width, height), (rows, columns) = box, gray.shape
    if left >= columns or top >= rows or left + width <= 0 or top + height <= 0:
        raise InputError(f"the box {box} lies outside the picture of {columns} x {rows} pixels")
    inside = gray[max(top, 0) : top + height, max(left, 0) : left + width]
    before = max(-top, 0), max(-left, 0)
    after = height - before[0] - inside.shape[0], width - before[1] - inside.shape[1]
    return np.pad(inside, tuple(zip(before, after, strict=True)), mode="edge")
