"""Explain an answer: which parts of a face support an emotion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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

    Like the answer of `EmotionRecognizer.classify`, the map is the mean of those for the crop and its mirror image; see
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


@dataclass(frozen=True)
class Explanation:
    """Which parts of a face support its emotion.

    crop: the face as the network was given it, gray uint8 (H, W).
    heat: the heat map of this crop, as by `explain`.
    """

    crop: NDArray[np.uint8]
    heat: NDArray[np.float32]


def explain_faces(
    recognizer: EmotionRecognizer, picture: NDArray, faces: Iterable[Face], whole_image: bool = False
) -> list[Explanation]:
    """Explain the emotion of each face of a picture.

    picture: what the faces were found in, as `emotion.pictures.to_gray` accepts it.
    whole_image: whether the picture is the crop of a face, classified by `EmotionRecognizer.recognize_faces`.
    The explanation is of the crop of `emotion.cropping.crop_face`, even if the answer is that for the crops around it.
    """
    gray = to_gray(picture)
    crops = [(gray if whole_image else crop_face(gray, face.box), face.emotion) for face in faces]
    return [Explanation(crop, explain(recognizer, crop, emotion)) for crop, emotion in crops]
