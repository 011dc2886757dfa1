"""The lines an expression and the years draw in the skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion.datasets.drawn.curves import Points, shift, smooth
from emotion.datasets.drawn.expression import Expression
from emotion.datasets.drawn.geometry import SIDES, FaceGeometry
from emotion.datasets.drawn.identity import Identity


@dataclass(frozen=True)
class Fold:
    """Lines (n, 2) each in the skin: ``depth`` 0 (none) to 1, ``width`` in face units."""

    lines: list[Points]
    depth: float
    width: float = 0.035


def skin_folds(identity: Identity, expression: Expression, geometry: FaceGeometry) -> list[Fold]:
    """All folds of a face; which unit makes which fold follows the FACS manual's appearance changes."""
    folds = [_forehead(identity, expression, geometry)]
    for index, side in enumerate(SIDES):
        folds += _eye_folds(identity, expression, geometry, index, side)
        folds += _mouth_folds(identity, expression, geometry, index, side)
    folds.append(_nose_wrinkles(expression, geometry))
    chin_x, chin_y = geometry.chin
    boss = smooth([(chin_x - 0.2, chin_y - 0.02), (chin_x, chin_y - 0.12), (chin_x + 0.2, chin_y - 0.02)])
    folds.append(Fold([boss], 0.45 * expression.mean(17)))
    return folds


def _forehead(identity: Identity, expression: Expression, geometry: FaceGeometry) -> Fold:
    raised = (expression.mean(1) + expression.mean(2)) / 2
    sad = expression.mean(1) * (1 - expression.mean(2))  # unit 1 alone wrinkles only the middle
    width = 0.62 - 0.3 * sad
    heights = -0.68 - 0.17 * np.arange(3) - 0.06 * raised
    lines = [
        geometry.turn(smooth([(-width, y), (-width / 2, y - 0.04), (0, y + 0.01), (width / 2, y - 0.04), (width, y)]))
        for y in heights
    ]
    return Fold(lines, 0.4 * raised + 0.18 * max(identity.age - 0.45, 0.0), 0.03)


def _eye_folds(identity: Identity, expression: Expression, geometry: FaceGeometry, index: int, side: int) -> list[Fold]:
    inner = geometry.brows[index][0]
    frown = smooth(
        [shift(inner, -side * 0.08, 0.12), shift(inner, -side * 0.1, 0.0), shift(inner, -side * 0.07, -0.13)]
    )
    eye = geometry.eyes[index]
    corner = eye.upper[-1]
    crow = [
        smooth([shift(corner, side * 0.1, y / 2), shift(corner, side * 0.2, y), shift(corner, side * 0.28, 1.6 * y)])
        for y in (-0.09, 0.0, 0.09)
    ]
    bag = shift(eye.lower[3:], 0.0, 0.075)
    cheek, tight = expression.unit(6, side), expression.unit(7, side)
    return [
        Fold([frown], 0.5 * expression.unit(4, side) * (1 - 0.4 * expression.unit(1, side))),
        Fold(crow, 0.55 * cheek + 0.25 * max(identity.age - 0.4, 0.0), 0.025),
        Fold([bag], 0.08 + 0.25 * identity.age + 0.4 * cheek + 0.25 * tight),
    ]


def _mouth_folds(
    identity: Identity, expression: Expression, geometry: FaceGeometry, index: int, side: int
) -> list[Fold]:
    puller, dimpler, depressor, wrinkle = (expression.unit(number, side) for number in (12, 14, 15, 9))
    corner = geometry.mouth.corners[index]
    wing = shift(geometry.nose_wings[index], side * 0.06, -0.06)
    end = shift(corner, side * (0.13 + 0.03 * puller), 0.02 + 0.08 * wrinkle)
    bulge = shift((wing + end) / 2, side * (0.06 + 0.05 * puller), -0.04)
    dimple = shift(corner, side * 0.09, 0.0)
    pit = smooth([shift(dimple, 0.0, -0.1), shift(dimple, side * 0.035, 0.0), shift(dimple, 0.0, 0.1)])
    droop = smooth(
        [shift(corner, side * 0.04, 0.02), shift(corner, side * 0.09, 0.14), shift(corner, side * 0.08, 0.26)]
    )
    return [
        Fold([smooth([wing, bulge, end])], 0.12 + 0.3 * identity.age + 0.5 * puller + 0.6 * wrinkle, 0.045),
        Fold([pit], 0.9 * dimpler, 0.045),
        Fold([droop], 0.55 * depressor + 0.15 * identity.age),
    ]


def _nose_wrinkles(expression: Expression, geometry: FaceGeometry) -> Fold:
    lines = [
        geometry.turn(smooth([(side * 0.05, y - 0.05), (side * 0.13, y), (side * 0.19, y + 0.09)]))
        for side in SIDES
        for y in (0.0, 0.1, 0.2)
    ]
    return Fold(lines, 0.42 * expression.mean(9), 0.025)
