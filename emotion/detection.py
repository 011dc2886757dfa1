"""Find the faces in a picture with OpenCV's frontal Haar cascade, score them and cut them out.

The detector is that of P. Viola and M. Jones, "Rapid object detection using a boosted cascade of simple features"
(CVPR 2001), with the weights by R. Lienhart that come with OpenCV.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.errors import InputError

Box = tuple[int, int, int, int]
"""x and y of the upper left corner, width, height, in pixels. May reach beyond the picture's border."""

MARGIN = 0.01
"""What `crop_face` adds on each side of a box, as a share of the box.

The cascade's box nearly is the frame of the usual face sets: in FER2013 and CK+ crops it leaves about 1% on each
side (median), and lies in the middle."""

MIN_SCORE = 1.25
"""Detections below this score are mostly walls, necks and leaves."""

CASCADE = "haarcascade_frontalface_alt2.xml"
WINDOW_SIZE = 20  # the smallest face the cascade can see, in pixels
SEARCH_SIZES = 160, 1280  # a picture whose longer side is outside this is searched in a copy scaled to it


@dataclass(frozen=True)
class Detection:
    """A face found: where, and how clearly.

    score: how far the votes of the cascade's last stage exceed what that stage demands; 0 is just enough.
    """

    box: Box
    score: float


@dataclass(frozen=True)
class _Search:
    """How patiently to look: window growth per step, windows that must agree, smallest face, border added."""

    scale_step: float
    neighbours: int
    smallest: float  # share of the picture's shorter side
    border: float  # share of the picture's longer side


_QUICK = _Search(scale_step=1.1, neighbours=3, smallest=1 / 16, border=0.0)
_PATIENT = _Search(scale_step=1.05, neighbours=3, smallest=1 / 32, border=0.15)


def check_opencv() -> None:
    """Raise InputError unless this OpenCV has Haar cascades: version 5 dropped them."""
    if int(cv2.__version__.split(".")[0]) >= 5 or not hasattr(cv2, "CascadeClassifier"):
        raise InputError(
            f"OpenCV {cv2.__version__} has no Haar cascades to find faces with; pip install 'opencv-python>=4.10,<5'"
        )


@cache
def _load_cascade() -> tuple[cv2.CascadeClassifier, float]:
    """The cascade, and the votes its last stage demands."""
    check_opencv()
    path = Path(cv2.data.haarcascades) / CASCADE
    cascade = cv2.CascadeClassifier(str(path))
    if cascade.empty():
        raise InputError(f"{path}: OpenCV's face cascade is missing; reinstall 'opencv-python>=4.10,<5'")
    last_stage = ET.parse(path).find("cascade/stages")[-1]
    return cascade, float(last_stage.findtext("stageThreshold"))


def find_faces(gray: NDArray[np.uint8], min_score: float = MIN_SCORE) -> list[Detection]:
    """The faces in a gray picture (H, W) uint8 with at least ``min_score``, best score first.

    The contrast is equalised for the search alone. When a quick search finds nothing, a patient one follows: finer
    steps, smaller faces, and the border extended, so that a face that fills the picture is found as well.
    """
    longer_side = max(gray.shape)
    scale = float(np.clip(longer_side, *SEARCH_SIZES)) / longer_side
    if scale != 1.0:
        interpolation = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
        size = tuple(max(1, round(length * scale)) for length in reversed(gray.shape))
        gray = cv2.resize(gray, size, interpolation=interpolation)
    detections = _search(gray, _QUICK, min_score) or _search(gray, _PATIENT, min_score)
    return [
        Detection(tuple(round(length / scale) for length in detection.box), detection.score)
        for detection in _without_overlaps(detections)
    ]


def _search(gray: NDArray[np.uint8], search: _Search, min_score: float) -> list[Detection]:
    cascade, demanded = _load_cascade()
    border = round(search.border * max(gray.shape))
    smallest = max(WINDOW_SIZE, round(search.smallest * min(gray.shape)))
    equalised = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(
        cv2.copyMakeBorder(gray, border, border, border, border, cv2.BORDER_REPLICATE)
    )
    boxes, _, votes = cascade.detectMultiScale3(
        equalised, search.scale_step, search.neighbours, minSize=(smallest, smallest), outputRejectLevels=True
    )
    detections = [
        Detection((int(x) - border, int(y) - border, int(width), int(height)), float(vote) - demanded)
        for (x, y, width, height), vote in zip(boxes, votes, strict=True)
    ]
    return [detection for detection in detections if detection.score >= min_score]


def _without_overlaps(detections: list[Detection]) -> list[Detection]:
    """Best first; of two that share more than 40% of the smaller one's area (so also of nested ones) the better."""
    kept: list[Detection] = []
    for detection in sorted(detections, key=lambda d: (-d.score, d.box)):
        box = detection.box
        if all(common_area(box, other.box) <= 0.4 * min(_area(box), _area(other.box)) for other in kept):
            kept.append(detection)
    return kept


def common_area(a: Box, b: Box) -> int:
    """Area of the intersection of two boxes, in pixels."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0)


def _area(box: Box) -> int:
    return box[2] * box[3]


def crop_face(gray: NDArray[np.uint8], box: Box, margin: float = MARGIN) -> NDArray[np.uint8]:
    """The square around ``box`` in a gray picture (H, W), ``margin`` of its size wider on each side.

    Where the square reaches beyond the picture, the picture's border is repeated.
    Raises InputError for a box that does not touch the picture.
    """
    x, y, width, height = box
    side = max(1, round(max(width, height) * (1 + 2 * margin)))
    left, top = x + (width - side) // 2, y + (height - side) // 2
    rows, columns = gray.shape
    if left >= columns or top >= rows or left + side <= 0 or top + side <= 0:
        raise InputError(f"the face box {box} lies outside the picture of {columns} x {rows} pixels")
    inside = gray[max(top, 0) : top + side, max(left, 0) : left + side]
    before = max(-top, 0), max(-left, 0)
    after = side - before[0] - inside.shape[0], side - before[1] - inside.shape[1]
    return np.pad(inside, tuple(zip(before, after, strict=True)), mode="edge")
