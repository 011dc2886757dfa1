"""A data set of drawn faces, and the example pictures of the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.cropping import crop_face
from emotion.datasets.dataset import FaceDataset
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.preprocessing import FACE_SIZE, resize_face
from emotion.synthetic.expression import random_expression
from emotion.synthetic.identity import Identity, random_identity
from emotion.synthetic.portrait import random_view
from emotion.synthetic.scene import BOX_SPREAD, Placement, draw_background, draw_scene, paint_person, photograph


def numbered_generator(seed: int, number: int) -> np.random.Generator:
    """Create the random generator of one person or picture from the seed and its number.

    Raises InputError for a negative seed.
    """
    if seed < 0:
        raise InputError(f"the seed of drawn faces is {seed}; it must be 0 or more")
    return np.random.default_rng([seed, number])


_SCALES = (20.0, 32.0)  # pixels between the pupils, which gives faces of 54 to 87 pixels
_PICTURE_SIDE = 3.2  # side of the picture drawn for one face, in face units


def load_drawn(
    identities: int, seed: int, size: int = FACE_SIZE, track: Callable[[Iterable[int]], Iterable[int]] = iter
) -> FaceDataset:
    """Draw ``identities`` people with all eight emotions each: 8 * identities faces, ordered by person.

    The faces are cropped as by the cascade, including the random deviations of its boxes. Each person is drawn with a
    generator that depends on the seed and the person's number. Therefore, the same seed gives the same faces, a larger
    number of identities only adds faces, and different seeds give different people (and subject names). The faces have
    the names ``drawn 0``, ``drawn 1``, ...

    size: height and width of the crops, in pixels.
    track: wraps the range of person numbers, to show progress.

    Raises InputError for fewer than one identity or a negative seed.
    """
    if identities < 1:
        raise InputError(f"the number of identities is {identities}; it must be at least 1")
    faces = np.empty((identities, len(EMOTIONS), size, size), np.uint8)
    for index in track(range(identities)):
        rng = numbered_generator(seed, index)
        identity = random_identity(rng)
        for label in range(len(EMOTIONS)):
            faces[index, label] = _draw_crop(identity, label, size, rng)
    names = [f"drawn-{seed}-{index:06d}" for index in range(identities)]
    return FaceDataset(
        "drawn faces",
        faces.reshape(-1, size, size),
        labels=np.tile(np.arange(len(EMOTIONS), dtype=np.int64), identities),
        subjects=np.repeat(names, len(EMOTIONS)),
        sequences=np.full(identities * len(EMOTIONS), ""),
        names=np.array([f"drawn {number}" for number in range(identities * len(EMOTIONS))], object),
    )


def _draw_crop(identity: Identity, label: int, size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    scale = rng.uniform(*_SCALES)
    side = round(_PICTURE_SIDE * scale)
    placement = Placement((side * 0.5, side * 0.43), scale)
    view = random_view(rng)
    picture = draw_background(rng, (side, side))
    paint_person(picture, placement, identity, random_expression(label, rng), view)
    gray = cv2.cvtColor(photograph(picture, rng), cv2.COLOR_BGR2GRAY)
    return resize_face(crop_face(gray, placement.face_box(view, tuple(rng.normal(0.0, BOX_SPREAD)))), size)


_SINGLE_FACES = ("happy", "surprise", "anger", "sadness", "disgust")
_SEVERAL_FACES = ("neutral", "fear", "happy", "contempt")
_SINGLE_SIZE = (320, 320)
_SEVERAL_SIZE = (520, 260)
_OVERSAMPLING = 3


def draw_examples(seed: int) -> dict[str, NDArray[np.uint8]]:
    """Draw the example pictures, (H, W, 3) BGR uint8.

    Returns them by name: five pictures of one face, named after its emotion, and ``several`` with four faces. Raises
    InputError for a negative seed.
    """
    pictures = {}
    for index, emotion in enumerate(_SINGLE_FACES):
        pictures[emotion] = _draw(numbered_generator(seed, index), (emotion,), _SINGLE_SIZE)
    pictures["several"] = _draw(numbered_generator(seed, len(_SINGLE_FACES)), _SEVERAL_FACES, _SEVERAL_SIZE)
    return pictures


def _draw(rng: np.random.Generator, emotions: tuple[str, ...], size: tuple[int, int]) -> NDArray[np.uint8]:
    width, height = size
    large, _, _ = draw_scene(rng, emotions, (_OVERSAMPLING * width, _OVERSAMPLING * height))
    return cv2.resize(large, size, interpolation=cv2.INTER_AREA)  # averaging smooths lines and reduces noise
