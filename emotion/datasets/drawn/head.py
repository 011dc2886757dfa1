"""The body under the face: shoulders, neck, ears and the lit skin of the head."""

from __future__ import annotations

import numpy as np

from emotion.datasets.drawn.canvas import Canvas
from emotion.datasets.drawn.curves import Points, ellipse, shift, smooth
from emotion.datasets.drawn.expression import Expression
from emotion.datasets.drawn.folds import skin_folds
from emotion.datasets.drawn.geometry import SIDES, FaceGeometry
from emotion.datasets.drawn.identity import Identity
from emotion.datasets.drawn.relief import shade, warm


def paint_shoulders(canvas: Canvas, identity: Identity, bottom: float) -> None:
    """Clothes down to ``bottom``, the neckline and the neck, with the shadow the chin casts on it."""
    half = [(0.45, 2.05), (0.75, 2.3), (1.5, 2.52), (2.05, 2.85), (2.3, 3.6), (2.4, bottom + 0.5)]
    torso = smooth([(-x, y) for x, y in half[::-1]] + half)
    canvas.fill(torso, identity.clothes)
    canvas.tint(ellipse((0.0, 2.5), 0.95, 0.45), 0.72, blur=0.22, within=torso)
    for side in SIDES:
        canvas.tint(ellipse((side * 2.3, 3.8), 0.6, 1.2), 0.72, blur=0.3, within=torso)
    neck_half = [(0.6, 0.9), (0.6, 1.9), (0.68, 2.18), (0.55, 2.42), (0.0, 2.62)]
    neck = smooth([(-x, y) for x, y in neck_half[:-1]] + neck_half[::-1], closed=True)
    canvas.stroke([neck[len(neck) // 5 : -len(neck) // 5]], 0.12, identity.clothes * 0.86)
    canvas.fill(neck, identity.skin * warm(0.8))
    canvas.tint(ellipse((0.0, 1.7), 0.75, 0.48), warm(0.6), blur=0.14, within=neck)
    for side in SIDES:
        canvas.tint(ellipse((side * 0.62, 1.9), 0.16, 0.7), warm(0.75), blur=0.1, within=neck)


def paint_ears(canvas: Canvas, identity: Identity) -> None:
    """Both ears, to be half covered by the head."""
    for side in SIDES:
        centre = np.array([side * 1.07 * identity.head_width, 0.18])
        canvas.fill(ellipse(centre, 0.15, 0.33), identity.skin * warm(0.84))
        canvas.tint(ellipse(shift(centre, side * 0.02, -0.02), 0.075, 0.2), warm(0.68), blur=0.04)


def paint_skin(
    canvas: Canvas, identity: Identity, expression: Expression, geometry: FaceGeometry, light: Points
) -> None:
    """The head without features: skin, blush, light and folds."""
    outline = geometry.outline
    window, mask = canvas.mask(outline)
    canvas.fill(outline, identity.skin)
    for cheek in geometry.cheeks:
        canvas.tint(ellipse(shift(cheek, 0.0, 0.05), 0.25, 0.2), np.array([0.86, 0.89, 1.0]), blur=0.14)
    canvas.tint(ellipse(geometry.nose_tip, 0.14, 0.12), np.array([0.88, 0.91, 1.0]), blur=0.07)
    brightness = shade(canvas.x[window[1]], canvas.y[window[0]], geometry, expression, light)
    canvas.multiply(window, mask, warm(np.maximum(brightness, 0.1)))
    for shine_x, shine_y, size in ((0.0, -0.85, 0.3), (-0.6, 0.42, 0.16), (0.6, 0.42, 0.16)):
        shine = ellipse(geometry.turn((shine_x, shine_y)), size, 0.7 * size)
        canvas.fill(shine, np.array([255, 255, 255]), 0.17, blur=0.13, within=outline)
    for eye in geometry.eyes:
        socket = np.concatenate([eye.hood, eye.lower[::-1]])
        canvas.tint(socket, warm(0.7), blur=0.09, within=outline)
    for fold in skin_folds(identity, expression, geometry):
        if fold.depth > 0.05:
            canvas.crease(fold.lines, fold.width, warm(1 - 0.55 * min(fold.depth, 1.0)), blur=0.022, within=outline)
