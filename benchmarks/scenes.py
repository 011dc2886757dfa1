"""Pictures with a face of a data set in them, and drawn patterns without a face."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.options import at_least, positive
from emotion.cli.options import DRAWN, add_data_options
from emotion.cropping import crop_face
from emotion.detection import find_faces
from emotion.synthetic.non_faces import draw_noise, draw_shapes, draw_waves
from emotion.synthetic.scene import draw_background

Picture = NDArray[np.uint8]

SIZE = 400, 300
"""Width and height of the pictures."""

_FACE_SIDES = 90, 180
_SEAM = 0.06  # of the face's side, over which it turns into the background

PATTERNS: dict[str, Callable[[np.random.Generator], Picture]] = {
    "noise": draw_noise,
    "shapes": draw_shapes,
    "waves": draw_waves,
}


def parser(program: str, description: str, pictures: int) -> argparse.ArgumentParser:
    """Create a parser with options for the faces, the number of pictures, the weights and the seed.

    program: the module name, as in ``python -m PROGRAM``.
    pictures: their number by default.
    """
    options = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    options.add_argument("--data", nargs="+", default=[DRAWN], metavar="PATH", help="faces (default: drawn)")
    options.add_argument(
        "--pictures", type=positive, default=pictures, help=f"pictures of each kind (default: {pictures})"
    )
    options.add_argument("--weights", metavar="FILE", help="weights to measure (default: the included ones)")
    options.add_argument("--seed", type=at_least(0), default=0, help="seed of the pictures (default: 0)")
    add_data_options(options)
    return options


def picture_of(face: Picture, rng: np.random.Generator) -> Picture:
    """Put a face (S, S) somewhere into a drawn background, (H, W)."""
    side = int(rng.integers(*_FACE_SIDES))
    left, top = (int(rng.integers(0, length - side)) for length in SIZE)
    distance = np.minimum(np.arange(side), np.arange(side)[::-1]) + 0.5
    opacity = np.clip(np.minimum.outer(distance, distance) / (_SEAM * side), 0, 1)
    picture = draw_background(rng, SIZE).mean(axis=2)
    region = picture[top : top + side, left : left + side]
    region += opacity * (cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC) - region)
    return np.clip(picture, 0, 255).astype(np.uint8)


def crops_of(picture: Picture) -> list[Picture]:
    """Return the whole picture as a crop, and what the cascade takes for faces at any score."""
    return [picture, *(crop_face(picture, found.box) for found in find_faces(picture, min_score=0.0))]
