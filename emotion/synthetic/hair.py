"""Painting of hair, beards and moustaches."""

from __future__ import annotations

import numpy as np

from emotion.synthetic.geometry import SIDES, FaceGeometry, Points, ellipse, shift, smooth
from emotion.synthetic.identity import Hair, Identity
from emotion.synthetic.raster import Raster

_SHINE = np.array([255, 255, 255])
_EARS_COVERED = 0.3
"""Hair that ends below this height covers the ears."""


def paint_hair_behind(raster: Raster, identity: Identity) -> None:
    """Paint the hair behind the head and neck."""
    if identity.hair is not None:
        mass = _curled(_outer_edge(identity.hair, identity.head_width), identity)
        raster.fill(mass, identity.hair_colour * 0.6, blur=0.012)


def paint_hair_before(raster: Raster, identity: Identity, geometry: FaceGeometry) -> None:
    """Paint the hair from the crown to the hairline, long hair also beside the face, and its shadow on the skin."""
    hair = identity.hair
    if hair is None:
        return
    inner = _inner_edge(hair, identity.head_width)
    shape = _curled(np.concatenate([_outer_edge(hair, identity.head_width), inner[::-1]]), identity)
    raster.crease([inner], 0.12, 0.68, blur=0.07, within=geometry.outline)
    raster.fill(shape, identity.hair_colour, blur=0.015)
    _paint_strands(raster, identity, shape)
    crown = shape[shape[:, 1] < hair.hairline + 0.1]
    raster.crease([crown], 0.2, 0.76, blur=0.13, within=shape)
    raster.fill(ellipse((-0.35, -1.38 - hair.top), 0.55, 0.14), _SHINE, 0.14, blur=0.14, within=shape)


def _outer_edge(hair: Hair, width: float) -> Points:
    """Return the outer edge: from the lower left end, over the top of the head, to the lower right end."""
    side = 1.08 + hair.side
    angle = np.linspace(np.pi, 0.0, 9)[1:-1]
    x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.75 * side
    y = -(1.62 + hair.top) * np.sin(angle) ** 0.9
    if hair.end > _EARS_COVERED:
        right = [(side + 0.03, 0.1), (side + 0.08, 0.6 * hair.end), (side - 0.02, hair.end), (0.85, hair.end + 0.1)]
    else:
        right = [(1.07, min(hair.end, -0.05))]
    return smooth([*_mirrored(right), *np.column_stack([x, y]), *right]) * [width, 1.0]


def _inner_edge(hair: Hair, width: float) -> Points:
    """Return the inner edge, from left to right: the hairline and, for long hair, its edges beside the face."""
    height, part = hair.hairline, hair.parting
    if hair.end > _EARS_COVERED:
        right = [(0.95, 0.3 * height), (0.96, 0.3), (0.86, 0.6 * hair.end + 0.25), (0.85, hair.end)]
    else:
        low = min(hair.end, -0.05)
        right = [(0.95, 0.3 * height), (1.0, low), (1.07, low)]
    top = [
        (-0.76, 0.75 * height + 0.12 * part),
        (0.45 * part, height - 0.1 * abs(part)),
        (0.76, 0.75 * height - 0.12 * part),
    ]
    return smooth([*_mirrored(right), *top, *right]) * [width, 1.0]


def _mirrored(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(-x, y) for x, y in reversed(points)]


def _curled(line: Points, identity: Identity) -> Points:
    """Add waves with random phases to an outline; the phases are fixed for a person."""
    phase = np.random.default_rng(identity.texture_seed).uniform(0, 2 * np.pi, 4)
    along = np.cumsum(np.linalg.norm(np.diff(line, axis=0, prepend=line[:1]), axis=1))[:, None]
    amplitude = np.array([0.02, *(identity.hair.curl * np.array([0.03, 0.025, 0.02]))])
    wave = np.sin(along * [4.0, 7.0, 11.0, 18.0] + phase) @ amplitude
    return line * (1 + wave / np.maximum(np.linalg.norm(line, axis=1), 0.5))[:, None]


def _paint_strands(raster: Raster, identity: Identity, within: Points) -> None:
    """Paint lighter and darker strands from the parting downwards."""
    hair = identity.hair
    rng = np.random.default_rng(identity.texture_seed)
    root = (0.5 * hair.parting, -1.62 - hair.top)
    end = max(hair.end, 0.0)
    for factor in (1.2, 0.78):
        ends = rng.uniform(-1.4, 1.4, 14)
        sway = rng.normal(0, 0.03 + 0.1 * hair.curl, (len(ends), 2))
        strands = [
            smooth([root, (x + bend, -1.15 + 0.25 * abs(x)), (x + swing, end)], steps=5)
            for x, (bend, swing) in zip(ends, sway, strict=True)
        ]
        raster.crease(strands, 0.05, factor, blur=0.02, within=within)


def paint_beard(raster: Raster, identity: Identity, geometry: FaceGeometry) -> None:
    """Paint a beard over jaw and chin, with an opacity that depends on its amount. Paint the mouth afterwards."""
    if identity.beard == 0:
        return
    outline, mouth = geometry.outline, geometry.mouth
    jaw = outline[outline[:, 1] > 0.35]
    cheeks = [shift(corner, side * 0.28, -0.12) for corner, side in zip(mouth.corners, SIDES, strict=True)]
    lip = shift(mouth.lower_outer[len(mouth.lower_outer) // 2], 0, 0.1)
    inner = smooth([jaw[-1], cheeks[0], lip, cheeks[1], jaw[0]])
    shape = np.concatenate([jaw, inner])
    raster.fill(shape, identity.hair_colour * 0.8, 0.35 + 0.5 * identity.beard, blur=0.05, within=outline)


def paint_moustache(raster: Raster, identity: Identity, geometry: FaceGeometry) -> None:
    """Paint a moustache from the nose to beyond the corners of the mouth."""
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
    raster.fill(shape, identity.hair_colour * 0.8, 0.4 + 0.5 * identity.moustache, blur=0.025)
