import struct

import cv2
import numpy as np
import pytest

from emotion.decoding import decode
from emotion.errors import InputError
from emotion.formats import declared_size, foreign_format, is_complete


@pytest.mark.parametrize("quality", [50, 101], ids=["lossy", "lossless"])
@pytest.mark.parametrize("extension", [".jpg", ".png", ".bmp", ".gif", ".webp", ".tiff", ".ppm", ".jp2"])
def test_declared_size(extension, quality):
    flags = [cv2.IMWRITE_WEBP_QUALITY, quality] if extension == ".webp" else []
    data = cv2.imencode(extension, np.zeros((40, 300, 3), np.uint8), flags)[1].tobytes()
    assert declared_size(data) == (300, 40)
    assert declared_size(data[:4]) is None


@pytest.mark.skipif(not cv2.haveImageWriter("a.avif"), reason="OpenCV without AVIF")
def test_declared_size_of_avif():
    data = cv2.imencode(".avif", np.zeros((40, 300, 3), np.uint8))[1].tobytes()
    thumbnail = b"\0\0\0\x14ispe" + struct.pack(">III", 0, 30, 4)
    assert declared_size(data) == declared_size(data + thumbnail) == (300, 40)
    assert declared_size(data[: data.index(b"ispe") + 9]) is None
    with pytest.raises(InputError, match="300 x 40"):
        decode(data, 300 * 40 - 1)
    assert decode(data, 300 * 40).shape == (40, 300, 3)


def test_declared_size_of_a_jpeg_2000_codestream():
    data = cv2.imencode(".jp2", np.zeros((40, 300, 3), np.uint8))[1].tobytes()
    codestream = data[data.index(b"\xff\x4f\xff\x51") :]
    assert declared_size(codestream) == (300, 40)
    assert decode(codestream, 300 * 40).shape == (40, 300, 3)


def test_declared_size_of_a_bmp_of_os2():
    data = cv2.imencode(".bmp", np.full((40, 300, 3), 7, np.uint8))[1].tobytes()
    header = struct.pack("<2sIHHIIHHHH", b"BM", 26 + 40 * 900, 0, 0, 26, 12, 300, 40, 1, 24)
    assert declared_size(header + data[54:]) == (300, 40)
    assert (decode(header + data[54:], 300 * 40) == 7).all()


def big_tiff():
    """A gray picture of 9 x 7 pixels with 64-bit offsets."""
    tags = {256: 9, 257: 7, 258: 8, 259: 1, 262: 1, 273: 200, 277: 1, 278: 7, 279: 63}
    entries = b"".join(struct.pack("<HHQQ", tag, 4, 1, value) for tag, value in tags.items())
    header = b"II+\0" + struct.pack("<HHQQ", 8, 0, 16, len(tags)) + entries
    return header.ljust(200, b"\0") + bytes(63)


def encoded(extension, dtype=np.uint8):
    return cv2.imencode(extension, np.zeros((40, 300, 3), dtype))[1].tobytes()


@pytest.mark.parametrize(
    "data",
    [encoded(".pam"), encoded(".sr"), encoded(".pfm", np.float32), encoded(".hdr", np.float32), big_tiff()],
    ids=["PAM", "Sun raster", "PFM", "Radiance HDR", "BigTIFF"],
)
def test_formats_of_unknown_size_are_not_decoded(data):
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is not None
    with pytest.raises(InputError, match="not a picture in a known format"):
        decode(data, 1_000_000)


def test_size_without_a_header_is_unknown():
    assert declared_size(b"P5 # a comment\n 10 12 255 ") == (10, 12)
    assert declared_size(b"P5 x 12") is None
    assert declared_size(b"no picture") is None
    assert declared_size(b"") is None


def test_completeness():
    jpeg = cv2.imencode(".jpg", np.zeros((9, 9), np.uint8))[1].tobytes()
    assert is_complete(jpeg) is True
    assert is_complete(jpeg + b"more") is True
    assert is_complete(jpeg[:-2]) is None
    assert is_complete(jpeg[:50]) is False
    assert is_complete(b"P5 10 10 255 ") is True
    png = cv2.imencode(".png", np.zeros((9, 9), np.uint8))[1].tobytes()
    assert is_complete(png + b"more") is True
    assert is_complete(png[:-1]) is False
    assert is_complete(png[:33] + b"\xff" + png[34:]) is False  # a chunk that declares gigabytes


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\0\0\0\x18ftypheic\0\0", "HEIC"),
        (b"\0\0\0\x18ftypisom\0\0", "video"),
        (b"\x1aE\xdf\xa3", "video"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_foreign_formats_are_named(data, words):
    assert words in foreign_format(data)
    assert foreign_format(b"\x89PNG") is None
    assert foreign_format(b"\0\0\0\x18ftypmif1\0\0\0\0avif") is None
