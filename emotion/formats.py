"""What the first bytes and the segments of a picture file say, without decoding it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

JPEG = b"\xff\xd8\xff"
JPEG_END = b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n"
_CODESTREAM = b"\xff\x4f\xff\x51"  # of JPEG 2000: SOC and SIZ, by itself or in a box

_FOREIGN = (
    (4, b"ftyphei", "a HEIC picture; convert it to JPEG"),
    (4, b"ftyphev", "a HEIC picture; convert it to JPEG"),
    (4, b"ftypmif1", "a HEIC picture; convert it to JPEG"),
    (4, b"ftypqt", "a video; give it with --video"),
    (4, b"ftypisom", "a video; give it with --video"),
    (4, b"ftypmp4", "a video; give it with --video"),
    (0, b"\x1aE\xdf\xa3", "a video; give it with --video"),
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
    if b"avif" in data[:64]:  # may begin like HEIC
        return None
    return next((text for offset, magic, text in _FOREIGN if data.startswith(magic, offset)), None)


def avif_quarter_turns(data: bytes) -> int:
    """Return by how many quarter turns, anticlockwise, an AVIF picture is to be shown; 0 for other files.

    Its box "irot" (ISO/IEC 23008-12) says so; decoders leave it to the program.
    """
    box = data.find(b"\0\0\0\x09irot", 0, 4096) if data[4:12] in (b"ftypavif", b"ftypavis") else -1
    return 0 if box < 0 or box + 8 >= len(data) else data[box + 8] & 3


def declared_size(data: bytes) -> tuple[int, int] | None:
    """Return the width and height that the header of a picture file declares; None if they are not found."""
    return next((size_of(data) for offset, magic, size_of in _SIZES if data.startswith(magic, offset)), None)


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    sizes = (position for marker, position in _jpeg_segments(data) if marker in _SIZE_MARKERS)
    position = next(sizes, len(data))
    return _integers(data, "big", (position + 5, 2), (position + 3, 2))


def _png_size(data: bytes) -> tuple[int, int] | None:
    return _integers(data, "big", (16, 4), (20, 4))


def _gif_size(data: bytes) -> tuple[int, int] | None:
    return _integers(data, "little", (6, 2), (8, 2))


def _bmp_size(data: bytes) -> tuple[int, int] | None:
    if data[14:18] == b"\x0c\0\0\0":  # a header of OS/2
        return _integers(data, "little", (18, 2), (20, 2))
    size = _integers(data, "little", (18, 4), (22, 4))
    return size and (size[0], min(size[1], (1 << 32) - size[1]))  # a negative height: from the top down


def _netpbm_size(data: bytes) -> tuple[int, int] | None:
    fields = re.sub(rb"#.*", b"", data[2:1000]).split()[:2]
    return (int(fields[0]), int(fields[1])) if len(fields) == 2 and all(map(bytes.isdigit, fields)) else None


def _jpeg2000_size(data: bytes) -> tuple[int, int] | None:
    codestream = data.find(_CODESTREAM)
    return None if codestream < 0 else _integers(data, "big", (codestream + 8, 4), (codestream + 12, 4))


def _avif_size(data: bytes) -> tuple[int, int] | None:
    """The largest box "ispe" (ISO/IEC 23008-12): tiles and thumbnails have one, too."""
    boxes = re.finditer(rb"\0\0\0\x14ispe", data)
    sizes = [_integers(data, "big", (box.end() + 4, 4), (box.end() + 8, 4)) for box in boxes]
    return max(filter(None, sizes), key=math.prod, default=None)


def _webp_size(data: bytes) -> tuple[int, int] | None:
    if data[12:16] == b"VP8X":
        size = _integers(data, "little", (24, 3), (27, 3))
        return size and (size[0] + 1, size[1] + 1)
    if data[12:16] == b"VP8L":
        bits = _integers(data, "little", (21, 4))
        return bits and ((bits[0] & 0x3FFF) + 1, (bits[0] >> 14 & 0x3FFF) + 1)
    size = _integers(data, "little", (26, 2), (28, 2))
    return size and (size[0] & 0x3FFF, size[1] & 0x3FFF)


def _tiff_size(data: bytes) -> tuple[int, int] | None:
    """Width and height are tags 256 and 257 of the first directory."""
    order = "little" if data[:2] == b"II" else "big"
    (start,) = _integers(data, order, (4, 4)) or (len(data),)
    (count,) = _integers(data, order, (start, 2)) or (0,)
    tags = {}
    for entry in range(start + 2, min(start + 2 + 12 * count, len(data)), 12):
        tag, kind = _integers(data, order, (entry, 2), (entry + 2, 2)) or (0, 0)
        tags[tag] = _integers(data, order, (entry + 8, 2 if kind == 3 else 4))
    return (tags[256][0], tags[257][0]) if tags.get(256) and tags.get(257) else None


_SIZES = (
    (0, JPEG, _jpeg_size),
    (0, PNG, _png_size),
    (0, (b"GIF87a", b"GIF89a"), _gif_size),
    (0, b"BM", _bmp_size),
    (0, b"RIFF", _webp_size),
    (0, (b"II*\0", b"MM\0*"), _tiff_size),
    (0, (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6"), _netpbm_size),
    (0, (b"\0\0\0\x0cjP  ", _CODESTREAM), _jpeg2000_size),
    (4, b"ftyp", _avif_size),
)
"""Offset, bytes at it, and the function that finds the size."""


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
    return not data.startswith(PNG) or _has_all_png_chunks(data)


def _has_all_png_chunks(data: bytes) -> bool:
    """Whether all chunks of a PNG, up to the last one, are as long as they declare."""
    position = len(PNG)
    while position + 12 <= len(data):
        name, length = data[position + 4 : position + 8], int.from_bytes(data[position : position + 4], "big")
        position += 12 + length  # with length, name and checksum
        if name == b"IEND":
            return position <= len(data)
    return False


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
