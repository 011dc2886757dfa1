"""The geometry of a face: curves, and positions that depend on identity and action units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from emotion.synthetic.expression import LEFT, RIGHT, Expression
from emotion.synthetic.identity import Identity

Points = NDArray[np.float64]
"""Points (n, 2) with x to the right and y down; a single point is (2,)."""

_CATMULL_ROM = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2


def smooth(points: Sequence[Sequence[float]] | Points, closed: bool = False, steps: int = 6) -> Points:
    """Return a smooth curve through points (n, 2), with ``steps`` samples per point (Catmull & Rom, 1974)."""
    points = np.asarray(points, float)
    if closed:
        padded = np.concatenate([points[-1:], points, points[:2]])
    else:
        padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    quadruples = padded[np.arange(len(padded) - 3)[:, None] + np.arange(4)]
    curve = (_weights(steps) @ quadruples).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, points[-1:]])


def ellipse(centre: Sequence[float] | Points, radius_x: float, radius_y: float) -> Points:
    """Return an ellipse as a polygon."""
    return np.asarray(centre, float) + _circle() * [radius_x, radius_y]


def shift(points: Points, x: float, y: float) -> Points:
    """Return points, or one point, moved right by ``x`` and down by ``y``."""
    return points + np.array([x, y])


@cache
def _weights(steps: int) -> NDArray[np.float64]:
    return (np.arange(steps) / steps)[:, None] ** np.arange(4) @ _CATMULL_ROM


@cache
def _circle() -> Points:
    angle = np.linspace(0.0, 2 * np.pi, 28, endpoint=False)
    return np.column_stack([np.cos(angle), np.sin(angle)])


SIDES = (RIGHT, LEFT)


@dataclass(frozen=True)
class Turn:
    """The rotation of the head away from the camera, as the shift of its nearest point in face units."""

    yaw: float = 0.0
    pitch: float = 0.0

    def __call__(self, points: Points | tuple[float, float]) -> Points:
        """Shift points in proportion to their depth: the centre of the face moves most, the outline not at all."""
        points = np.asarray(points, float)
        depth = np.sqrt(np.maximum(0.0, 1 - (points[..., 0] / 1.25) ** 2 - (points[..., 1] / 2.0) ** 2))
        return points + depth[..., None] * np.array([self.yaw, self.pitch])


@dataclass(frozen=True)
class Eye:
    """The lids (n, 2) from the inner to the outer corner, the iris, and the fold above the upper lid (``hood``)."""

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
    """The outer and inner edges of the lips, four lines (n, 2) from left to right in the picture.

    upper_teeth, lower_teeth: visible height of the teeth in an open mouth, in face units.
    """

    upper_outer: Points
    upper_inner: Points
    lower_inner: Points
    lower_outer: Points
    upper_teeth: float
    lower_teeth: float

    @property
    def corners(self) -> tuple[Points, Points]:
        """The left and the right corner, as seen in the picture."""
        return self.upper_inner[0], self.upper_inner[-1]


@dataclass(frozen=True)
class FaceGeometry:
    """Positions of all movable features, in face units; pairs are in the order of ``SIDES``."""

    turn: Turn
    outline: Points
    brows: tuple[Points, Points]
    eyes: tuple[Eye, Eye]
    cheeks: tuple[Points, Points]
    nose_tip: Points
    nose_wings: tuple[Points, Points]
    mouth: Mouth
    chin: Points


_MOUTH_HEIGHT = 1.1


def shape_face(identity: Identity, expression: Expression, turn: Turn) -> FaceGeometry:
    """Compute the geometry of a person's face with the given expression."""
    jaw_drop = 0.3 * expression.mean(26)
    chin = turn((0.0, 1.85 * identity.chin_height - 0.2 + jaw_drop - 0.05 * expression.mean(17)))
    return FaceGeometry(
        turn=turn,
        outline=_outline(identity, jaw_drop),
        brows=tuple(_brow(identity, expression, turn, side) for side in SIDES),
        eyes=tuple(_eye(identity, expression, turn, side) for side in SIDES),
        cheeks=tuple(
            turn((side * 0.66, 0.58 - 0.12 * expression.unit(6, side) - 0.06 * expression.unit(12, side)))
            for side in SIDES
        ),
        nose_tip=_nose_tip(identity, expression, turn),
        nose_wings=tuple(_nose_wing(identity, expression, turn, side) for side in SIDES),
        mouth=_mouth(identity, expression, turn),
        chin=chin,
    )


def _outline(identity: Identity, jaw_drop: float) -> Points:
    chin = 1.85 * identity.chin_height + jaw_drop
    half = [
        (0.0, -1.62),
        (0.55, -1.5),
        (0.91, -1.1),
        (1.05, -0.5),
        (1.07, 0.15),
        (1.02 * (0.5 + 0.5 * identity.jaw_width), 0.72),
        (0.85 * identity.jaw_width, 1.25 + 0.4 * jaw_drop),
        (0.47 * identity.jaw_width, chin - 0.16),
        (0.0, chin),
    ]
    mirrored = [(-x, y) for x, y in half[-2:0:-1]]
    return smooth(np.array(half + mirrored) * [identity.head_width, 1.0], closed=True)


