"""Checks of the arguments of the recogniser."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from emotion.cropping import Box
from emotion.detection import MIN_SCORE, common_area
from emotion.errors import InputError

_MAX_BOX = 4  # sides of the picture; the crop of a larger box would consist of repeated border pixels


def check_crop(index: int, face: object) -> None:
    """Raise InputError, naming the face by ``index``, unless it is a gray crop (H, W) uint8."""
    if not isinstance(face, np.ndarray) or face.ndim != 2 or face.size == 0:
        raise InputError(f"face {index}: a crop must be a gray array (H, W), not one of shape {np.shape(face)}")
    if face.dtype != np.uint8:
        raise InputError(f"face {index}: a crop's pixels must be uint8 (0 ... 255), not {face.dtype}")


def check_min_score(min_score: float) -> None:
    """Raise InputError unless ``min_score`` is a number."""
    if not math.isfinite(min_score):
        raise InputError(f"min_score is {min_score}; it must be a number, such as {MIN_SCORE}")


def checked_boxes(boxes: Sequence[Box] | NDArray, shape: tuple[int, int]) -> list[Box]:
    """Return the boxes as tuples of integers. Raises InputError for one that is not in a picture of this shape."""
    rows, columns = shape
    checked = []
    for index, given in enumerate(boxes):
        try:
            box = tuple(round(float(length)) for length in given)
            _, _, width, height = box
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(f"box {index}: not four numbers (x, y, width, height): {given!r}") from error
        if width < 1 or height < 1 or common_area(box, (0, 0, columns, rows)) == 0:
            raise InputError(f"box {index}: {box} is not in the picture of {columns} x {rows} pixels")
        if max(width, height) > _MAX_BOX * max(rows, columns):
            raise InputError(f"box {index}: {box} is much larger than the picture of {columns} x {rows} pixels")
        checked.append(box)
    return checked


def check_several(pictures: object) -> None:
    """Raise InputError for a single picture, which would be taken apart."""
    shape = pictures.shape if isinstance(pictures, np.ndarray) else ()
    is_array_of_one = len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4))
    is_file = isinstance(pictures, (str, os.PathLike, bytes, bytearray, memoryview)) or hasattr(pictures, "read")
    if is_array_of_one or is_file or not isinstance(pictures, Iterable):
        raise InputError("one picture where several are expected; give them in a list")
