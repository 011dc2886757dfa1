"""Drawn faces as a data set: the one that is there when no other is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.datasets.dataset import FaceDataset
from emotion.datasets.drawn.background import draw_background, photograph
from emotion.datasets.drawn.expression import random_expression
from emotion.datasets.drawn.identity import Identity, random_identity
from emotion.datasets.drawn.portrait import random_view
from emotion.datasets.drawn.scene import BOX_SPREAD, Placement, paint_person
from emotion.datasets.drawn.seeds import numbered_generator
from emotion.errors import InputError
from emotion.faces import crop_face
from emotion.labels import EMOTIONS
from emotion.preprocessing import FACE_SIZE, resize_face

_SCALES = (20.0, 32.0)  # pixels between the pupils: a face of 54 to 87 pixels
_SURROUNDINGS = 3.2  # side of the picture drawn for one face, in face units


def load_drawn(identities: int, seed: int, track: Callable[[Iterable[int]], Iterable[int]] = iter) -> FaceDataset:
    """Draw ``identities`` people, each with all eight emotions: 8 * identities faces, person after person.

    The faces are cropped as the cascade would frame them, with the spread its boxes have. A subject's name is made of
    the seed and the number of the person, and so is the generator each person is drawn from: the same seed gives the
    same faces, a larger number of identities only adds to them, and two seeds share nobody.
    track: hands the people's numbers on, to show how far it is. Raises InputError for fewer than one identity, or a
    negative seed.
    """
    if identities < 1:
        raise InputError(f"{identities} identities cannot be drawn; ask for at least 1")
    faces = np.empty((identities, len(EMOTIONS), FACE_SIZE, FACE_SIZE), np.uint8)
    for index in track(range(identities)):
        rng = numbered_generator(seed, index)
        identity = random_identity(rng)
        for label in range(len(EMOTIONS)):
            faces[index, label] = _draw_crop(identity, label, rng)
    names = [f"drawn-{seed}-{index:06d}" for index in range(identities)]
    return FaceDataset(
        "drawn faces",
        faces.reshape(-1, FACE_SIZE, FACE_SIZE),
        labels=np.tile(np.arange(len(EMOTIONS), dtype=np.int64), identities),
        subjects=np.repeat(names, len(EMOTIONS)),
        sequences=np.full(identities * len(EMOTIONS), ""),
    )


def _draw_crop(identity: Identity, label: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    scale = rng.uniform(*_SCALES)
    side = round(_SURROUNDINGS * scale)
    placement = Placement((side * 0.5, side * 0.43), scale)
    view = random_view(rng)
    picture = draw_background(rng, (side, side))
    paint_person(picture, placement, identity, random_expression(label, rng), view)
    gray = cv2.cvtColor(photograph(picture, rng), cv2.COLOR_BGR2GRAY)
    return resize_face(crop_face(gray, placement.face_box(view, tuple(rng.normal(0.0, BOX_SPREAD)))))
