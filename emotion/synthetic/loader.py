"""Drawn faces as a data set, and the example pictures that come with the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.datasets.dataset import FaceDataset
from emotion.detection import crop_face
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.preprocessing import FACE_SIZE, resize_face
from emotion.synthetic.expression import random_expression
from emotion.synthetic.identity import Identity, random_identity
from emotion.synthetic.portrait import random_view
from emotion.synthetic.scene import BOX_SPREAD, Placement, draw_background, draw_scene, paint_person, photograph


def numbered_generator(seed: int, number: int) -> np.random.Generator:
    """The generator of one person or picture, by its number, of all drawn from ``seed``.

    Raises InputError for a negative seed.
    """
    if seed < 0:
        raise InputError(f"the seed of drawn faces is {seed}; it must be 0 or more")
    return np.random.default_rng([seed, number])


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


_SINGLE = ("happy", "surprise", "anger", "sadness", "disgust")
_TOGETHER = ("neutral", "fear", "happy", "contempt")
_SINGLE_SIZE = (320, 320)
_TOGETHER_SIZE = (520, 260)
_OVERSAMPLING = 3


def draw_examples(seed: int) -> dict[str, NDArray[np.uint8]]:
    """Pictures (H, W, 3) BGR by name: five of one face, each named for its emotion, and ``several`` with four.

    Raises InputError for a negative seed.
    """
    pictures = {}
    for index, emotion in enumerate(_SINGLE):
        pictures[emotion] = _draw(numbered_generator(seed, index), (emotion,), _SINGLE_SIZE)
    pictures["several"] = _draw(numbered_generator(seed, len(_SINGLE)), _TOGETHER, _TOGETHER_SIZE)
    return pictures


def _draw(rng: np.random.Generator, emotions: tuple[str, ...], size: tuple[int, int]) -> NDArray[np.uint8]:
    width, height = size
    large, _, _ = draw_scene(rng, emotions, (_OVERSAMPLING * width, _OVERSAMPLING * height))
    return cv2.resize(large, size, interpolation=cv2.INTER_AREA)  # finer lines, and less noise
