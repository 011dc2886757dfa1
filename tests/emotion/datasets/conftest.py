"""Portraits with a detector that always finds a face."""

import numpy as np
import pytest

from emotion.datasets import labelled_pictures
from emotion.detection import Detection
from emotion.labels import EMOTIONS
from emotion.pictures import write_picture


@pytest.fixture
def write_portraits(monkeypatch):
    """A function that writes portraits; a fake detector finds a face, of gray level 200, in the upper left quarter."""
    monkeypatch.setattr(
        labelled_pictures, "find_faces", lambda gray: [Detection((0, 0, gray.shape[1] // 2, gray.shape[0] // 2), 1.0)]
    )

    def write(folder, *names):
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            picture = np.full((64, 64), 9, np.uint8)
            picture[:40, :40] = 200
            write_picture(folder / name, picture)

    return write


@pytest.fixture
def described():
    """A function that returns subject and emotion of each face."""
    return lambda data: [
        (str(subject), EMOTIONS[label]) for subject, label in zip(data.subjects, data.labels, strict=True)
    ]
