"""What the first bytes and the segments of a picture file say, without decoding it."""

from __future__ import annotations

from collections.abc import Iterator

JPEG = b"\xff\xd8\xff"
JPEG_END = b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n"

_FOREIGN = (
    (4, b"ftyphei", "a HEIC picture; convert it to JPEG"),
    (4, b"ftyphev", "a HEIC picture; convert it to JPEG"),
    (4, b"ftypmif1", "a HEIC picture; convert it to JPEG"),
    (4, b"ftypqt", "a video; give single pictures of it"),
    (4, b"ftypisom", "a video; give single pictures of it"),
    (4, b"ftypmp4", "a video; give single pictures of it"),
    (0, b"\x1aE\xdf\xa3", "a video; give single pictures of it"),
    (0, b"%PDF", "a PDF document; save its pictures as PNG or JPEG"),
    (0, b"PK\x03\x04", "a ZIP archive; unpack it first"),
    (0, b"<svg", "an SVG drawing; save it as PNG"),
)
"""Offset, bytes at it, and what to tell about formats that are no pictures for OpenCV."""

_SIZE_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF: start of frame
_STANDALONE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and RST: without a length
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


def foreign_format(data: bytes) -> str | None:
    """Return what a file is, and what to do, if it is a known format that is not a picture here; else None."""
    return next((text for offset, magic, text in _FOREIGN if data.startswith(magic, offset)), None)


def declared_size(data: bytes) -> tuple[int, int] | None:
    """Return the width and height that the header of a JPEG, PNG, GIF, BMP or WebP declares; None if unknown."""
    if data.startswith(JPEG):
        sizes = (position for marker, position in _jpeg_segments(data) if marker in _SIZE_MARKERS)
        position = next(sizes, len(data))
        return _integers(data, "big", (position + 5, 2), (position + 3, 2))
    if data.startswith(PNG):
        return _integers(data, "big", (16, 4), (20, 4))
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _integers(data, "little", (6, 2), (8, 2))
    if data.startswith(b"BM"):
        return _integers(data, "little", (18, 4), (22, 4))
    if data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X":
        size = _integers(data, "little", (24, 3), (27, 3))
        return size and (size[0] + 1, size[1] + 1)
    return None


def _integers(data: bytes, order: str, *fields: tuple[int, int]) -> tuple[int, ...] | None:
    """Read integers from (offset, length) fields; None if the data ends before them."""
    if any(offset + length > len(data) for offset, length in fields):
        return None
    return tuple(int.from_bytes(data[offset : offset + length], order) for offset, length in fields)


def is_complete(data: bytes) -> bool | None:
    """Return whether a JPEG or PNG is complete; None for a JPEG that only lacks its end marker, or may be cut off.

    Data after the end, as in motion photos, does not matter. Other formats count as complete.
    """
    if data.startswith(JPEG):
        markers = [marker for marker, _ in _jpeg_segments(data)]
        if markers and markers[-1] == _END_OF_IMAGE:
            return True
        return None if _START_OF_SCAN in markers else False
    return not data.startswith(PNG) or b"IEND" in data


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the marker of each segment of a JPEG, up to the end of the image, and the position after the marker."""
    position = 2
    while position + 2 <= len(data):
        if data[position] != 0xFF:  # compressed data, which ends at the next marker
            position = data.find(b"\xff", position)
            if position < 0:
                return
            continue
        marker = data[position + 1]
        position += 1 if marker == 0xFF else 2  # a marker may be preceded by any number of 0xFF
        if marker in (0x00, 0xFF) or marker in _STANDALONE_MARKERS:
            continue
        yield marker, position
        if marker == _END_OF_IMAGE:
            return
        position += int.from_bytes(data[position : position + 2], "big")
