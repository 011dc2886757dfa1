"""Draw what was recognised onto a picture: a box, a label and the eight probabilities for each face."""

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

# The palette by M. Okabe and K. Ito, told apart by colour-blind people too; light gray for its black. BGR.
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

LEGIBLE_SIZE = 960  # a picture whose longer side is shorter is enlarged to it before anything is written on it

_FONT = cv2.FONT_HERSHEY_DUPLEX
_FONT_HEIGHT = 22.0  # of a capital at scale 1, in pixels
_DARK, _MEDIUM, _PALE, _LIGHT = ((level, level, level) for level in (32, 80, 195, 245))

_PANEL_ROWS = 8.5  # height of the panel of probabilities, in lines of writing
_PANEL_COLUMNS = 9.5  # its width, in the same unit


def draw_faces(picture: NDArray, faces: Sequence[Face]) -> NDArray[np.uint8]:
    """An annotated copy, (H, W, 3) BGR uint8, of a picture that `emotion.pictures.to_bgr` takes.

    faces: what `EmotionRecognizer.recognize` found in this picture.
    A picture with a longer side below 960 pixels is enlarged to that. The probabilities stand beside, below or above
    their face where they cover no other, and in a corner of the picture where there is no such place.
    """
    canvas = to_bgr(picture).copy()
    enlargement = max(1.0, LEGIBLE_SIZE / max(canvas.shape[:2]))
    if enlargement > 1.0:
        canvas = cv2.resize(canvas, None, fx=enlargement, fy=enlargement, interpolation=cv2.INTER_CUBIC)
    boxes = [tuple(round(length * enlargement) for length in face.box) for face in faces]
    labels = [_label_place(canvas, box, face) for box, face in zip(boxes, faces, strict=True)]
    panels: list[Box] = []
    for box in boxes:
        panels.append(_panel_place(canvas, box, boxes + labels + panels))
    for box, face in zip(boxes, faces, strict=True):
        _draw_box(canvas, box, face)
    for panel, label, face in zip(panels, labels, faces, strict=True):
        _draw_panel(canvas, panel, face)
        _draw_label(canvas, label, face)
    return canvas


def _smallest_row(canvas: NDArray) -> float:
    return max(13.0, max(canvas.shape[:2]) / 100)


def _row_height(canvas: NDArray, box: Box) -> float:
    """Height of a line of writing, in pixels: the panel is as high as the face, if that is legible and modest."""
    return float(np.clip(box[3] / _PANEL_ROWS, _smallest_row(canvas), max(canvas.shape[:2]) / 28))


def _label_text(face: Face) -> str:
    return f"{face.emotion} {face.confidence:.0%}"


def _label_place(canvas: NDArray, box: Box, face: Face) -> Box:
    """Above the box, or inside its upper edge when there is no room; always inside the picture."""
    height = round(1.5 * _row_height(canvas, box))
    width = _text_width(_label_text(face), 0.5 * height) + round(0.6 * height)
    x, y = box[0], box[1] - height if box[1] >= height else box[1]
    return _moved_inside(canvas, (x, y, width, height))


def _panel_place(canvas: NDArray, box: Box, taken: list[Box]) -> Box:
    """Near the box, as large as fits without covering what is taken; else small where it covers least."""
    for row in np.linspace(_row_height(canvas, box), _smallest_row(canvas), 5):
        near = _places_near(canvas, box, row)
        for place in near:
            if _covered(place, taken) == 0:
                return place
    _, _, width, height = near[0]
    bottom, right = canvas.shape[0] - height, canvas.shape[1] - width
    corners = [_moved_inside(canvas, (x, y, width, height)) for y in (bottom, 0) for x in (right, 0)]
    return min(near + corners, key=lambda place: _covered(place, taken))


def _places_near(canvas: NDArray, box: Box, row: float) -> list[Box]:
    """Where a panel with lines ``row`` pixels high can stand: right, left, below, above, each at two alignments."""
    width, height, gap = round(_PANEL_COLUMNS * row), round(_PANEL_ROWS * row), max(2, round(0.3 * row))
    x, y, box_width, box_height = box
    right, left = x + box_width + gap, x - width - gap
    below, above = y + box_height + gap, y - height - gap - round(1.5 * _row_height(canvas, box))
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
    return [_moved_inside(canvas, (*corner, width, height)) for corner in corners]


def _moved_inside(canvas: NDArray, place: Box) -> Box:
    x, y, width, height = place
    rows, columns = canvas.shape[:2]
    return max(0, min(x, columns - width)), max(0, min(y, rows - height)), width, height


def _covered(place: Box, taken: list[Box]) -> int:
    return sum(common_area(place, other) for other in taken)


def _draw_box(canvas: NDArray[np.uint8], box: Box, face: Face) -> None:
    x, y, width, height = box
    thickness = max(2, round(_row_height(canvas, box) / 8))
    cv2.rectangle(canvas, (x, y), (x + width, y + height), COLOURS[face.emotion], thickness, cv2.LINE_AA)


def _draw_panel(canvas: NDArray[np.uint8], place: Box, face: Face) -> None:
    """Names and bars on a dark, slightly transparent ground, with an edge in the colour of the box it belongs to."""
    x, y, width, height = place
    row = height / _PANEL_ROWS
    ground = canvas[y : y + height, x : x + width]
    ground[:] = cv2.addWeighted(ground, 0.25, np.full_like(ground, _DARK), 0.75, 0)
    ground[:, : max(2, round(0.16 * row))] = COLOURS[face.emotion]
    bar_left, bar_length = x + round(5.0 * row), round(4.15 * row)
    for index, (emotion, probability) in enumerate(face.probabilities.items()):
        middle = y + (index + 0.75) * row
        _write(canvas, emotion, (x + 0.45 * row, middle), 0.46 * row, _LIGHT if emotion == face.emotion else _PALE)
        top, bottom = round(middle - 0.26 * row), round(middle + 0.26 * row)
        cv2.rectangle(canvas, (bar_left, top), (bar_left + bar_length, bottom), _MEDIUM, cv2.FILLED)
        bar_right = bar_left + round(bar_length * probability)
        cv2.rectangle(canvas, (bar_left, top), (bar_right, bottom), COLOURS[emotion], cv2.FILLED)


def _draw_label(canvas: NDArray[np.uint8], place: Box, face: Face) -> None:
    x, y, width, height = place
    colour = COLOURS[face.emotion]
    canvas[y : y + height, x : x + width] = colour
    luminance = np.dot(colour, (0.114, 0.587, 0.299))
    ink = _DARK if luminance > 110 else _LIGHT
    _write(canvas, _label_text(face), (x + 0.3 * height, y + height / 2), 0.5 * height, ink)


def _text_width(text: str, height: float) -> int:
    return cv2.getTextSize(text, _FONT, height / _FONT_HEIGHT, 1)[0][0]


def _write(canvas: NDArray, text: str, at: tuple[float, float], height: float, ink: tuple[int, int, int]) -> None:
    """Text with capitals ``height`` pixels high; ``at`` is the middle of its left edge."""
    origin = round(at[0]), round(at[1] + height / 2)
    cv2.putText(canvas, text, origin, _FONT, height / _FONT_HEIGHT, ink, max(1, round(height / 12)), cv2.LINE_AA)