def _brow(identity: Identity, expression: Expression, turn: Turn, side: int) -> Points:
    inner_up, outer_up, lower = (expression.unit(number, side) for number in (1, 2, 4))
    wrinkle = expression.unit(9, side)
    inner_low = lower * (1 - 0.85 * inner_up)  # combined with unit 1, unit 4 pulls the brows together rather than down
    y = -0.36 - identity.brow_height
    inner = (
        0.22 - 0.07 * lower - 0.03 * wrinkle,
        y - 0.2 * inner_up + 0.19 * inner_low + 0.1 * wrinkle,
    )
    middle = (
        0.56 - 0.02 * lower,
        y - 0.1 * identity.brow_arch - 0.06 * inner_up - 0.16 * outer_up + 0.13 * inner_low + 0.07 * wrinkle,
    )
    outer = (0.86, y + 0.01 - 0.14 * outer_up + 0.03 * lower + 0.04 * inner_up * (1 - outer_up))
    return turn(smooth([inner, middle, outer]) * [side, 1.0])


def _eye(identity: Identity, expression: Expression, turn: Turn, side: int) -> Eye:
    raised, cheek, tight, wrinkle = (expression.unit(number, side) for number in (5, 6, 7, 9))
    tight *= 1 - 0.5 * raised
    inner_up, lower, smile = (expression.unit(number, side) for number in (1, 4, 12))
    size = identity.eye_size
    upper = max(0.05, 0.135 * size + 0.085 * raised - 0.045 * tight - 0.035 * cheek - 0.06 * wrinkle - 0.025 * lower)
    lower_lid = max(0.01, 0.085 * size + 0.02 * raised - 0.05 * tight - 0.06 * cheek - 0.05 * wrinkle - 0.015 * smile)
    u = np.linspace(-1.0, 1.0, 15)
    x = 0.25 * size * u
    base = -identity.eye_tilt * u + 0.01
    skew = 1 - 0.35 * u * inner_up * (1 - raised)  # a raised inner brow pulls up the inner part of the lid
    centre = np.array([0.5 * identity.eye_spacing, 0.0])
    peak = -upper * (1 - u**2) ** 0.75
    fold = peak * skew - 0.075 - 0.03 * raised + 0.035 * (lower + wrinkle) * (1 - inner_up)

    def lid(y: Points) -> Points:
        return turn((centre + np.column_stack([x, base + y])) * [side, 1.0])

    return Eye(
        side=side,
        upper=lid(peak * skew),
        lower=lid(lower_lid * (1 - u**2) ** 0.8),
        hood=lid(fold)[1:],
        iris=turn(centre * [side, 1.0] - [0.0, 0.02]),
        iris_radius=0.112,
    )


def _nose_tip(identity: Identity, expression: Expression, turn: Turn) -> Points:
    tip = np.array([0.0, 0.6 * identity.nose_length - 0.03 * expression.mean(9)])
    return tip + 1.25 * (turn(tip) - tip)  # the tip of the nose is nearest to the viewer, so it shifts most


def _nose_wing(identity: Identity, expression: Expression, turn: Turn, side: int) -> Points:
    x = 0.2 * identity.nose_width + 0.02 * expression.unit(12, side) + 0.03 * expression.unit(9, side)
    return turn((side * x, 0.68 * identity.nose_length - 0.08 * expression.unit(9, side)))


def _mouth(identity: Identity, expression: Expression, turn: Turn) -> Mouth:
    wrinkle, lower_down, chin_up, stretch, tight, part, jaw = (
        expression.mean(number) for number in (9, 16, 17, 20, 23, 25, 26)
    )
    smile = expression.mean(12)
    theta = np.linspace(0.0, np.pi, 33)
    t = -np.cos(theta)
    arch = np.sin(theta)
    half_width = 0.4 * identity.mouth_width - 0.05 * tight - 0.13 * jaw * (1 - stretch)
    seam_centre = _MOUTH_HEIGHT + 0.045 * smile - 0.06 * chin_up - 0.05 * wrinkle + 0.05 * jaw
    opening_up = 0.1 * jaw * (1 - stretch) + 0.04 * wrinkle + 0.05 * part * smile
    opening_down = 0.4 * jaw * (1 - 0.5 * stretch) + 0.13 * part + 0.09 * lower_down
    x, seam = np.empty_like(t), np.empty_like(t)
    for side in SIDES:
        half = t * side >= 0
        puller, dimpler, depressor, stretcher = (expression.unit(number, side) for number in (12, 14, 15, 20))
        depressor *= 1 - 0.35 * wrinkle
        reach = half_width + 0.14 * puller + 0.06 * dimpler + 0.15 * stretcher + 0.02 * depressor
        corner = _MOUTH_HEIGHT - 0.16 * puller - 0.08 * dimpler + 0.16 * depressor + 0.05 * stretcher + 0.15 * jaw
        x[half] = reach * t[half]
        seam[half] = corner + (seam_centre - corner) * (1 - np.abs(t[half]) ** 2)
    thinness = 1 - 0.55 * tight - 0.3 * stretch - 0.2 * smile - 0.1 * jaw
    fullness = identity.lip_fullness * max(thinness, 0.3)
    bow = arch**1.3 * (1 - 0.22 * np.exp(-((t / 0.16) ** 2)))
    upper_inner = seam - opening_up * arch
    lower_inner = seam + opening_down * arch
    lines = (
        upper_inner - 0.1 * fullness * bow,
        upper_inner,
        lower_inner,
        lower_inner + 0.13 * fullness * arch**1.1,
    )
    return Mouth(
        *(turn(np.column_stack([x, y])) for y in lines),
        upper_teeth=0.04 + 0.12 * smile + 0.05 * wrinkle + 0.06 * stretch,
        lower_teeth=0.06 * lower_down + 0.07 * stretch * jaw,
    )
