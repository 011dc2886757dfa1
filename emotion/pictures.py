"""Read and write picture files in all common formats. Truncated files are rejected; writes are atomic."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.errors import InputError

EXTENSIONS = (".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
"""File name extensions of pictures, in lower case."""

ANNOTATED = ".emotions.png"
"""Suffix that is appended to a picture's name to name its annotated copy."""


def read_picture(path: str | os.PathLike) -> NDArray[np.uint8]:
    """Read a picture file as BGR, (H, W, 3) uint8.

    Gray pictures get three equal channels, 16-bit pixels are scaled to 8 bits, transparency is composited over white,
    and the EXIF orientation is applied. Raises InputError, naming the file, if it cannot be read completely.
    """
    path = Path(path)
    data = _read_bytes(path)
    if _is_truncated(data):
        raise InputError(f"{path}: the picture is truncated; copy or download it again")
    try:
        with _silent_decoders():
            buffer = np.frombuffer(data, np.uint8)
            picture = cv2.imdecode(buffer, cv2.IMREAD_COLOR)
            # IMREAD_UNCHANGED keeps transparency but ignores EXIF; IMREAD_COLOR does the opposite
            unchanged = None if data.startswith(_JPEG) else cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        picture = None
    if picture is None:
        raise InputError(f"{path}: not a picture in a known format, or damaged; give a PNG or JPEG file")
    if unchanged is not None and unchanged.ndim == 3 and unchanged.shape[2] == 4:
        return to_bgr(unchanged)
    return picture


def to_bgr(picture: NDArray) -> NDArray[np.uint8]:
    """Convert a picture to BGR, (H, W, 3) uint8.

    picture: (H, W), (H, W, 1), (H, W, 3) BGR or (H, W, 4) BGRA, uint8 or uint16.
    Transparency is composited over white. Raises InputError for any other array.
    """
    shaped = isinstance(picture, np.ndarray) and picture.ndim in (2, 3) and picture.size > 0
    if not shaped or (picture.ndim == 3 and picture.shape[2] not in (1, 3, 4)):
        raise InputError(f"a picture must have shape (H, W), (H, W, 3) or (H, W, 4), not {np.shape(picture)}")
    picture = np.ascontiguousarray(picture)  # OpenCV rejects views with negative strides, such as rgb[..., ::-1]
    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
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
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another folder") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def picture_files(path: str | os.PathLike) -> list[Path]:
    """List the picture files at a path: the file itself, or the pictures directly in the folder, sorted by name.

    Annotated copies (``*.emotions.png``) and hidden files are skipped. Raises InputError if the path does not exist
    or the folder contains no pictures.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check the path")
    if not path.is_dir():
        return [] if path.name.endswith(ANNOTATED) else [path]
    files = sorted(file for file in path.iterdir() if _is_picture_name(file.name) and file.is_file())
    if not files:
        raise InputError(f"{path}: no pictures in this folder; supported are {', '.join(EXTENSIONS)}")
    return files


def _is_picture_name(name: str) -> bool:
    return Path(name).suffix.lower() in EXTENSIONS and not name.startswith(".") and not name.endswith(ANNOTATED)


def _read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; check the path") from error
    except IsADirectoryError as error:
        raise InputError(f"{path}: a folder, not a picture; give a file in it") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    if not data:
        raise InputError(f"{path}: the file is empty (0 bytes); copy or download it again")
    return data


_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"


def _is_truncated(data: bytes) -> bool:
    """Whether a JPEG or PNG is cut off; OpenCV may silently fill the missing part with gray or black."""
    if data.startswith(_JPEG):
        start = data.rfind(b"\xff\xda")  # search after the last scan: an embedded thumbnail has its own end marker
        return data.find(b"\xff\xd9", start) < 0
    return data.startswith(_PNG) and b"IEND" not in data


@contextmanager
def _silent_decoders() -> Iterator[None]:
    """Silence libpng, libjpeg and OpenCV, which write to file descriptor 2; the caller reports the error instead."""
    stderr = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
