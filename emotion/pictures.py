"""Read and write picture files in all common formats. Truncated files are rejected; writes are atomic."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.decoding import decode
from emotion.errors import InputError
from emotion.files import write_file
from emotion.hidden_files import is_hidden

EXTENSIONS = (
    ".avif",
    ".bmp",
    ".gif",
    ".jfif",
    ".jp2",
    ".jpe",
    ".jpeg",
    ".jpg",
    ".pgm",
    ".png",
    ".ppm",
    ".tif",
    ".tiff",
    ".webp",
)
"""File name extensions of pictures, in lower case."""

MAX_PIXELS = 150_000_000
"""Pixels of the largest picture that is decoded."""

ANNOTATED = ".emotions.png"
"""Suffix that is appended to a picture's name to name its annotated copy."""


def read_picture(path: str | os.PathLike, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Read a picture file as BGR, (H, W, 3) uint8.

    Gray pictures get three equal channels, 16-bit pixels are scaled to 8 bits, transparency is composited over white,
    and the EXIF orientation is applied. Raises InputError, naming the file, if it cannot be read completely or
    declares more than ``max_pixels`` pixels.
    """
    path = Path(path)
    return decode_picture(_read_bytes(path), str(path), max_pixels)


def decode_picture(data: bytes, name: str, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Decode the content of a picture file, like `read_picture`; ``name`` is what errors call it."""
    if not data:
        raise InputError(f"{name}: empty (0 bytes); copy or download it again")
    try:
        picture = decode(data, max_pixels)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error
    except MemoryError as error:
        raise InputError(f"{name}: not enough memory for this picture; give a smaller one") from error
    return to_bgr(picture)


def to_bgr(picture: NDArray) -> NDArray[np.uint8]:
    """Convert a picture to BGR, (H, W, 3) uint8.

    picture: (H, W), (H, W, 1), (H, W, 3) BGR or (H, W, 4) BGRA, uint8 or uint16. Pixels of uint16 are scaled by the
    number of bits that they use: 8, 10, 12, 14 or 16. Transparency is composited over white. Raises InputError for
    anything else.
    """
    if not isinstance(picture, np.ndarray):
        raise InputError(
            f"a picture must be a path or a NumPy array, not {type(picture).__name__}; convert it with numpy.asarray"
        )
    if picture.ndim not in (2, 3) or picture.size == 0 or (picture.ndim == 3 and picture.shape[2] not in (1, 3, 4)):
        raise InputError(f"a picture must have shape (H, W), (H, W, 3) or (H, W, 4), not {picture.shape}")
    picture = np.ascontiguousarray(picture)  # OpenCV rejects views with negative strides, such as rgb[..., ::-1]
    if picture.dtype == np.uint16:
        colours = picture[..., :3] if picture.ndim == 3 else picture
        bits = max(8, (int(colours.max()).bit_length() + 1) & ~1)
        scaled = (picture >> (bits - 8)).astype(np.uint8)
        if picture.ndim == 3 and picture.shape[2] == 4:
            scaled[..., 3] = picture[..., 3] >> 8
        picture = scaled
    if picture.dtype != np.uint8:
        raise InputError(f"pixels must be uint8 or uint16, not {picture.dtype}; scale them to 0 ... 255")
    if picture.ndim == 2 or picture.shape[2] == 1:
        return cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    if picture.shape[2] == 3:
        return picture
    opacity = picture[..., 3:].astype(np.uint16)
    return ((picture[..., :3] * opacity + 255 * (255 - opacity) + 127) // 255).astype(np.uint8)


def to_gray(picture: NDArray) -> NDArray[np.uint8]:
    """Convert a picture, anything that `to_bgr` accepts, to gray, (H, W) uint8."""
    return cv2.cvtColor(to_bgr(picture), cv2.COLOR_BGR2GRAY)


def read_gray(path: str | os.PathLike) -> NDArray[np.uint8]:
    """Read a picture file as gray, (H, W) uint8. See `read_picture`."""
    return to_gray(read_picture(path))


def write_picture(path: str | os.PathLike, picture: NDArray[np.uint8]) -> None:
    """Write a picture, (H, W) or (H, W, 3) BGR uint8, atomically, in the format given by the path's extension.

    Raises InputError if the folder does not exist or is not writable.
    """
    path = Path(path)
    if path.suffix.lower() not in EXTENSIONS:
        raise InputError(f"{path}: unknown picture format {path.suffix!r}; use .png or .jpg")
    _, data = cv2.imencode(path.suffix, picture)
    write_file(path, data.tobytes())


def picture_files(
    path: str | os.PathLike, leave_out: Callable[[Path], None] = lambda file: None, recursive: bool = False
) -> list[Path]:
    """List the picture files at a path: the file itself, or the pictures in the folder, sorted by name.

    leave_out: called with each file that is not a picture by its extension, and each folder that cannot be read.
    recursive: whether to list the folders below the folder, too, each after the files beside it. Links to folders are
        not followed.
    Annotated copies (``*.emotions.png``), hidden files and hidden folders are skipped. Raises InputError if the path
    does not exist or cannot be read, or if the folder contains no pictures.
    """
    path = Path(path)
    _refuse_urls(path)
    try:
        exists, is_folder = path.exists(), path.is_dir()
    except OSError as error:
        raise InputError(f"{str(path)[:300]}: cannot be read ({error.strerror}); check the path") from error
    if not exists:
        raise InputError(f"{path}: no such file or folder; check the path")
    if not is_folder:
        return [] if path.name.endswith(ANNOTATED) else [path]
    files = []
    for file in _files_in(path, leave_out, recursive):
        if is_picture_name(file.name):
            files.append(file)
        elif not is_hidden(file.name) and not file.name.endswith(ANNOTATED):
            leave_out(file)
    if not files:
        where = "in this folder or below it" if recursive else "in this folder"
        raise InputError(f"{path}: no pictures {where}; supported are {', '.join(EXTENSIONS)}")
    return files


def _files_in(top: Path, leave_out: Callable[[Path], None], recursive: bool) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        if error.filename == str(top):
            raise InputError(f"{top}: cannot be read ({error.strerror}); check its permissions") from error
        leave_out(Path(error.filename))

    for folder, folders, names in os.walk(top, onerror=unreadable):
        folders[:] = sorted(name for name in folders if recursive and not is_hidden(name))
        yield from (file for file in sorted(Path(folder, name) for name in names) if file.is_file())


def is_picture_name(name: str) -> bool:
    """Whether a file of this name in a folder is a picture: by its extension, not hidden, and no annotated copy."""
    return Path(name).suffix.lower() in EXTENSIONS and not is_hidden(name) and not name.endswith(ANNOTATED)


def _refuse_urls(path: Path) -> None:
    if str(path).startswith(("http:/", "https:/")):
        raise InputError(f"{str(path)[:100]}: a URL; download the picture and give the file")


def _read_bytes(path: Path) -> bytes:
    name = str(path) if len(str(path)) <= 300 else f"{str(path)[:100]}..."
    _refuse_urls(path)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise InputError(f"{name}: not a regular file; give a picture file")
        return path.read_bytes()
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{name}: no such file; check the path") from error
    except IsADirectoryError as error:
        raise InputError(f"{name}: a folder, not a picture; give a file in it") from error
    except ValueError as error:  # a NUL character
        raise InputError(f"{name!r}: not a file name; check the path") from error
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror}); check its permissions") from error
