"""Painting of head and shoulders: the skin, shaded as a height map, and folds caused by expression and age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.synthetic.expression import Expression
from emotion.synthetic.geometry import SIDES, FaceGeometry, Points, ellipse, shift, smooth
from emotion.synthetic.identity import Identity
from emotion.synthetic.raster import Raster

_AMBIENT = 0.42
_WARMTH = np.array([1.25, 1.0, 0.8], np.float32)
"""Exponents of the brightness for blue, green and red, which make shadows on skin warm."""


def warm(brightness: float | NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the factors for blue, green and red, (3,) or (3, h, w), of skin with this brightness, () or (h, w)."""
    brightness = np.asarray(brightness, np.float32)
    return brightness ** _WARMTH.reshape(3, *[1] * brightness.ndim)


def shade(
    x: NDArray, y: NDArray, geometry: FaceGeometry, expression: Expression, light: NDArray
) -> NDArray[np.float32]:
    """Return the brightness of the skin, (len(y), len(x)), which is about 1 where it faces the light.

    x, y: coordinates of the grid, in face units.
    light: unit vector towards the light (x right, y down, z to the viewer).
    The skin is a height map: half an ellipsoid plus a Gaussian bump for each feature. The brightness follows Lambert's
    cosine law, plus ambient light.
    """
    middle = geometry.turn((0.0, 0.1))
    height = 1.25 - ((x - 0.4 * middle[0]) / 1.2)[None, :] ** 2 * 0.55 - ((y - 0.1) / 2.0)[:, None] ** 2 * 0.6
    height -= 0.5 * np.abs(x / 1.17)[None, :] ** 6
    height = height.astype(np.float32)
    for centre_x, centre_y, radius_x, radius_y, bump in _bumps(geometry, expression):
        across = np.exp(-(((x - centre_x) / radius_x) ** 2))
        down = np.exp(-(((y - centre_y) / radius_y) ** 2))
        height += np.float32(bump) * np.outer(down, across)
    slope_y, slope_x = np.gradient(height, y[1] - y[0])
    cosine = (light[2] - slope_x * light[0] - slope_y * light[1]) / np.sqrt(1 + slope_x**2 + slope_y**2)
    return _AMBIENT + (1 - _AMBIENT) * np.minimum(np.maximum(cosine, 0.0) / light[2], 1.12)


