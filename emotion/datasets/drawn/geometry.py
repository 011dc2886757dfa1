"""Where everything in a face lies, as the painters need it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion.datasets.drawn.curves import Points
from emotion.datasets.drawn.expression import LEFT, RIGHT

SIDES = (RIGHT, LEFT)


@dataclass(frozen=True)
class Turn:
    """How the head is turned off the camera, as the shift of its nearest point in face units."""

    yaw: float = 0.0
    pitch: float = 0.0

    def __call__(self, points: Points | tuple[float, float]) -> Points:
        """Shift points by how near they are: the outline stays, the middle of the face moves most."""
        points = np.asarray(points, float)
        nearness = np.sqrt(np.maximum(0.0, 1 - (points[..., 0] / 1.25) ** 2 - (points[..., 1] / 2.0) ** 2))
        return points + nearness[..., None] * np.array([self.yaw, self.pitch])


@dataclass(frozen=True)
class Eye:
    """The lids from the inner to the outer corner (n, 2) and the iris between them; ``hood``: the fold above."""

    side: int
    upper: Points
    lower: Points
    hood: Points
    iris: Points
    iris_radius: float

    @property
    def opening(self) -> Points:
        """The visible part of the eye, as a polygon."""
        return np.concatenate([self.upper, self.lower[::-1]])


@dataclass(frozen=True)
class Mouth:
    """Four lines from the left of the picture to the right, (n, 2) each: the lips' outer and inner edges.

    upper_teeth, lower_teeth: how much of them an open mouth shows, in face units.
    """

    upper_outer: Points
    upper_inner: Points
    lower_inner: Points
    lower_outer: Points
    upper_teeth: float
    lower_teeth: float

    @property
    def corners(self) -> tuple[Points, Points]:
        """The corner at the left of the picture and the one at the right."""
        return self.upper_inner[0], self.upper_inner[-1]


@dataclass(frozen=True)
class FaceGeometry:
    """All that moves, in face units; pairs are in the order of ``SIDES``."""

    turn: Turn
    outline: Points
    brows: tuple[Points, Points]
    eyes: tuple[Eye, Eye]
    cheeks: tuple[Points, Points]
    nose_tip: Points
    nose_wings: tuple[Points, Points]
    mouth: Mouth
    chin: Points
