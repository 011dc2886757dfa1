"""Painting of brows, eyes, nose, mouth and glasses."""

from __future__ import annotations

import numpy as np

from emotion.synthetic.geometry import SIDES, Eye, FaceGeometry, ellipse, shift, smooth
from emotion.synthetic.head import warm
from emotion.synthetic.identity import Identity
from emotion.synthetic.raster import Raster

_SCLERA = np.array([226, 230, 234])
_TEETH = np.array([214, 230, 238])
_TONGUE = np.array([84, 76, 158])
_CAVITY = np.array([26, 20, 52])
_LASH = np.array([22, 24, 32])
_WHITE = np.array([255, 255, 255])
_PARTED = 0.03  # a mouth with a smaller gap between the lips is drawn closed


def paint_brows(raster: Raster, identity: Identity, geometry: FaceGeometry) -> None:
    """Paint the brows, which are darker than the hair and taper towards the temples."""
    colour = identity.hair_colour * 0.68
    for brow in geometry.brows:
        taper = np.interp(np.linspace(0, 1, len(brow)), [0.0, 0.1, 0.45, 1.0], [0.7, 1.0, 0.9, 0.2])
        thickness = np.column_stack([np.zeros(len(brow)), 0.055 * identity.brow_thickness * taper])
        raster.fill(np.concatenate([brow - thickness, (brow + thickness)[::-1]]), colour, 0.85, blur=0.018)


def paint_eyes(raster: Raster, identity: Identity, geometry: FaceGeometry) -> None:
    """Paint both eyes: sclera, iris, pupil, highlight, lids and lashes."""
    for eye in geometry.eyes:
        _paint_eye(raster, identity, eye)


def _paint_eye(raster: Raster, identity: Identity, eye: Eye) -> None:
    opening = eye.opening
    radius = eye.iris_radius
    raster.fill(opening, _SCLERA * (0.74 + 0.22 * identity.skin.mean() / 220))
    raster.fill(ellipse(eye.iris, radius, radius), identity.iris * 0.55, within=opening)
    raster.fill(
        ellipse(shift(eye.iris, 0, 0.01), radius * 0.78, radius * 0.78), identity.iris, blur=0.015, within=opening
    )
    raster.fill(ellipse(eye.iris, radius * 0.42, radius * 0.42), _LASH * 0.6, within=opening)
    raster.crease([shift(eye.upper, 0, 0.025)], 0.06, 0.55, blur=0.02, within=opening)
    highlight = shift(eye.iris, -0.035, -0.045)
    raster.fill(ellipse(highlight, 0.026, 0.026), _WHITE, 0.9, within=opening)
    raster.crease([eye.hood], 0.03, warm(0.62), blur=0.015)
    raster.crease([eye.lower], 0.025, warm(0.66), blur=0.008)
    raster.stroke([eye.upper], 0.028 + 0.03 * identity.lashes, _LASH, 0.85, blur=0.006)
    if identity.lashes > 0.4:
        corner = eye.upper[-1]
        raster.stroke([np.array([corner, shift(corner, eye.side * 0.05, -0.035)])], 0.03, _LASH, 0.7)


def paint_nose(raster: Raster, geometry: FaceGeometry) -> None:
    """Paint the nose: the shadow below it, nostrils, wings, and highlights on tip and ridge."""
    tip = geometry.nose_tip
    left, right = geometry.nose_wings
    base = (left + right) / 2
    raster.tint(ellipse(shift(base, 0, 0.09), 0.24, 0.06), warm(0.74), blur=0.05)
    for side, wing in zip(SIDES, (left, right), strict=True):
        nostril = shift(base * 0.45 + wing * 0.55, 0, 0.035)
        raster.tint(ellipse(nostril, 0.06, 0.026), warm(0.32), blur=0.014)
        edge = [shift(wing, -side * 0.02, -0.09), shift(wing, side * 0.03, -0.01), shift(wing, -side * 0.035, 0.055)]
        raster.crease([smooth(edge)], 0.03, warm(0.66), blur=0.015)
    raster.fill(ellipse(shift(tip, 0, -0.03), 0.05, 0.04), _WHITE, 0.22, blur=0.03)
    ridge = np.array([geometry.turn((0.0, 0.1)), shift(tip, 0, -0.1)])
    raster.stroke([ridge], 0.06, _WHITE, 0.16, blur=0.035)


