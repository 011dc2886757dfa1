"""Where the labels and panels of faces go in a picture: labels at their faces, panels where they cover no face."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.cropping import Box

PANEL_HEIGHT = 8.5  # height of a panel, in text lines
PANEL_WIDTH = 9.5  # width of a panel, in the same unit

_SMALLEST_LABEL = 18.0  # height of a label, in pixels
_LABEL_SCALES = 1.0, 0.8, 0.64, 0.5  # all labels of a picture are smaller if they would cover something otherwise
_LABEL_OVERHANG = 1.3  # width of a label that is small enough, in widths of its face
_LONGEST_LINE = 0.3  # in longer sides of the picture

_MARGINS = 0.05, 0.1, 0.05, 0.12
"""How far a face extends beyond its box, as a fraction of it: left, above, right, below. The chin is below the box."""

Point = tuple[int, int]


@dataclass(frozen=True)
class Place:
    """Where a face is described, in pixels.

    label: the box of its label, at the face.
    panel: the box of its panel; None if there is no room for it.
    line: the end points of the line that joins the panel with the box of the face; None if it is next to it.
    """

    label: Box
    panel: Box | None = None
    line: tuple[Point, Point] | None = None


def min_line_height(size: tuple[int, int]) -> float:
    """Return the height in pixels of the smallest text line in a panel, in a picture of this width and height."""
    return max(13.0, max(size) / 100)


def line_height(size: tuple[int, int], box: Box) -> float:
    """Return the preferred height of a text line in pixels: a panel is as tall as its face, within sensible limits."""
    return float(np.clip(box[3] / PANEL_HEIGHT, min_line_height(size), max(size) / 28))


def arrange(size: tuple[int, int], boxes: Sequence[Box], label_widths: Sequence[float]) -> list[Place]:
    """Return where each face is described.

    size: width and height of the picture in pixels.
    boxes: of the faces.
    label_widths: the width of each label, in units of its height.
    A label is above or below its face, where it covers no other face and no other label if that is possible. A panel
    covers no face, no label and no other panel. It is next to its face if there is room, or else joined to it by a line
    that crosses none of these, or else it is left out.
    """
    labels = arrange_labels(size, boxes, label_widths)
    faces = [_with_margins(box) for box in boxes]
    places: list[Place] = [Place(label) for label in labels]
    taken = [*faces, *labels]
    for index, box in enumerate(boxes):
        if (panel := _panel_at_face(size, box, labels[index], taken)) is not None:
            places[index] = Place(labels[index], panel)
            taken.append(panel)
    for index, place in enumerate(places):
        if place.panel is None:
            places[index] = _panel_with_line(size, boxes, index, places, taken)
            if panel := places[index].panel:
                taken.append(panel)
    return places


def arrange_labels(size: tuple[int, int], boxes: Sequence[Box], label_widths: Sequence[float]) -> list[Box]:
    """Return the largest labels that cover no face and no other label, or the smallest, which cover the least.

    For the arguments see `arrange`.
    """
    for scale in _LABEL_SCALES:
        labels: list[Box] = []
        covered = 0
        for box, width in zip(boxes, label_widths, strict=True):
            largest = 1.5 * line_height(size, box)
            smallest = min(largest, max(_SMALLEST_LABEL, _LABEL_OVERHANG * box[2] / width))
            height = max(smallest, scale * largest)
            candidates = [_clip(size, label) for label in _label_candidates(box, round(width * height), round(height))]
            others = [*(other for other in boxes if other != box), *labels]
            cost = 4 * _common_areas(candidates, others).sum(axis=1) + _common_areas(candidates, [box])[:, 0]
            labels.append(candidates[int(np.argmin(cost))])
            covered += cost.min()
        if covered == 0:
            break
    return labels


def _label_candidates(box: Box, width: int, height: int) -> Iterator[Box]:
    x, y, box_width, box_height = box
    for top in (y - height, y + box_height, y, y + box_height - height):
        for left in (x, x + box_width - width, x + (box_width - width) // 2):
            yield left, top, width, height


def _panel_at_face(size: tuple[int, int], box: Box, label: Box, taken: Sequence[Box]) -> Box | None:
    """Return the largest free panel to the right or left of a face, below or above it."""
    for height in np.linspace(line_height(size, box), min_line_height(size), 5):
        candidates = [_clip(size, candidate) for candidate in _panel_candidates(box, label, height)]
        if candidates[0][2] > size[0] or candidates[0][3] > size[1]:
            continue
        free = _common_areas(candidates, taken).sum(axis=1) == 0
        if free.any():
            return candidates[int(np.argmax(free))]
    return None


def _panel_candidates(box: Box, label: Box, line: float) -> Iterator[Box]:
    """Yield positions beside a face, below and above it, each with two alignments."""
    width, height = round(PANEL_WIDTH * line), round(PANEL_HEIGHT * line)
    gap = max(2, round(0.3 * line))
    x, y, box_width, box_height = box
    left, top, face_width, face_height = _with_margins(box)
    for column in (left + face_width + gap, left - width - gap):
        yield column, y, width, height
        yield column, y + box_height - height, width, height
    bottom = max(top + face_height, label[1] + label[3])
    for row in (bottom + gap, min(top, label[1]) - height - gap):
        yield x, row, width, height
        yield x + box_width - width, row, width, height


def _panel_with_line(
    size: tuple[int, int], boxes: Sequence[Box], index: int, places: Sequence[Place], taken: Sequence[Box]
) -> Place:
    """Return the nearest free place for a small panel whose line to the face crosses nothing, if there is one."""
    label, box, line = places[index].label, boxes[index], min_line_height(size)
    width, height = round(PANEL_WIDTH * line), round(PANEL_HEIGHT * line)
    gap = round(0.3 * line)
    columns = np.arange(gap, size[0] - width - gap + 1, round(line))
    rows = np.arange(gap, size[1] - height - gap + 1, round(line))
    if not len(columns) or not len(rows):
        return places[index]
    x, y = (grid.ravel() for grid in np.meshgrid(columns, rows))
    around = np.stack([x - gap, y - gap, np.full_like(x, width + 2 * gap), np.full_like(x, height + 2 * gap)], axis=1)
    free = _common_areas(around, taken).sum(axis=1) == 0
    distances = np.hypot(
        np.maximum(0, np.maximum(box[0] - x - width, x - box[0] - box[2])),
        np.maximum(0, np.maximum(box[1] - y - height, y - box[1] - box[3])),
    )
    free &= distances <= _LONGEST_LINE * max(size)
    nearest = np.flatnonzero(free)[np.argsort(distances[free], kind="stable")]
    panels = [(int(x[i]), int(y[i]), width, height) for i in nearest]
    ends = [_nearest_points(panel, box) for panel in panels]
    others = [place for place in places if place.label != label]
    obstacles = [*(other for other in boxes if other != box), *(place.label for place in others)]
    obstacles += [place.panel for place in others if place.panel]
    lines = [place.line for place in others if place.line]
    possible = ~(_cross(ends, obstacles).any(axis=1) | _cross(lines, panels).any(axis=0))
    possible &= ~_cross_lines(ends, lines).any(axis=1)
    if not possible.any():
        return places[index]
    best = int(np.argmax(possible))
    return Place(label, panels[best], ends[best])


def _nearest_points(a: Box, b: Box) -> tuple[Point, Point]:
    """Return a point on the edge of each of two boxes that have nothing in common, as near as possible."""
    ends = []
    for start, length, other, other_length in ((a[0], a[2], b[0], b[2]), (a[1], a[3], b[1], b[3])):
        first, last = max(start, other), min(start + length, other + other_length)
        if first <= last:
            ends.append(((first + last) // 2,) * 2)
        else:
            ends.append((start + length, other) if start < other else (start, other + other_length))
    (a_x, b_x), (a_y, b_y) = ends
    return (a_x, a_y), (b_x, b_y)


def _cross(lines: Sequence[tuple[Point, Point]], boxes: Sequence[Box]) -> NDArray[np.bool_]:
    """Return which lines have points in common with which boxes, (lines, boxes).

    Source: Liang and Barsky, A new concept and method for line clipping (ACM Transactions on Graphics, 1984).
    """
    ends = np.array(lines, float).reshape(-1, 1, 2, 2)
    corners = np.array(boxes, float).reshape(1, -1, 4)
    enter, leave = np.zeros((ends.shape[0], corners.shape[1])), np.ones((ends.shape[0], corners.shape[1]))
    for axis in (0, 1):
        start, step = ends[:, :, 0, axis], ends[:, :, 1, axis] - ends[:, :, 0, axis]
        step = np.where(step == 0, 1e-9, step)
        low = (corners[..., axis] - start) / step
        high = (corners[..., axis] + corners[..., axis + 2] - start) / step
        enter = np.maximum(enter, np.minimum(low, high))
        leave = np.minimum(leave, np.maximum(low, high))
    return enter <= leave


def _cross_lines(a: Sequence[tuple[Point, Point]], b: Sequence[tuple[Point, Point]]) -> NDArray[np.bool_]:
    """Return which lines a (M) cross which lines b (N), (M, N): each has its ends on different sides of the other."""
    first, second = np.array(a, np.int64).reshape(-1, 1, 2, 2), np.array(b, np.int64).reshape(1, -1, 2, 2)

    def sides(line: NDArray, points: NDArray) -> NDArray[np.bool_]:
        along, to = line[:, :, 1:] - line[:, :, :1], points - line[:, :, :1]
        left = np.sign(along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0])
        return left[..., 0] * left[..., 1] <= 0

    return sides(first, second) & sides(second, first)


def _with_margins(box: Box) -> Box:
    x, y, width, height = box
    left, above, right, below = _MARGINS
    top, bottom = round(y - above * height), round(y + (1 + below) * height)
    start, end = round(x - left * width), round(x + (1 + right) * width)
    return start, top, end - start, bottom - top


def _clip(size: tuple[int, int], box: Box) -> Box:
    """Move a box into the picture."""
    x, y, width, height = box
    return max(0, min(x, size[0] - width)), max(0, min(y, size[1] - height)), width, height


def _common_areas(a: Sequence[Box] | NDArray, b: Sequence[Box]) -> NDArray[np.int64]:
    """Return the areas of the intersections of boxes a (M, 4) and b (N, 4) in pixels, (M, N)."""
    first, second = np.array(a, np.int64).reshape(-1, 1, 4), np.array(b, np.int64).reshape(1, -1, 4)
    width, height = (
        np.minimum(first[..., axis] + first[..., axis + 2], second[..., axis] + second[..., axis + 2])
        - np.maximum(first[..., axis], second[..., axis])
        for axis in (0, 1)
    )
    return np.maximum(width, 0) * np.maximum(height, 0)
