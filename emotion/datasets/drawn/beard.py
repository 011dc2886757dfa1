"""Beards and moustaches."""

from __future__ import annotations

import numpy as np

from emotion.datasets.drawn.canvas import Canvas
from emotion.datasets.drawn.curves import shift, smooth
from emotion.datasets.drawn.geometry import SIDES, FaceGeometry
from emotion.datasets.drawn.identity import Identity


def paint_beard(canvas: Canvas, identity: Identity, geometry: FaceGeometry) -> None:
    """A veil of the hair's colour over jaw and chin, thicker with its amount; the mouth is painted over it."""
    if identity.beard == 0:
        return
    outline, mouth = geometry.outline, geometry.mouth
    jaw = outline[outline[:, 1] > 0.35]
    cheeks = [shift(corner, side * 0.28, -0.12) for corner, side in zip(mouth.corners, SIDES, strict=True)]
    lip = shift(mouth.lower_outer[len(mouth.lower_outer) // 2], 0, 0.1)
    inner = smooth([jaw[-1], cheeks[0], lip, cheeks[1], jaw[0]])
    shape = np.concatenate([jaw, inner])
    canvas.fill(shape, identity.hair_colour * 0.8, 0.35 + 0.5 * identity.beard, blur=0.05, within=outline)


def paint_moustache(canvas: Canvas, identity: Identity, geometry: FaceGeometry) -> None:
    """A moustache from the nose to beyond both corners of the mouth."""
    if identity.moustache == 0:
        return
    mouth = geometry.mouth
    left, right = mouth.corners
    nose = shift(sum(geometry.nose_wings) / 2, 0, 0.17)
    upper = smooth(
        [
            shift(right, 0.1, 0.03),
            shift(0.8 * right + 0.2 * nose, 0, -0.07),
            nose,
            shift(0.8 * left + 0.2 * nose, 0, -0.07),
            shift(left, -0.1, 0.03),
        ]
    )
    shape = np.concatenate([mouth.upper_outer, upper])
    canvas.fill(shape, identity.hair_colour * 0.8, 0.4 + 0.5 * identity.moustache, blur=0.025)