def _bumps(geometry: FaceGeometry, expression: Expression) -> list[tuple[float, float, float, float, float]]:
    """Return the bumps of the height map: centre x and y, radius x and y, and height (negative for hollows)."""
    tip_x, tip_y = geometry.nose_tip
    bridge_x, bridge_y = geometry.turn((0.0, 0.15))
    mouth_x, mouth_y = geometry.turn((0.0, 1.12))
    lip = geometry.mouth.lower_outer[len(geometry.mouth.lower_outer) // 2]
    chin_x, chin_y = geometry.chin
    bumps = [
        (bridge_x, bridge_y, 0.17, 0.4, 0.12),
        ((tip_x + bridge_x) / 2, tip_y - 0.2, 0.16, 0.24, 0.08),
        (tip_x, tip_y, 0.15, 0.13, 0.17),
        (mouth_x, mouth_y, 0.42, 0.32, 0.09),
        (lip[0], lip[1] + 0.09, 0.28, 0.07, -0.05),
        (chin_x, chin_y, 0.26, 0.16, 0.09 + 0.04 * expression.mean(17)),
    ]
    for index, side in enumerate(SIDES):
        eye_x, eye_y = geometry.eyes[index].iris
        brow_x, brow_y = geometry.brows[index].mean(axis=0)
        cheek_x, cheek_y = geometry.cheeks[index]
        wing_x, wing_y = geometry.nose_wings[index]
        bumps += [
            (eye_x - side * 0.04, eye_y - 0.02, 0.33, 0.22, -0.16),
            (eye_x, eye_y, 0.2, 0.14, 0.07),
            (brow_x, brow_y, 0.4, 0.1, 0.045),
            (cheek_x, cheek_y, 0.27, 0.2, 0.1 + 0.06 * expression.unit(6, side) + 0.03 * expression.unit(12, side)),
            (wing_x * 0.9, wing_y, 0.1, 0.08, 0.07),
        ]
    return bumps


@dataclass(frozen=True)
class Fold:
    """A fold of the skin: lines (n, 2), depth from 0 (none) to 1, and width in face units."""

    lines: list[Points]
    depth: float
    width: float = 0.035


def skin_folds(identity: Identity, expression: Expression, geometry: FaceGeometry) -> list[Fold]:
    """Return all folds of a face. Their relation to action units follows the appearance changes in the FACS manual."""
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
    sad = expression.mean(1) * (1 - expression.mean(2))  # unit 1 without unit 2 wrinkles only the middle
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


def paint_shoulders(raster: Raster, identity: Identity, bottom: float) -> None:
    """Paint clothes down to ``bottom``, the neckline, and the neck with the shadow of the chin."""
    half = [(0.45, 2.05), (0.75, 2.3), (1.5, 2.52), (2.05, 2.85), (2.3, 3.6), (2.4, bottom + 0.5)]
    torso = smooth([(-x, y) for x, y in half[::-1]] + half)
    raster.fill(torso, identity.clothes)
    raster.tint(ellipse((0.0, 2.5), 0.95, 0.45), 0.72, blur=0.22, within=torso)
    for side in SIDES:
        raster.tint(ellipse((side * 2.3, 3.8), 0.6, 1.2), 0.72, blur=0.3, within=torso)
    neck_half = [(0.6, 0.9), (0.6, 1.9), (0.68, 2.18), (0.55, 2.42), (0.0, 2.62)]
    neck = smooth([(-x, y) for x, y in neck_half[:-1]] + neck_half[::-1], closed=True)
    raster.stroke([neck[len(neck) // 5 : -len(neck) // 5]], 0.12, identity.clothes * 0.86)
    raster.fill(neck, identity.skin * warm(0.8))
    raster.tint(ellipse((0.0, 1.7), 0.75, 0.48), warm(0.6), blur=0.14, within=neck)
    for side in SIDES:
        raster.tint(ellipse((side * 0.62, 1.9), 0.16, 0.7), warm(0.75), blur=0.1, within=neck)


def paint_ears(raster: Raster, identity: Identity) -> None:
    """Paint both ears; the head, painted later, covers half of them."""
    for side in SIDES:
        centre = np.array([side * 1.07 * identity.head_width, 0.18])
        raster.fill(ellipse(centre, 0.15, 0.33), identity.skin * warm(0.84))
        raster.tint(ellipse(shift(centre, side * 0.02, -0.02), 0.075, 0.2), warm(0.68), blur=0.04)


def paint_skin(
    raster: Raster, identity: Identity, expression: Expression, geometry: FaceGeometry, light: Points
) -> None:
    """Paint the head without features: skin, blush, shading and folds."""
    outline = geometry.outline
    window, mask = raster.mask(outline)
    raster.fill(outline, identity.skin)
    for cheek in geometry.cheeks:
        raster.tint(ellipse(shift(cheek, 0.0, 0.05), 0.25, 0.2), np.array([0.86, 0.89, 1.0]), blur=0.14)
    raster.tint(ellipse(geometry.nose_tip, 0.14, 0.12), np.array([0.88, 0.91, 1.0]), blur=0.07)
    brightness = shade(raster.x[window[1]], raster.y[window[0]], geometry, expression, light)
    raster.multiply(window, mask, warm(np.maximum(brightness, 0.1)))
    for shine_x, shine_y, size in ((0.0, -0.85, 0.3), (-0.6, 0.42, 0.16), (0.6, 0.42, 0.16)):
        shine = ellipse(geometry.turn((shine_x, shine_y)), size, 0.7 * size)
        raster.fill(shine, np.array([255, 255, 255]), 0.17, blur=0.13, within=outline)
    for eye in geometry.eyes:
        socket = np.concatenate([eye.hood, eye.lower[::-1]])
        raster.tint(socket, warm(0.7), blur=0.09, within=outline)
    for fold in skin_folds(identity, expression, geometry):
        if fold.depth > 0.05:
            raster.crease(fold.lines, fold.width, warm(1 - 0.55 * min(fold.depth, 1.0)), blur=0.022, within=outline)
