"""Explain an answer: which parts of a face support an emotion."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.checks import check_crop
from emotion.cropping import crop_face
from emotion.face import Face
from emotion.labels import emotion_index
from emotion.networks import explained_layer
from emotion.pictures import to_gray
from emotion.preprocessing import prepare_faces
from emotion.recognizer import EmotionRecognizer
from npcnn import class_activation_map, use_backend


def explain(recognizer: EmotionRecognizer, face: NDArray[np.uint8], emotion: str | None = None) -> NDArray[np.float32]:
    """Return a heat map over a face, (S, S) float32, where S is the input size: 1 speaks most for the emotion, 0 not.

    face: a gray uint8 crop (H, W) of any size, framed as by `emotion.cropping.crop_face`.
    emotion: any spelling that `emotion.labels.emotion_index` knows; None takes the most probable one.

    Like the answer, the map is the mean of those for the face and its mirror image; see
    `npcnn.class_activation_map` for the method. It shows what this network used, which need not be what the emotion
    looks like, and is as coarse as the layer that it comes from. If no position supports the emotion, the map is 0
    throughout. The network is not changed, and may be used by other threads. Raises InputError for an unknown emotion,
    or if the face is not such a crop.
    """
    check_crop(0, face)
    label = recognizer.classify([face])[0].argmax() if emotion is None else emotion_index(emotion)
    x = prepare_faces([face], recognizer.metadata.input_size)
    both = np.concatenate([x, x[..., ::-1]])
    layer = explained_layer(recognizer.metadata.network)
    with use_backend("reference"):  # one face is done before the compiler would be loaded
        of_face, of_mirror_image = class_activation_map(recognizer.network, both, np.array([label, label]), layer)
    heat = np.maximum(of_face + of_mirror_image[:, ::-1], 0)
    heat = cv2.resize(heat, x.shape[2:], interpolation=cv2.INTER_LINEAR)
    return heat / heat.max() if heat.max() > 0 else heat


def explain_faces(recognizer: EmotionRecognizer, picture: NDArray, faces: Iterable[Face]) -> list[NDArray[np.float32]]:
    """Return the heat map of each face of a picture, for its emotion.

    picture: what the faces were found in, as `emotion.pictures.to_gray` accepts it.
    """
    gray = to_gray(picture)
    return [explain(recognizer, crop_face(gray, face.box), face.emotion) for face in faces]