def paint_mouth(raster: Raster, identity: Identity, geometry: FaceGeometry) -> None:
    """Paint the mouth: the shadow below it, teeth and tongue if it is open, and the lips with their parting line."""
    mouth = geometry.mouth
    middle = len(mouth.upper_inner) // 2
    inside = np.concatenate([mouth.upper_inner, mouth.lower_inner[::-1]])
    top, bottom = mouth.upper_inner[middle], mouth.lower_inner[middle]
    gap = bottom[1] - top[1]
    below = mouth.lower_outer[middle]
    raster.tint(ellipse(shift(below, 0, 0.05), 0.22, 0.04), warm(0.72), blur=0.045)
    if gap > _PARTED:
        raster.fill(inside, _CAVITY)
        raster.fill(ellipse(shift(bottom, 0, 0.05), 0.24, 0.32 * gap), _TONGUE, 0.8, blur=0.03, within=inside)
        for lip, height in ((mouth.upper_inner, mouth.upper_teeth), (mouth.lower_inner, -mouth.lower_teeth)):
            raster.fill(np.concatenate([lip, shift(lip[::-1], 0, height)]), _TEETH, 0.95, blur=0.008, within=inside)
        raster.crease([shift(mouth.upper_inner, 0, 0.015)], 0.05, 0.6, blur=0.02, within=inside)
    redness = np.array([0.74, 0.66, 0.94]) ** (0.8 + 0.9 * identity.lip_colour)
    upper = np.concatenate([mouth.upper_outer, mouth.upper_inner[::-1]])
    lower = np.concatenate([mouth.lower_inner, mouth.lower_outer[::-1]])
    raster.tint(upper, redness * 0.84, blur=0.012)
    raster.tint(lower, redness, blur=0.012)
    shine = (mouth.lower_inner + mouth.lower_outer)[middle - 6 : middle + 7] / 2
    raster.stroke([shine], 0.03, _WHITE, 0.22, blur=0.025)
    lines = [mouth.upper_inner] if gap <= _PARTED else [mouth.upper_inner, mouth.lower_inner]
    raster.crease(lines, 0.032, warm(0.4), blur=0.01)
    for corner in mouth.corners:
        raster.tint(ellipse(corner, 0.035, 0.025), warm(0.62), blur=0.025)


_FRAME = np.array([34, 32, 40])
_GLARE = np.array([255, 255, 255])
_ROUNDNESS = {"round": 1.0, "square": 0.6}


def paint_glasses(raster: Raster, identity: Identity, geometry: FaceGeometry) -> None:
    """Paint thin-rimmed glasses with a faint reflection in each lens, if the person wears any."""
    if identity.glasses == "none":
        return
    angle = np.linspace(0, 2 * np.pi, 33)
    x, y = np.cos(angle), np.sin(angle)
    power = _ROUNDNESS[identity.glasses]
    lens = np.column_stack([0.38 * np.sign(x) * np.abs(x) ** power, 0.3 * np.sign(y) * np.abs(y) ** power])
    frame = []
    for eye in geometry.eyes:
        middle = shift(eye.iris, 0, 0.05)
        raster.stroke([middle + 0.8 * lens[12:19]], 0.04, _GLARE, 0.25, blur=0.02)
        temple = np.array([shift(middle, eye.side * 0.38, -0.02), (eye.side * 1.06 * identity.head_width, -0.04)])
        frame += [middle + lens, temple]
    left, right = (eye.iris for eye in geometry.eyes)
    frame.append(smooth([shift(left, 0.37, 0.03), shift((left + right) / 2, 0, -0.03), shift(right, -0.37, 0.03)]))
    raster.stroke(frame, 0.034, _FRAME, 0.85)
