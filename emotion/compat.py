"""The calls and results of two other packages, so that programs written for them need only another import.

``analyze`` stands for deepface's ``DeepFace.analyze``, and ``FER`` for the class of the package fer. Emotions have the
names that they have there: angry, disgust, fear, happy, sad, surprise and neutral. Neither knows contempt; it is an
additional key, "contempt", so that the values still sum to 1 (or 100), and may be the dominant emotion.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from numpy.typing import NDArray

from emotion.cropping import Box
from emotion.errors import InputError
from emotion.face import Face
from emotion.recognizer import EmotionRecognizer
from emotion.sources import Source, load_picture

_NAMES = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happy",
    "sad": "sadness",
    "surprise": "surprise",
    "neutral": "neutral",
    "contempt": "contempt",
}
"""The names here by those of the other packages, in their order."""


def analyze(
    img_path: Source | list[Source],
    actions: str | Sequence[str] = ("emotion",),
    enforce_detection: bool = True,
    detector_backend: str = "opencv",
    align: bool = True,
    silent: bool = False,
    *,
    recognizer: EmotionRecognizer | None = None,
) -> list[dict[str, Any]] | list[list[dict[str, Any]]]:
    """Return a dictionary for each face in a picture, from left to right, or a list of them for each of a list.

    The dictionaries have the keys

        - emotion: the probabilities of the emotions in percent, by name;
        - dominant_emotion: the most probable one;
        - region: x, y, w and h of the face in pixels, inside the picture;
        - face_confidence: the score s of the detection as s / (1 + s), between 0 and 1; 0 for a picture that was not
          searched, or in which nothing was found. It is not a probability.

    img_path: a path, bytes, a binary file object, a BGR array or a PIL image, or a list of these.
    actions: "emotion" only; age, gender and race are not recognised.
    enforce_detection: whether a picture without a face is an error; if not, it is classified as a whole.
    detector_backend: "opencv", or "skip" to classify the whole picture.
    align, silent: without effect. Faces are not turned, and nothing is printed.
    recognizer: another one than that with the included weights.
    Raises InputError, a ValueError, for anything else, and for a picture without a face.
    """
    for action in [actions] if isinstance(actions, str) else actions:
        if action != "emotion":
            raise InputError(f"actions: {action!r} is not recognised here, only 'emotion'")
    if detector_backend not in ("opencv", "skip"):
        raise InputError(f"detector_backend is {detector_backend!r}; it must be 'opencv' or 'skip'")
    if isinstance(img_path, list):
        options = actions, enforce_detection, detector_backend
        return [analyze(one, *options, recognizer=recognizer) for one in img_path]
    recognizer = recognizer or _included()
    picture = load_picture(img_path)
    faces = recognizer.recognize(picture) if detector_backend == "opencv" else []
    if not faces:
        if enforce_detection and detector_backend == "opencv":
            raise InputError("no face could be detected; give another picture, or enforce_detection=False")
        faces = recognizer.recognize_faces([picture])
    return [_as_deepface(face, picture) for face in faces]


class FER:
    """Detects faces and their emotions.

    mtcnn: only False; faces are detected with a Haar cascade.
    recognizer: another one than that with the included weights.
    """

    def __init__(self, mtcnn: bool = False, *, recognizer: EmotionRecognizer | None = None) -> None:
        if mtcnn:
            raise InputError("mtcnn is not available: faces are detected with a Haar cascade; leave it out")
        self._recognizer = recognizer or _included()

    def detect_emotions(
        self, img: Source, face_rectangles: Sequence[Box] | NDArray | None = None
    ) -> list[dict[str, Any]]:
        """Return a dictionary for each face in a picture: its "box" [x, y, w, h] and its "emotions".

        img: a path, bytes, a binary file object, a BGR array or a PIL image.
        face_rectangles: where the faces are, if that is known; nothing is detected then.
        Emotions are probabilities by name, 0 to 1, rounded to two decimals. Raises InputError if it is no picture.
        """
        picture = load_picture(img)
        faces = self._recognizer.recognize(picture, boxes=face_rectangles)
        return [{"box": list(_inside(face.box, picture)), "emotions": _named(face, 1, 2)} for face in faces]

    def top_emotion(self, img: Source) -> tuple[str, float] | tuple[None, None]:
        """Return the most probable emotion of the largest face and its probability, or (None, None) without a face."""
        found = self.detect_emotions(img)
        if not found:
            return None, None
        emotions = max(found, key=lambda face: face["box"][2] * face["box"][3])["emotions"]
        top = max(emotions, key=emotions.__getitem__)
        return top, emotions[top]


@cache
def _included() -> EmotionRecognizer:
    return EmotionRecognizer.load()


def _as_deepface(face: Face, picture: NDArray) -> dict[str, Any]:
    emotions = _named(face, 100)
    return {
        "emotion": emotions,
        "dominant_emotion": max(emotions, key=emotions.__getitem__),
        "region": dict(zip("xywh", _inside(face.box, picture), strict=True)),
        "face_confidence": round(face.score / (1 + face.score), 2) if face.score else 0.0,
    }


def _named(face: Face, whole: float, decimals: int | None = None) -> dict[str, float]:
    values = {name: whole * face.probabilities[emotion] for name, emotion in _NAMES.items()}
    return values if decimals is None else {name: round(value, decimals) for name, value in values.items()}


def _inside(box: Box, picture: NDArray) -> Box:
    """Return the part of a box that is inside the picture."""
    rows, columns = picture.shape[:2]
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(columns, box[0] + box[2]), min(rows, box[1] + box[3])
    return left, top, right - left, bottom - top
