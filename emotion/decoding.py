"""From the bytes of a picture file to its pixels: complete and upright, or an error."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.errors import InputError
from emotion.formats import JPEG, JPEG_END, avif_quarter_turns, declared_size, foreign_format, is_complete

_UPRIGHT = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH
"""Applies the EXIF orientation and keeps 16 bits, but drops transparency; IMREAD_UNCHANGED does the opposite."""

_MORE_JPEG_DATA = b"\x35\xc7" * 64, b"\xff\x00" * 64, b"\x124Vx" * 30
"""Data that a JPEG decoder only reads if it still misses pixels; several, as one of them may change nothing."""


def decode(data: bytes, max_pixels: int) -> NDArray:
    """Decode a picture file, upright: (H, W, 3) BGR or, with transparency, (H, W, 4) BGRA, uint8 or uint16.

    Raises InputError, without the file's name, if the picture is not complete, not in a format whose size is known in
    advance, or declares more than ``max_pixels`` pixels.
    """
    if name := foreign_format(data):
        raise InputError(name)
    size = declared_size(data)
    if size and math.prod(size) > max_pixels:
        raise InputError(
            f"the picture declares {size[0]} x {size[1]} pixels, more than {max_pixels:,}; make it smaller"
        )
    complete = is_complete(data)
    picture = None if complete is False or size is None else _imdecode(data + (b"" if complete else JPEG_END), _UPRIGHT)
    if complete is False or (complete is None and _misses_data(data, picture)):
        raise InputError("the picture is truncated; copy or download it again")
    if picture is None:
        raise InputError("not a picture in a known format, or damaged; give a PNG or JPEG file")
    picture = np.rot90(picture, avif_quarter_turns(data))
    if data.startswith(JPEG):
        return picture
    unchanged = _imdecode(data, cv2.IMREAD_UNCHANGED)
    if unchanged is not None and unchanged.ndim == 3 and unchanged.shape[2] == 4:
        return _turned_like(unchanged, picture)
    return picture


def _misses_data(jpeg: bytes, picture: NDArray | None) -> bool:
    """Whether a JPEG without end marker lacks more than that: a decoder that misses pixels uses whatever follows."""
    return not all(np.array_equal(_imdecode(jpeg + more + JPEG_END, _UPRIGHT), picture) for more in _MORE_JPEG_DATA)


def _imdecode(data: bytes, flags: int) -> NDArray | None:
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None


def _turned_like(picture: NDArray, upright: NDArray) -> NDArray:
    """Turn or mirror a picture with transparency so that its colours are those of ``upright``."""
    for candidate in (picture, picture[:, ::-1]):
        for quarters in range(4):
            turned = np.rot90(candidate, quarters)
            if np.array_equal(turned[..., :3], upright):
                return turned
    return picture
