"""Draw recognised faces onto a picture: a box, a label and the eight probabilities for each; uncertain ones in gray."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.detection import Box, common_area
from emotion.pictures import to_bgr

if TYPE_CHECKING:
    from emotion.recognizer import Face

# The colour-blind-safe palette by M. Okabe and K. Ito, with light gray in place of black. BGR.
COLOURS = {
    "neutral": (210, 210, 210),
    "anger": (0, 94, 213),
    "contempt": (0, 159, 230),
    "disgust": (115, 158, 0),
    "fear": (167, 121, 204),
    "happy": (66, 228, 240),
    "sadness": (178, 114, 0),
    "surprise": (233, 180, 86),
}
UNCERTAIN = (110, 110, 110)
"""Colour of the box and label of a face whose emotion is uncertain, BGR; the box is dashed, too."""

LEGIBLE_SIZE = 960  # smaller pictures are enlarged until their longer side has this many pixels

_FONT = cv2.FONT_HERSHEY_DUPLEX
_FONT_HEIGHT = 22.0  # height of a capital letter at scale 1, in pixels
_DARK, _MEDIUM, _PALE, _LIGHT = ((level, level, level) for level in (32, 80, 195, 245))

_PANEL_HEIGHT = 8.5  # height of the panel of probabilities, in text lines
_PANEL_WIDTH = 9.5  # width of the panel, in the same unit


def draw_faces(picture: NDArray, faces: Sequence[Face]) -> NDArray[np.uint8]:
    """Return an annotated copy of a picture, (H, W, 3) BGR uint8.

    picture: any array accepted by `emotion.pictures.to_bgr`.
    faces: the faces that `EmotionRecognizer.recognize` found in this picture.
    Small pictures are enlarged until their longer side is 960 pixels. Each panel of probabilities is drawn next to,
    below or above its face, where it covers no other face, or else in a corner of the picture. A face whose emotion is
    uncertain has a dashed gray box, and a question mark in its label.
    """
    image = to_bgr(picture).copy()
    enlargement = max(1.0, LEGIBLE_SIZE / max(image.shape[:2]))
    if enlargement > 1.0:
        image = cv2.resize(image, None, fx=enlargement, fy=enlargement, interpolation=cv2.INTER_CUBIC)
    boxes = [tuple(round(length * enlargement) for length in face.box) for face in faces]
    labels = [_label_box(image, box, face) for box, face in zip(boxes, faces, strict=True)]
    panels: list[Box] = []
    for box in boxes:
        panels.append(_panel_box(image, box, boxes + labels + panels))
    for box, face in zip(boxes, faces, strict=True):
        _draw_box(image, box, face)
    for panel, label, face in zip(panels, labels, faces, strict=True):
        _draw_panel(image, panel, face)
        _draw_label(image, label, face)
    return image


def _min_line_height(image: NDArray) -> float:
    return max(13.0, max(image.shape[:2]) / 100)


def _line_height(image: NDArray, box: Box) -> float:
    """Height of a text line in pixels, such that the panel is as tall as the face, within sensible limits."""
    return float(np.clip(box[3] / _PANEL_HEIGHT, _min_line_height(image), max(image.shape[:2]) / 28))


def _label_text(face: Face) -> str:
    return f"{face.emotion}{'?' * face.uncertain} {face.confidence:.0%}"


def _colour(face: Face) -> tuple[int, int, int]:
    return UNCERTAIN if face.uncertain else COLOURS[face.emotion]


def _label_box(image: NDArray, box: Box, face: Face) -> Box:
    """Position of the label: above the box, or inside its upper edge if there is no room, and within the image."""
    height = round(1.5 * _line_height(image, box))
    width = _text_width(_label_text(face), 0.5 * height) + round(0.6 * height)
    x, y = box[0], box[1] - height if box[1] >= height else box[1]
    return _clip_to_image(image, (x, y, width, height))


def _panel_box(image: NDArray, box: Box, taken: list[Box]) -> Box:
    """Position of the panel: the largest free spot near the box, or a small one that covers as little as possible."""
    for line_height in np.linspace(_line_height(image, box), _min_line_height(image), 5):
        candidates = _panel_candidates(image, box, line_height)
        for panel in candidates:
            if _overlap(panel, taken) == 0:
                return panel
    _, _, width, height = candidates[0]
    bottom, right = image.shape[0] - height, image.shape[1] - width
    corners = [_clip_to_image(image, (x, y, width, height)) for y in (bottom, 0) for x in (right, 0)]
    return min(candidates + corners, key=lambda panel: _overlap(panel, taken))


def _panel_candidates(image: NDArray, box: Box, line_height: float) -> list[Box]:
    """Candidate positions for a panel: right, left, below and above the box, each with two alignments."""
    width, height = round(_PANEL_WIDTH * line_height), round(_PANEL_HEIGHT * line_height)
    gap = max(2, round(0.3 * line_height))
    x, y, box_width, box_height = box
    right, left = x + box_width + gap, x - width - gap
    below, above = y + box_height + gap, y - height - gap - round(1.5 * _line_height(image, box))
    end_x, end_y = x + box_width - width, y + box_height - height
    corners = [
        (right, y),
        (left, y),
        (right, end_y),
        (left, end_y),
        (x, below),
        (end_x, below),
        (x, above),
        (end_x, above),
    ]
    return [_clip_to_image(image, (*corner, width, height)) for corner in corners]


def _clip_to_image(image: NDArray, box: Box) -> Box:
    x, y, width, height = box
    rows, columns = image.shape[:2]
    return max(0, min(x, columns - width)), max(0, min(y, rows - height)), width, height


def _overlap(box: Box, taken: list[Box]) -> int:
    return sum(common_area(box, other) for other in taken)


def _draw_box(image: NDArray[np.uint8], box: Box, face: Face) -> None:
    x, y, width, height = box
    thickness = max(2, round(_line_height(image, box) / 8))
    colour = _LIGHT if face.uncertain else COLOURS[face.emotion]
    cv2.rectangle(image, (x, y), (x + width, y + height), colour, thickness, cv2.LINE_AA)
    if not face.uncertain:
        return
    for row in (y, y + height):
        for start, end in _dashes(x, width, 5 * thickness):
            cv2.line(image, (start, row), (end, row), UNCERTAIN, thickness)
    for column in (x, x + width):
        for start, end in _dashes(y, height, 5 * thickness):
            cv2.line(image, (column, start), (column, end), UNCERTAIN, thickness)


def _dashes(start: int, length: int, dash: int) -> list[tuple[int, int]]:
    """Start and end of the dashes along a line, which begins and ends with one; gaps are as long as dashes."""
    ends = np.linspace(start, start + length, 2 * max(1, round(length / (2 * dash)))).round().astype(int).tolist()
    return list(zip(ends[::2], ends[1::2], strict=True))


def _draw_panel(image: NDArray[np.uint8], panel: Box, face: Face) -> None:
    """Draw names and bars on a dark, semi-transparent background, with an edge in the colour of the face's box."""
    x, y, width, height = panel
    line = height / _PANEL_HEIGHT
    background = image[y : y + height, x : x + width]
    background[:] = cv2.addWeighted(background, 0.25, np.full_like(background, _DARK), 0.75, 0)
    background[:, : max(2, round(0.16 * line))] = _colour(face)
    bar_left, bar_length = x + round(5.0 * line), round(4.15 * line)
    for index, (emotion, probability) in enumerate(face.probabilities.items()):
        middle = y + (index + 0.75) * line
        ink = _LIGHT if emotion == face.emotion else _PALE
        _draw_text(image, emotion, (x + 0.45 * line, middle), 0.46 * line, ink)
        top, bottom = round(middle - 0.26 * line), round(middle + 0.26 * line)
        cv2.rectangle(image, (bar_left, top), (bar_left + bar_length, bottom), _MEDIUM, cv2.FILLED)
        bar_right = bar_left + round(bar_length * probability)
        cv2.rectangle(image, (bar_left, top), (bar_right, bottom), COLOURS[emotion], cv2.FILLED)


def _draw_label(image: NDArray[np.uint8], label: Box, face: Face) -> None:
    x, y, width, height = label
    colour = _colour(face)
    image[y : y + height, x : x + width] = colour
    luminance = np.dot(colour, (0.114, 0.587, 0.299))
    ink = _DARK if luminance > 110 else _LIGHT
    _draw_text(image, _label_text(face), (x + 0.3 * height, y + height / 2), 0.5 * height, ink)


def _text_width(text: str, height: float) -> int:
    return cv2.getTextSize(text, _FONT, height / _FONT_HEIGHT, 1)[0][0]


def _draw_text(
    image: NDArray, text: str, anchor: tuple[float, float], height: float, ink: tuple[int, int, int]
) -> None:
    """Draw text with capital letters ``height`` pixels high; ``anchor`` is the middle of its left edge."""
    origin = round(anchor[0]), round(anchor[1] + height / 2)
    cv2.putText(image, text, origin, _FONT, height / _FONT_HEIGHT, ink, max(1, round(height / 12)), cv2.LINE_AA)
