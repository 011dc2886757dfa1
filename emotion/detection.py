"""Face detection with OpenCV's frontal Haar cascade.

Source: P. Viola and M. Jones, "Rapid object detection using a boosted cascade of simple features" (CVPR 2001).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.cascade import WINDOW_SIZE, face_cascade, last_threshold
from emotion.cropping import Box, cut_out

MIN_SCORE = 1.25
"""Minimum detection score. Most detections below it are false positives, such as walls, necks and leaves."""

SEARCH_SIZES = 160, 1280
"""Pictures are rescaled for the search if their longer side is outside this range, in pixels."""

BORDER = 0.15
"""Border that is added for the search, as a fraction of the picture's longer side."""


@dataclass(frozen=True)
class Detection:
    """A detected face.

    score: the margin by which the last stage of the cascade exceeded its threshold; at least 0.
    """

    box: Box
    score: float


@dataclass(frozen=True)
class _Search:
    """Search parameters: growth of the window per step, minimum face size, border to add, angles to turn by."""

    scale_step: float
    smallest: float  # fraction of the picture's shorter side
    border: float  # fraction of the picture's longer side
    angles: tuple[float, ...] = (0.0,)  # in degrees; one after the other, until a face is found


_FAST = _Search(scale_step=1.1, smallest=1 / 32, border=BORDER)
_THOROUGH = _Search(scale_step=1.05, smallest=1 / 5, border=0.35, angles=(0.0, 15.0, -15.0))
_TURNED_PENALTY = 0.75  # subtracted from the scores in a turned picture, where more of the detections are false
_NEIGHBOURS = 3  # overlapping windows that a detection needs, at least

_SIMILAR_SIZE = 2.0  # how much smaller or larger than known boxes the faces near them may be, as a factor
_SURROUNDINGS = 0.5  # how far around known boxes the faces near them may reach, as a fraction of the box

_LOCAL_STEP = 1.05  # growth of the window per step in a region
_LOCAL_SIZE = 32  # a region is rescaled until a face of medium size has this many pixels; above 40, it takes longer

_TILES, _LOCAL_TILES = 8, 4  # of the contrast equalisation of a picture and of a region, in each direction


def find_faces(
    gray: NDArray[np.uint8],
    min_score: float = MIN_SCORE,
    search_sizes: tuple[int, int] = SEARCH_SIZES,
    border: float = BORDER,
    thorough: bool = True,
    near: Sequence[Box] = (),
) -> list[Detection]:
    """Detect the faces in a gray picture (H, W) uint8 with a score of at least ``min_score``, best score first.

    The search uses a contrast-equalised copy, whose longer side is within ``search_sizes``, in pixels, with a border,
    so that a face may touch the edge. If a fast search finds nothing, a thorough one follows for large faces, with
    finer steps and a wider border, for a face that fills the picture; if need be it turns the picture by 15 degrees,
    for a tilted head. ``thorough=False`` leaves it out. If ``near`` has boxes, only faces of similar sizes near them
    are found, but sooner.
    """
    longer_side = max(gray.shape)
    scale = float(np.clip(longer_side, *search_sizes)) / longer_side
    gray = _rescaled(gray, scale)
    near = [tuple(round(length * scale) for length in box) for box in near]
    detections = _search(gray, replace(_FAST, border=border), min_score, near)
    if thorough and not detections:
        detections = _search(gray, _THOROUGH, min_score, near)
    return [_moved(detection, (0, 0), scale) for detection in suppress_overlaps(detections)]


def average_boxes(gray: NDArray[np.uint8], boxes: Sequence[Box], min_score: float = MIN_SCORE) -> list[Box]:
    """Average each box that `find_faces` found in a gray picture (H, W) with that of the same face in the mirror image.

    The averages depend less on single pixels, and are nearly the same in a picture and in its mirror image. A box
    without its like in the mirror image stays as it is.
    """
    if not boxes:
        return []
    mirrored = [_mirrored(box, gray.shape[1]) for box in boxes]
    in_mirror = find_faces(np.ascontiguousarray(gray[:, ::-1]), min_score, near=mirrored)
    others = [_mirrored(found.box, gray.shape[1]) for found in in_mirror]
    averages = []
    for box in boxes:
        same = [other for other in others if _show_the_same_face(box, other)]
        averages.append(_average(box, same[0]) if same else box)
    return averages


def _mirrored(box: Box, picture_width: int) -> Box:
    """Where the box is in the mirror image of its picture."""
    x, y, width, height = box
    return picture_width - x - width, y, width, height


def _average(a: Box, b: Box) -> Box:
    """The square whose left and right edges are the averages of theirs, rounded outwards, with the average centre."""
    left, right = (a[0] + b[0]) // 2, -(-(a[0] + a[2] + b[0] + b[2]) // 2)
    side, middle = right - left, (2 * a[1] + a[3] + 2 * b[1] + b[3]) / 4
    return left, round(middle - side / 2), side, side


