"""A small report, with names that try to be more than names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion.explanation import Explanation
from emotion.face import Face, make_face
from emotion.labels import EMOTIONS
from emotion.report.images import face_images
from emotion.report.writer import written_report

MARKUP = '<img src=x onerror="document.title=1">&amp;.png'
LONG = f"{'very' * 40}.jpg"
EXPLANATION = Explanation(np.full((48, 48), 128, np.uint8), np.eye(48, dtype=np.float32))
SCRIPT = 'javascript:document.title=2;"><script>document.title=3<'


def face(emotion: str, confidence: float) -> Face:
    """A face with this answer, which is uncertain below 50%."""
    probabilities = np.full(len(EMOTIONS), (1 - confidence) / 7)
    probabilities[EMOTIONS.index(emotion)] = confidence
    return make_face((10, 10, 40, 40), 2.0, probabilities, 0.5)


@pytest.fixture(scope="session")
def write_small_report() -> Callable[..., None]:
    """A function that writes a report on five faces; with heat maps, if ``explained``."""

    def write(path: Path, explained: bool = False) -> None:
        picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        pictures = {
            MARKUP: [face("happy", 0.9), face("sadness", 0.4)],
            LONG: [face("anger", 0.8), face("happy", 0.6)],
            f"{SCRIPT}/a.png": [face("fear", 0.3)],
            "wall <b>.png": [],
        }
        with written_report(path, "resnet", 0.5, explained) as report:
            for name, faces in pictures.items():
                explanations = [EXPLANATION] * len(faces) if explained else []
                report.add(name, path.parent / name, faces, face_images(picture, faces, explanations))
            report.fail("<i>.jpg: the picture is truncated; copy or download it again")

    return write
