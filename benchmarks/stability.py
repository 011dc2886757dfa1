"""Measure how stable the answers are, and how often something without a face gets an answer that is not uncertain.

Faces of a data set are put into pictures, and the answers after harmless changes of the whole picture are compared with
those before: the recogniser's, which looks again if an answer is not clear, and those for one crop. Drawn patterns
stand for pictures without a face.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from benchmarks import scenes
from benchmarks.scenes import PATTERNS, Picture, crops_of, picture_of
from emotion.cli.options import load_faces
from emotion.cropping import crop_face
from emotion.labels import EMOTIONS
from emotion.recognizer import EmotionRecognizer


def main() -> None:
    """Print, for each change, the answers that differ, and for each pattern, the answers that are not uncertain."""
    arguments = scenes.parser("benchmarks.stability", __doc__, pictures=150).parse_args()
    recognizer = EmotionRecognizer.load(arguments.weights)
    rng = np.random.default_rng(arguments.seed)
    faces = load_faces(arguments.data, arguments)
    before, pictures, truth = [], [], []
    for index in rng.permutation(len(faces)):
        picture = picture_of(faces.faces[index], rng)
        if answers := answers_of(recognizer, picture):
            before.append(answers)
            pictures.append(picture)
            truth.append(EMOTIONS[faces.labels[index]])
        if len(pictures) == arguments.pictures:
            break
    print(f"\n{'change':<24}{'pictures':>10}{'other answer':>14}{'of one crop':>13}{'no face':>9}")
    for name, change in CHANGES.items():
        after = [answers_of(recognizer, change(picture)) for picture in pictures]
        pairs = [(old, new) for old, new in zip(before, after, strict=True) if new]
        others = [sum(old[n] != new[n] for old, new in pairs) for n in range(2)]
        print(f"{name:<24}{len(pictures):>10}{others[0]:>14}{others[1]:>13}{len(pictures) - len(pairs):>9}")
    right = [np.mean([answers[n] == label for answers, label in zip(before, truth, strict=True)]) for n in range(2)]
    print(f"{'right before a change':<24}{len(pictures):>10}{right[0]:>14.1%}{right[1]:>13.1%}")
    print(f"\n{'pattern':<24}{'crops':>10}{'not uncertain':>14}")
    for name, draw in PATTERNS.items():
        crops = [crop for _ in range(arguments.pictures) for crop in crops_of(draw(rng))]
        sure = recognizer.classify(crops).max(axis=1) >= recognizer.threshold(None)
        print(f"{name:<24}{len(crops):>10}{np.count_nonzero(sure):>14}")


def answers_of(recognizer: EmotionRecognizer, picture: Picture) -> tuple[str, str] | None:
    """Return the emotion of the face with the best score, and that of its crop alone; None if there is no face."""
    faces = recognizer.recognize(picture)
    if not faces:
        return None
    face = max(faces, key=lambda face: face.score)
    return face.emotion, EMOTIONS[recognizer.classify([crop_face(picture, face.box)]).argmax()]


def saved_as_jpeg(picture: Picture) -> Picture:
    """Save the picture with a quality of 75 and read it again."""
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 75])[1], cv2.IMREAD_GRAYSCALE)


CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "first row cut off": lambda picture: picture[1:],
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    "half the size": lambda picture: cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "saved as JPEG": saved_as_jpeg,
}


if __name__ == "__main__":
    main()
