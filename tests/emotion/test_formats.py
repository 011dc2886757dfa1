import cv2
import numpy as np
import pytest

from emotion.formats import declared_size, foreign_format, is_complete


@pytest.mark.parametrize("quality", [50, 101], ids=["lossy", "lossless"])
@pytest.mark.parametrize("extension", [".jpg", ".png", ".bmp", ".gif", ".webp", ".tiff", ".ppm", ".jp2"])
def test_declared_size(extension, quality):
    flags = [cv2.IMWRITE_WEBP_QUALITY, quality] if extension == ".webp" else []
    data = cv2.imencode(extension, np.zeros((40, 300, 3), np.uint8), flags)[1].tobytes()
    assert declared_size(data) == (300, 40)
    assert declared_size(data[:4]) is None


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