def find_faces_in(
    gray: NDArray[np.uint8], region: Box, sizes: tuple[float, float], min_score: float = MIN_SCORE
) -> list[Detection]:
    """Detect the faces in a region of a gray picture (H, W) uint8, best score first; much faster than `find_faces`.

    region: may extend beyond the picture, whose border pixels are then repeated. Raises InputError if it lies entirely
        outside.
    sizes: smallest and largest side of the boxes to look for, in pixels.
    The boxes are in pixels of the picture. The score is nearly that of `find_faces`: the contrast is equalised over the
    region only.
    """
    scale = _LOCAL_SIZE / math.sqrt(max(sizes[0] * sizes[1], 1))
    equalised = _equalised(_rescaled(cut_out(gray, region), scale), _LOCAL_TILES)
    smallest, largest = max(WINDOW_SIZE, int(sizes[0] * scale)), max(WINDOW_SIZE, math.ceil(sizes[1] * scale))
    found = _upright_faces(equalised, _LOCAL_STEP, smallest, largest)
    detections = [_moved(Detection(box, score), region[:2], scale) for box, score in found if score >= min_score]
    return suppress_overlaps([found for found in detections if _has_its_centre_in(gray.shape, found.box)])


def _rescaled(gray: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale == 1.0:
        return gray
    interpolation = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
    size = tuple(max(1, round(length * scale)) for length in reversed(gray.shape))
    return cv2.resize(gray, size, interpolation=interpolation)


def _moved(detection: Detection, corner: tuple[int, int], scale: float) -> Detection:
    """A detection in a rescaled region whose corner is at ``corner`` of the picture, in pixels of the picture."""
    x, y, width, height = (round(length / scale) for length in detection.box)
    return Detection((corner[0] + x, corner[1] + y, width, height), detection.score)


def _search(gray: NDArray[np.uint8], search: _Search, min_score: float, near: Sequence[Box]) -> list[Detection]:
    border = round(search.border * max(gray.shape))
    smallest = max(WINDOW_SIZE, round(search.smallest * min(gray.shape)))
    largest = max(gray.shape) + 2 * border
    bordered = cv2.copyMakeBorder(gray, border, border, border, border, cv2.BORDER_REPLICATE)
    equalised = _equalised(bordered, _TILES)
    if near:
        sides = [width for _, _, width, _ in near]
        smallest = max(smallest, math.floor(min(sides) / _SIMILAR_SIZE))
        largest = min(largest, math.ceil(max(sides) * _SIMILAR_SIZE))
        equalised = _blank_elsewhere(equalised, [(x + border, y + border, w, h) for x, y, w, h in near])
    if smallest > largest:
        return []
    for angle in search.angles:
        penalty = _TURNED_PENALTY if angle else 0.0
        detections = [
            Detection((x - border, y - border, width, height), score - penalty)
            for (x, y, width, height), score in _upright_faces(equalised, search.scale_step, smallest, largest, angle)
            if score - penalty >= min_score and _has_its_centre_in(gray.shape, (x - border, y - border, width, height))
        ]
        if detections:
            return detections
    return []


def _equalised(gray: NDArray[np.uint8], tiles: int) -> NDArray[np.uint8]:
    """Equalise the contrast (CLAHE) in ``tiles`` by ``tiles`` parts of a picture."""
    return cv2.createCLAHE(clipLimit=2.0, tileGridSize=(tiles, tiles)).apply(gray)


def _blank_elsewhere(gray: NDArray[np.uint8], boxes: Sequence[Box]) -> NDArray[np.uint8]:
    """Blank all but the surroundings of boxes; windows in which all pixels are equal are rejected at once."""
    visible = np.zeros_like(gray)
    for x, y, width, height in boxes:
        reach = round(_SURROUNDINGS * width)
        part = np.s_[max(y - reach, 0) : y + height + reach, max(x - reach, 0) : x + width + reach]
        visible[part] = gray[part]
    return visible


def _has_its_centre_in(shape: tuple[int, int], box: Box) -> bool:
    """Whether the centre of a box lies inside a picture of ``shape`` (H, W)."""
    x, y, width, height = box
    return 0 <= x + width / 2 < shape[1] and 0 <= y + height / 2 < shape[0]


def _upright_faces(
    gray: NDArray[np.uint8], scale_step: float, smallest: int, largest: int, angle: float = 0.0
) -> list[tuple[Box, float]]:
    """Return boxes and scores of the faces that are upright once the picture is turned by ``angle``, in degrees.

    They have ``smallest`` to ``largest`` pixels. A box lies around the centre of its face in ``gray``, and is not
    turned.
    """
    height, width = gray.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    if angle:
        gray = cv2.warpAffine(gray, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    boxes, _, weights = face_cascade().detectMultiScale3(
        gray,
        scale_step,
        _NEIGHBOURS,
        minSize=(smallest, smallest),
        maxSize=(largest, largest),
        outputRejectLevels=True,
    )
    turn_back = cv2.invertAffineTransform(turn)
    found = []
    for (x, y, box_width, box_height), weight in zip(boxes, weights, strict=True):
        centre = turn_back @ (x + box_width / 2, y + box_height / 2, 1.0)
        corner = round(centre[0] - box_width / 2), round(centre[1] - box_height / 2)
        found.append(((*corner, int(box_width), int(box_height)), float(weight) - last_threshold()))
    return found


def suppress_overlaps(detections: Sequence[Detection]) -> list[Detection]:
    """Non-maximum suppression: drop boxes that show the same face as a better one. Best first."""
    kept: list[Detection] = []
    for detection in sorted(detections, key=lambda d: (-d.score, d.box)):
        if not any(_show_the_same_face(detection.box, other.box) for other in kept):
            kept.append(detection)
    return kept


def _show_the_same_face(a: Box, b: Box) -> bool:
    """Whether two boxes overlap by over 40% of the smaller one's area."""
    return common_area(a, b) > 0.4 * min(_area(a), _area(b))


def common_area(a: Box, b: Box) -> int:
    """Return the area of the intersection of two boxes, in pixels."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0)


def _area(box: Box) -> int:
    return box[2] * box[3]
