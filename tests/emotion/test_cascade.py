import shutil
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion import cascade
from emotion.cascade import CASCADE, check_opencv, load_cascade
from emotion.detection import find_faces
from emotion.errors import InputError
from emotion.pictures import to_gray


def test_opencv_5_is_rejected(monkeypatch):
    check_opencv()
    monkeypatch.setattr(cv2, "__version__", "5.0.0")
    with pytest.raises(InputError, match=r"OpenCV 5\.0\.0 .*opencv-python>=4\.10,<5"):
        check_opencv()


def test_opencv_without_cascades_is_rejected(monkeypatch):
    monkeypatch.setattr(cascade, "_local", threading.local())
    gray = np.zeros((50, 50), np.uint8)
    with monkeypatch.context() as patch:
        patch.delattr(cv2, "data")
        with pytest.raises(InputError, match="opencv-python>=4"):
            find_faces(gray)
    monkeypatch.delattr(cv2, "CascadeClassifier")
    with pytest.raises(InputError, match="opencv-python>=4"):
        find_faces(gray)


def test_cascade_in_a_folder_of_any_name(astronaut, tmp_path, monkeypatch):
    classifier, file = cv2.CascadeClassifier, Path(cv2.data.haarcascades, CASCADE)
    copy = tmp_path / "größer 顔" / CASCADE
    copy.parent.mkdir()
    shutil.copy(file, copy)
    expected, empty = classifier(str(file)), classifier()
    monkeypatch.setattr(cv2, "CascadeClassifier", lambda: empty)  # without a path, see load_cascade
    cascades = load_cascade(copy), expected
    found, expected = (one.detectMultiScale3(to_gray(astronaut), outputRejectLevels=True) for one in cascades)
    assert len(found[0]) > 0
    for array, same in zip(found, expected, strict=True):
        np.testing.assert_array_equal(array, same)


@pytest.mark.parametrize("content", [b"", b"no cascade", b"\xff", b"<opencv_storage><a>1</a></opencv_storage>", None])
def test_damaged_cascade_is_named(tmp_path, content):
    path = tmp_path / "cascade.xml"
    file = Path(cv2.data.haarcascades, CASCADE)
    path.write_bytes(file.read_bytes()[:300_000] if content is None else content)
    with pytest.raises(InputError, match=r"cascade\.xml: the cascade is damaged"):
        load_cascade(path)
