"""From whatever stands for a picture (path, bytes, file object, NumPy array, PIL image) to its pixels."""

from __future__ import annotations

import io
import os
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from emotion.errors import InputError
from emotion.pictures import decode_picture, read_picture, to_bgr

Color = Literal["bgr", "rgb"]
"""The order of the colour channels of an array: OpenCV's, or that of most other libraries."""


class BinaryFile(Protocol):
    """A file object opened in binary mode, or anything else with such a ``read``."""

    def read(self) -> bytes: ...


class PILImage(Protocol):
    """What is used of ``PIL.Image.Image``; Pillow itself is not needed."""

    mode: str
    info: dict[Any, Any]

    def convert(self, mode: str) -> PILImage: ...

    @property
    def __array_interface__(self) -> dict[str, Any]: ...


Source = str | os.PathLike | bytes | bytearray | memoryview | BinaryFile | NDArray | PILImage


def load_picture(source: Source, color: Color = "bgr") -> NDArray[np.uint8]:
    """Return the pixels of a picture as BGR, (H, W, 3) uint8.

    source: one of

        - the path of a picture file;
        - the content of a picture file: bytes, or a binary file object, which is read from its position to its end;
        - an array: gray (H, W) or (H, W, 1), colour (H, W, 3), or with transparency (H, W, 4), uint8 or uint16;
        - a PIL image. Its pixels are used as they are: `PIL.ImageOps.exif_transpose` turns it as its camera says, which
          is done here for files.
    color: the order of the channels of an array, "bgr" or "rgb". Other sources know theirs.

    Raises InputError for anything else, for damaged files, and for an unknown order.
    """
    if color not in ("bgr", "rgb"):
        raise InputError(f"color is {color!r}; it must be 'bgr' or 'rgb'")
    if isinstance(source, (str, os.PathLike)):
        return read_picture(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return decode_picture(bytes(source), "the bytes")
    if isinstance(source, np.ndarray):
        return to_bgr(_swap_red_and_blue(source) if color == "rgb" else source)
    if hasattr(source, "convert") and hasattr(type(source), "__array_interface__"):
        return to_bgr(_swap_red_and_blue(_pil_pixels(source)))
    if hasattr(source, "read"):
        return _read_file(source)
    raise InputError(
        "a picture must be a path, bytes, a binary file object, a NumPy array or a PIL image, "
        f"not {type(source).__name__}; convert it with numpy.asarray"
    )


def _swap_red_and_blue(pixels: NDArray) -> NDArray:
    """From RGB to BGR, or RGBA to BGRA; anything else is returned as it is."""
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    return pixels[..., [2, 1, 0, 3][:channels]] if channels in (3, 4) else pixels


def _pil_pixels(image: PILImage) -> NDArray:
    """Return gray, RGB or RGBA pixels of a PIL image of any mode."""
    try:
        if image.mode.startswith(("I", "F")):  # more than 8 bits, which Pillow would clip
            deep = np.asarray(image)
            fits = deep.dtype.kind in "iu" and deep.size and deep.min() >= 0 and deep.max() <= np.iinfo(np.uint16).max
            return deep.astype(np.uint16) if fits else deep
        transparent = image.mode.endswith(("A", "a")) or "transparency" in image.info
        return np.asarray(image.convert("RGBA" if transparent else "RGB"))
    except (OSError, SyntaxError, ValueError) as error:  # Pillow decodes when the pixels are first needed
        raise InputError(f"the PIL image cannot be decoded ({error}); give the file or its bytes") from error


def _read_file(file: BinaryFile) -> NDArray[np.uint8]:
    given = getattr(file, "name", None)
    name = given if isinstance(given, str) and given else "the file object"
    if isinstance(file, io.TextIOBase):
        raise InputError(f'{name}: opened as text; open it in binary mode, as in open(path, "rb")')
    try:
        data = file.read()
    except (OSError, ValueError) as error:  # ValueError: the file is closed
        raise InputError(f"{name}: cannot be read ({error}); open it again") from error
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise InputError(f"{name}: its read() returned {type(data).__name__}, not bytes; open it in binary mode")
    return decode_picture(bytes(data), name)
