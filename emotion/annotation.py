"""Draw recognised faces onto a picture: a box, a label and the eight probabilities for each; uncertain ones in gray."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.cropping import Box
from emotion.layout import PANEL_HEIGHT, Point, arrange, arrange_labels, line_height
from emotion.pictures import to_bgr

if TYPE_CHECKING:
    from emotion.face import Face

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


def draw_faces(picture: NDArray, faces: Sequence[Face]) -> NDArray[np.uint8]:
    """Return an annotated copy of a picture, (H, W, 3) BGR uint8.

    picture: any array accepted by `emotion.pictures.to_bgr`.
    faces: the faces that `EmotionRecognizer.recognize` found in this picture.
    Small pictures are enlarged until their longer side is 960 pixels. Each panel of probabilities is drawn where it
    covers no face, next to its face or joined to it by a line, and left out if there is no room; see `emotion.layout`.
    A face whose emotion is uncertain has a dashed gray box, and a question mark in its label.
    """
    image = to_bgr(picture).copy()
    enlargement = max(1.0, LEGIBLE_SIZE / max(image.shape[:2]))
    if enlargement > 1.0:
        image = cv2.resize(image, None, fx=enlargement, fy=enlargement, interpolation=cv2.INTER_CUBIC)
    boxes = [tuple(round(length * enlargement) for length in face.box) for face in faces]
    size = image.shape[1], image.shape[0]
    places = arrange(size, boxes, list(map(_label_width, faces)))
    thicknesses = [_thickness(size, box) for box in boxes]
    for place, face, thickness in zip(places, faces, thicknesses, strict=True):
        if place.line:
            _draw_line(image, place.line, face, thickness)
    for box, face, thickness in zip(boxes, faces, thicknesses, strict=True):
        _draw_box(image, box, face, thickness)
    for place, face in zip(places, faces, strict=True):
        if place.panel:
            _draw_panel(image, place.panel, face)
        _draw_label(image, place.label, face)
    return image


def draw_labels(image: NDArray[np.uint8], faces: Sequence[Face]) -> None:
    """Draw the box and the label of each face onto a picture (H, W, 3) BGR uint8, in place, as onto a video's."""
    size = image.shape[1], image.shape[0]
    boxes = [face.box for face in faces]
    for box, face in zip(boxes, faces, strict=True):
        _draw_box(image, box, face, _thickness(size, box))
    for label, face in zip(arrange_labels(size, boxes, list(map(_label_width, faces))), faces, strict=True):
        _draw_label(image, label, face)


def hex_colour(emotion: str) -> str:
    """Return the colour of an emotion as HTML and SVG write it, such as "#d55e00"."""
    blue, green, red = COLOURS[emotion]
    return f"#{red:02x}{green:02x}{blue:02x}"


def _thickness(size: tuple[int, int], box: Box) -> int:
    """Width in pixels of the edge of a box in a picture of this width and height."""
    return max(2, round(line_height(size, box) / 8))


def _colour(face: Face) -> tuple[int, int, int]:
    return UNCERTAIN if face.uncertain else COLOURS[face.emotion]


def _label_width(face: Face) -> float:
    """Width of the label, in units of its height."""
    return _text_width(face.label, 50) / 100 + 0.6


def _draw_line(image: NDArray[np.uint8], line: tuple[Point, Point], face: Face, thickness: int) -> None:
    """Draw a line with an edge that makes it visible, and a dot where it ends at the face."""
    edge = _LIGHT if face.uncertain else _DARK
    for colour, width in ((edge, thickness + 2), (_colour(face), thickness)):
        cv2.line(image, *line, colour, width, cv2.LINE_AA)
        cv2.circle(image, line[1], thickness + width, colour, cv2.FILLED, cv2.LINE_AA)


def _draw_box(image: NDArray[np.uint8], box: Box, face: Face, thickness: int) -> None:
    x, y, width, height = box
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
    line = height / PANEL_HEIGHT
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
    _draw_text(image, face.label, (x + 0.3 * height, y + height / 2), 0.5 * height, ink)


def _text_width(text: str, height: float) -> int:
    return cv2.getTextSize(text, _FONT, height / _FONT_HEIGHT, 1)[0][0]


def _draw_text(
    image: NDArray, text: str, anchor: tuple[float, float], height: float, ink: tuple[int, int, int]
) -> None:
    """Draw text with capital letters ``height`` pixels high; ``anchor`` is the middle of its left edge."""
    origin = round(anchor[0]), round(anchor[1] + height / 2)
    cv2.putText(image, text, origin, _FONT, height / _FONT_HEIGHT, ink, max(1, round(height / 12)), cv2.LINE_AA)
