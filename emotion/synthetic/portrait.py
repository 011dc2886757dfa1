"""Portraits: one person with one expression on a transparent background."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emotion.synthetic.expression import Expression
from emotion.synthetic.features import paint_brows, paint_eyes, paint_glasses, paint_mouth, paint_nose
from emotion.synthetic.geometry import Turn, shape_face
from emotion.synthetic.hair import paint_beard, paint_hair_before, paint_hair_behind, paint_moustache
from emotion.synthetic.head import paint_ears, paint_shoulders, paint_skin
from emotion.synthetic.identity import Identity
from emotion.synthetic.raster import Raster

BUST = (-2.6, -2.4, 2.6, 3.6)
"""Left, top, right and bottom of head and shoulders, in face units."""


@dataclass(frozen=True)
class View:
    """How a person is viewed: turn of the head, roll in degrees, and the unit vector towards the light."""

    turn: Turn = field(default_factory=Turn)
    roll: float = 0.0
    light: tuple[float, float, float] = (-0.3, -0.42, 0.86)


def random_view(rng: np.random.Generator) -> View:
    """Draw a random, nearly frontal view, lit from above and slightly from one side."""
    light = np.array([rng.normal(0.0, 0.22), rng.uniform(-0.55, -0.25), 0.85])
    light /= np.linalg.norm(light)
    yaw, pitch = np.clip(rng.normal(0.0, (0.05, 0.03)), -0.12, 0.12)
    return View(Turn(float(yaw), float(pitch)), float(np.clip(rng.normal(0.0, 3.0), -8, 8)), tuple(light.tolist()))


def draw_face(
    identity: Identity,
    expression: Expression,
    view: View | None = None,
    scale: float = 60.0,
    extent: tuple[float, float, float, float] = BUST,
) -> NDArray[np.float32]:
    """Draw head and shoulders, upright, as premultiplied BGRA (H, W, 4) float32, 0 to 255.

    scale: pixels between the pupils.
    extent: visible region, in face units (see ``BUST``).
    The roll of the view is not applied here, but when the portrait is placed in a picture.
    """
    view = view or View()
    raster = Raster(extent, scale)
    geometry = shape_face(identity, expression, view.turn)
    paint_hair_behind(raster, identity)
    paint_shoulders(raster, identity, extent[3])
    paint_ears(raster, identity)
    paint_skin(raster, identity, expression, geometry, np.array(view.light))
    paint_nose(raster, geometry)
    paint_eyes(raster, identity, geometry)
    paint_beard(raster, identity, geometry)
    paint_moustache(raster, identity, geometry)
    paint_mouth(raster, identity, geometry)
    paint_brows(raster, identity, geometry)
    paint_glasses(raster, identity, geometry)
    paint_hair_before(raster, identity, geometry)
    pixels = np.moveaxis(raster.pixels, 0, -1)
    return np.minimum(pixels, pixels[..., 3:], order="C")  # highlights cannot exceed white
