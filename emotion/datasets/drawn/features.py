"""Brows, eyes, nose and mouth, painted from their geometry."""

from __future__ import annotations

import numpy as np

from emotion.datasets.drawn.canvas import Canvas
from emotion.datasets.drawn.curves import ellipse, shift, smooth
from emotion.datasets.drawn.geometry import SIDES, Eye, FaceGeometry
from emotion.datasets.drawn.identity import Identity
from emotion.datasets.drawn.relief import warm

_SCLERA = np.array([226, 230, 234])
_TEETH = np.array([214, 230, 238])
_TONGUE = np.array([84, 76, 158])
_CAVITY = np.array([26, 20, 52])
_LASH = np.array([22, 24, 32])
_WHITE = np.array([255, 255, 255])
_PARTED = 0.03  # lips nearer to each other than this are drawn closed


def paint_brows(canvas: Canvas, identity: Identity, geometry: FaceGeometry) -> None:
    """Brows, thick at the nose and thin at the temple, darker than the hair."""
    colour = identity.hair_colour * 0.68
    for brow in geometry.brows:
        taper = np.interp(np.linspace(0, 1, len(brow)), [0.0, 0.1, 0.45, 1.0], [0.7, 1.0, 0.9, 0.2])
        thickness = np.column_stack([np.zeros(len(brow)), 0.055 * identity.brow_thickness * taper])
        canvas.fill(np.concatenate([brow - thickness, (brow + thickness)[::-1]]), colour, 0.85, blur=0.018)


def paint_eyes(canvas: Canvas, identity: Identity, geometry: FaceGeometry) -> None:
    """Both eyes: white, iris, pupil, the light in it, lids and lashes."""
    for eye in geometry.eyes:
        _paint_eye(canvas, identity, eye)


def _paint_eye(canvas: Canvas, identity: Identity, eye: Eye) -> None:
    opening = eye.opening
    radius = eye.iris_radius
    canvas.fill(opening, _SCLERA * (0.74 + 0.22 * identity.skin.mean() / 220))
    canvas.fill(ellipse(eye.iris, radius, radius), identity.iris * 0.55, within=opening)
    canvas.fill(
        ellipse(shift(eye.iris, 0, 0.01), radius * 0.78, radius * 0.78), identity.iris, blur=0.015, within=opening
    )
    canvas.fill(ellipse(eye.iris, radius * 0.42, radius * 0.42), _LASH * 0.6, within=opening)
    canvas.crease([shift(eye.upper, 0, 0.025)], 0.06, 0.55, blur=0.02, within=opening)
    spark = shift(eye.iris, -0.035, -0.045)
    canvas.fill(ellipse(spark, 0.026, 0.026), _WHITE, 0.9, within=opening)
    canvas.crease([eye.hood], 0.03, warm(0.62), blur=0.015)
    canvas.crease([eye.lower], 0.025, warm(0.66), blur=0.008)
    canvas.stroke([eye.upper], 0.028 + 0.03 * identity.lashes, _LASH, 0.85, blur=0.006)
    if identity.lashes > 0.4:
        corner = eye.upper[-1]
        canvas.stroke([np.array([corner, shift(corner, eye.side * 0.05, -0.035)])], 0.03, _LASH, 0.7)


def paint_nose(canvas: Canvas, geometry: FaceGeometry) -> None:
    """The shadow under the nose, its nostrils and wings, and the light on its ridge."""
    tip = geometry.nose_tip
    left, right = geometry.nose_wings
    base = (left + right) / 2
    canvas.tint(ellipse(shift(base, 0, 0.09), 0.24, 0.06), warm(0.74), blur=0.05)
    for side, wing in zip(SIDES, (left, right), strict=True):
        nostril = shift(base * 0.45 + wing * 0.55, 0, 0.035)
        canvas.tint(ellipse(nostril, 0.06, 0.026), warm(0.32), blur=0.014)
        edge = [shift(wing, -side * 0.02, -0.09), shift(wing, side * 0.03, -0.01), shift(wing, -side * 0.035, 0.055)]
        canvas.crease([smooth(edge)], 0.03, warm(0.66), blur=0.015)
    canvas.fill(ellipse(shift(tip, 0, -0.03), 0.05, 0.04), _WHITE, 0.22, blur=0.03)
    ridge = np.array([geometry.turn((0.0, 0.1)), shift(tip, 0, -0.1)])
    canvas.stroke([ridge], 0.06, _WHITE, 0.16, blur=0.035)


def paint_mouth(canvas: Canvas, identity: Identity, geometry: FaceGeometry) -> None:
    """Teeth and tongue in the opening, then the lips, their parting line and the shadow below."""
    mouth = geometry.mouth
    middle = len(mouth.upper_inner) // 2
    inside = np.concatenate([mouth.upper_inner, mouth.lower_inner[::-1]])
    top, bottom = mouth.upper_inner[middle], mouth.lower_inner[middle]
    gap = bottom[1] - top[1]
    below = mouth.lower_outer[middle]
    canvas.tint(ellipse(shift(below, 0, 0.05), 0.22, 0.04), warm(0.72), blur=0.045)
    if gap > _PARTED:
        canvas.fill(inside, _CAVITY)
        canvas.fill(ellipse(shift(bottom, 0, 0.05), 0.24, 0.32 * gap), _TONGUE, 0.8, blur=0.03, within=inside)
        for lip, height in ((mouth.upper_inner, mouth.upper_teeth), (mouth.lower_inner, -mouth.lower_teeth)):
            canvas.fill(np.concatenate([lip, shift(lip[::-1], 0, height)]), _TEETH, 0.95, blur=0.008, within=inside)
        canvas.crease([shift(mouth.upper_inner, 0, 0.015)], 0.05, 0.6, blur=0.02, within=inside)
    redness = np.array([0.74, 0.66, 0.94]) ** (0.8 + 0.9 * identity.lip_colour)
    upper = np.concatenate([mouth.upper_outer, mouth.upper_inner[::-1]])
    lower = np.concatenate([mouth.lower_inner, mouth.lower_outer[::-1]])
    canvas.tint(upper, redness * 0.84, blur=0.012)
    canvas.tint(lower, redness, blur=0.012)
    shine = (mouth.lower_inner + mouth.lower_outer)[middle - 6 : middle + 7] / 2
    canvas.stroke([shine], 0.03, _WHITE, 0.22, blur=0.025)
    lines = [mouth.upper_inner] if gap <= _PARTED else [mouth.upper_inner, mouth.lower_inner]
    canvas.crease(lines, 0.032, warm(0.4), blur=0.01)
    for corner in mouth.corners:
        canvas.tint(ellipse(corner, 0.035, 0.025), warm(0.62), blur=0.025)
