"""Compare second opinions on whether the cascade has found a face: the network's confidence, eyes, and symmetry.

Faces of a data set are put into pictures and found there by the cascade. What is no face are crops of drawn patterns
(whole pictures, and what the cascade finds in them at any score), of a kind on which the network was trained, and
squares of photographs that show no face, which it has never seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from benchmarks import scenes
from benchmarks.scenes import PATTERNS, Picture, crops_of, picture_of
from emotion.cascade import load_cascade
from emotion.cli.options import load_faces
from emotion.cropping import crop_face
from emotion.detection import find_faces
from emotion.pictures import to_gray
from emotion.preprocessing import resize_face
from emotion.recognizer import EmotionRecognizer
from emotion.synthetic.non_faces import random_square

_PHOTOGRAPHS = ("brick", "chelsea", "coffee", "coins", "grass", "hubble_deep_field", "moon", "page", "rocket", "text")
_SMALLEST = 48  # square of a photograph, in pixels
_KEPT = 0.95  # share of the faces that an opinion must keep
_SIDE = 120  # of the crops in which eyes are searched, in pixels


def main() -> None:
    """Print how well each opinion separates faces from what is none, and how long it takes."""
    arguments = scenes.parser("benchmarks.second_opinion", __doc__, pictures=300).parse_args()
    recognizer = EmotionRecognizer.load(arguments.weights)
    rng, number = np.random.default_rng(arguments.seed), arguments.pictures
    pictures = (picture_of(face, rng) for face in rng.permutation(load_faces(arguments.data, arguments).faces)[:number])
    faces = [crop for picture in pictures for crop in _best_crop(picture)]
    if not faces:
        raise SystemExit("the cascade finds no face in any picture; give more --pictures")
    draws = list(PATTERNS.values())
    photographs = [to_gray(getattr(skimage.data, name)()) for name in _PHOTOGRAPHS]
    others = {
        "drawn": [crop for n in range(number) for crop in crops_of(draws[n % len(draws)](rng))],
        "photographed": [random_square(photographs[n % len(photographs)], _SMALLEST, rng) for n in range(number)],
    }
    counts = ", ".join(f"{len(crops)} {kind} crops without a face" for kind, crops in others.items())
    print(f"\n{len(faces)} faces, {counts}")
    print(f"{'opinion':<26}{'without a face':<16}{'area under curve':>18}{f'refused, {_KEPT:.0%} kept':>20}{'ms':>7}")
    opinions: dict[str, Callable[[Picture], float]] = {
        "confidence of the network": lambda crop: recognizer.classify([crop]).max(),
        "eyes found": Eyes(),
        "symmetry": symmetry,
    }
    for name, opinion in opinions.items():
        started = time.perf_counter()
        of_faces = np.array([opinion(crop) for crop in faces])
        milliseconds = 1000 * (time.perf_counter() - started) / len(faces)
        for kind, crops in others.items():
            scores = of_faces, np.array([opinion(crop) for crop in crops])
            figures = f"{area_under_curve(*scores):>18.3f}{refused(*scores):>20.1%}{milliseconds:>7.1f}"
            print(f"{name:<26}{kind:<16}{figures}")


def _best_crop(picture: Picture) -> list[Picture]:
    """Return the crop of the face with the best score; an empty list if there is no face."""
    detections = sorted(find_faces(picture), key=lambda found: found.score)
    return [crop_face(picture, found.box) for found in detections[-1:]]


class Eyes:
    """The number of eyes, at most two, that OpenCV's cascade for eyes finds in the upper half of a crop."""

    def __init__(self) -> None:
        self._cascade = load_cascade(Path(cv2.data.haarcascades, "haarcascade_eye.xml"))

    def __call__(self, crop: Picture) -> float:
        """Return the number for a crop (S, S)."""
        upper = cv2.equalizeHist(resize_face(crop, _SIDE)[: _SIDE // 2])
        return min(2, len(self._cascade.detectMultiScale(upper, 1.1, 3, minSize=(_SIDE // 8, _SIDE // 8))))


def symmetry(crop: Picture) -> float:
    """Return the correlation of a crop (S, S) with its mirror image."""
    small = resize_face(crop, 48).astype(float)
    centred = small - small.mean()
    return float((centred * centred[:, ::-1]).sum() / max((centred**2).sum(), 1e-9))


def area_under_curve(faces: NDArray, others: NDArray) -> float:
    """Return how often a face has a higher score than something else (a tie counts half): 0.5 is chance, 1 perfect."""
    difference = np.subtract.outer(faces, others)
    return float((difference > 0).mean() + (difference == 0).mean() / 2)


def refused(faces: NDArray, others: NDArray) -> float:
    """Return the share of others below the highest threshold that keeps enough faces."""
    threshold = np.quantile(faces, 1 - _KEPT, method="lower")
    return float((others < threshold).mean())


if __name__ == "__main__":
    main()
