"""Measure how stable the answers are, and how often something without a face gets an answer that is not uncertain.

Faces of a data set are put into pictures, and the answers after harmless changes of the whole picture are compared with
those before: the recogniser's, which averages over several crops of a face, and those for one crop. Drawn patterns
stand for pictures without a face.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.options import at_least
from emotion.cli.options import DRAWN, add_data_options, load_faces
from emotion.cropping import crop_face
from emotion.detection import find_faces
from emotion.labels import EMOTIONS
from emotion.recognizer import EmotionRecognizer
from emotion.synthetic.non_faces import draw_noise, draw_shapes, draw_waves
from emotion.synthetic.scene import draw_background

Picture = NDArray[np.uint8]

_SIZE = 400, 300
_FACE_SIDES = 90, 180
_SEAM = 0.06  # of the face's side, over which it turns into the background


def main() -> None:
    """Print, for each change, the answers that differ, and for each pattern, the answers that are not uncertain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", default=[DRAWN], metavar="PATH", help="faces (default: drawn)")
    parser.add_argument("--pictures", type=at_least(1), default=150, help="pictures of each kind (default: 150)")
    parser.add_argument("--weights", metavar="FILE", help="weights to measure (default: the included ones)")
    parser.add_argument("--seed", type=at_least(0), default=0, help="seed of the pictures (default: 0)")
    add_data_options(parser)
    arguments = parser.parse_args()
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


def picture_of(face: Picture, rng: np.random.Generator) -> Picture:
    """Put a face (S, S) somewhere into a drawn background, (H, W)."""
    side = int(rng.integers(*_FACE_SIDES))
    left, top = (int(rng.integers(0, length - side)) for length in _SIZE)
    distance = np.minimum(np.arange(side), np.arange(side)[::-1]) + 0.5
    opacity = np.clip(np.minimum.outer(distance, distance) / (_SEAM * side), 0, 1)
    picture = draw_background(rng, _SIZE).mean(axis=2)
    region = picture[top : top + side, left : left + side]
    region += opacity * (cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC) - region)
    return np.clip(picture, 0, 255).astype(np.uint8)


def answers_of(recognizer: EmotionRecognizer, picture: Picture) -> tuple[str, str] | None:
    """Return the emotion of the face with the best score, and that of its crop alone; None if there is no face."""
    faces = recognizer.recognize(picture)
    if not faces:
        return None
    face = max(faces, key=lambda face: face.score)
    return face.emotion, EMOTIONS[recognizer.classify([crop_face(picture, face.box)]).argmax()]


def crops_of(picture: Picture) -> list[Picture]:
    """Return the whole picture as a crop, and what the cascade takes for faces at any score."""
    return [picture, *(crop_face(picture, found.box) for found in find_faces(picture, min_score=0.0))]


def saved_as_jpeg(picture: Picture) -> Picture:
    """Save the picture with a quality of 75 and read it again."""
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 75])[1], cv2.IMREAD_GRAYSCALE)


CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "first row cut off": lambda picture: picture[1:],
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    "half the size": lambda picture: cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "saved as JPEG": saved_as_jpeg,
}

PATTERNS: dict[str, Callable[[np.random.Generator], Picture]] = {
    "noise": draw_noise,
    "shapes": draw_shapes,
    "waves": draw_waves,
}


if __name__ == "__main__":
    main()
