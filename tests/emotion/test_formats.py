import cv2
import numpy as np
import pytest

from emotion.formats import declared_size, foreign_format, is_complete


@pytest.mark.parametrize("extension", [".jpg", ".png", ".bmp", ".gif"])
def test_declared_size(extension):
    data = cv2.imencode(extension, np.zeros((40, 300, 3), np.uint8))[1].tobytes()
    assert declared_size(data) == (300, 40)
    assert declared_size(data[:8]) is None


def test_size_of_other_formats_is_unknown():
    assert declared_size(b"P5 10 10 255 ") is None
    assert declared_size(b"") is None


def test_completeness():
    jpeg = cv2.imencode(".jpg", np.zeros((9, 9), np.uint8))[1].tobytes()
    assert is_complete(jpeg) is True
    assert is_complete(jpeg + b"more") is True
    assert is_complete(jpeg[:-2]) is None
    assert is_complete(jpeg[:50]) is False
    assert is_complete(b"P5 10 10 255 ") is True


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
