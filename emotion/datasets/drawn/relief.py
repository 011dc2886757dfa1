"""The head as a relief, lit from one side: what gives a flat drawing cheeks, a nose and eye sockets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.drawn.expression import Expression
from emotion.datasets.drawn.geometry import SIDES, FaceGeometry

_AMBIENT = 0.42
_WARMTH = np.array([1.25, 1.0, 0.8], np.float32)
"""Exponents by which shadow falls on blue, green and red: shadows on skin are warm."""


def warm(brightness: float | NDArray[np.float32]) -> NDArray[np.float32]:
    """The factors for blue, green and red, (3,) or (3, h, w), of skin that gets one share of the light, or (h, w)."""
    brightness = np.asarray(brightness, np.float32)
    return brightness ** _WARMTH.reshape(3, *[1] * brightness.ndim)


def shade(
    x: NDArray, y: NDArray, geometry: FaceGeometry, expression: Expression, light: NDArray
) -> NDArray[np.float32]:
    """How much light each point of the skin reflects, (len(y), len(x)), about 1 where it faces the light.

    x, y: the grid's coordinates in face units; light: unit vector towards the lamp (x right, y down, z to the viewer).
    The height is half an ellipsoid with a Gaussian bump for each part of the face; brightness is Lambert's cosine law
    on its normals, over an ambient share.
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
    """Centre x, y, radius x, y and height of each bump (hollow, where negative) on the head."""
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
