"""Curves and outlines as arrays of points."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(n, 2): x to the right and y downwards; a single point is (2,)."""

_CATMULL_ROM = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2


def smooth(points: Sequence[Sequence[float]] | Points, closed: bool = False, steps: int = 6) -> Points:
    """The smooth curve through points (n, 2), ``steps`` points for each (Catmull & Rom, 1974)."""
    points = np.asarray(points, float)
    if closed:
        padded = np.concatenate([points[-1:], points, points[:2]])
    else:
        padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    quadruples = padded[np.arange(len(padded) - 3)[:, None] + np.arange(4)]
    curve = (_weights(steps) @ quadruples).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, points[-1:]])


def ellipse(centre: Sequence[float] | Points, radius_x: float, radius_y: float) -> Points:
    """An ellipse as a polygon."""
    return np.asarray(centre, float) + _circle() * [radius_x, radius_y]


def shift(points: Points, x: float, y: float) -> Points:
    """Points, or one point, moved to the right and downwards."""
    return points + np.array([x, y])


@cache
def _weights(steps: int) -> NDArray[np.float64]:
    return (np.arange(steps) / steps)[:, None] ** np.arange(4) @ _CATMULL_ROM


@cache
def _circle() -> Points:
    angle = np.linspace(0.0, 2 * np.pi, 28, endpoint=False)
    return np.column_stack([np.cos(angle), np.sin(angle)])
