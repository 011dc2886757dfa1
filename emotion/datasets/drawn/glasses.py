"""Glasses."""

from __future__ import annotations

import numpy as np

from emotion.datasets.drawn.canvas import Canvas
from emotion.datasets.drawn.curves import shift, smooth
from emotion.datasets.drawn.geometry import FaceGeometry
from emotion.datasets.drawn.identity import Identity

_FRAME = np.array([34, 32, 40])
_GLARE = np.array([255, 255, 255])
_ROUNDNESS = {"round": 1.0, "square": 0.6}


def paint_glasses(canvas: Canvas, identity: Identity, geometry: FaceGeometry) -> None:
    """Thin-rimmed glasses with a faint reflection in each lens."""
    if identity.glasses == "none":
        return
    angle = np.linspace(0, 2 * np.pi, 33)
    x, y = np.cos(angle), np.sin(angle)
    power = _ROUNDNESS[identity.glasses]
    lens = np.column_stack([0.38 * np.sign(x) * np.abs(x) ** power, 0.3 * np.sign(y) * np.abs(y) ** power])
    frame = []
    for eye in geometry.eyes:
        middle = shift(eye.iris, 0, 0.05)
        canvas.stroke([middle + 0.8 * lens[12:19]], 0.04, _GLARE, 0.25, blur=0.02)
        temple = np.array([shift(middle, eye.side * 0.38, -0.02), (eye.side * 1.06 * identity.head_width, -0.04)])
        frame += [middle + lens, temple]
    left, right = (eye.iris for eye in geometry.eyes)
    frame.append(smooth([shift(left, 0.37, 0.03), shift((left + right) / 2, 0, -0.03), shift(right, -0.37, 0.03)]))
    canvas.stroke(frame, 0.034, _FRAME, 0.85)
