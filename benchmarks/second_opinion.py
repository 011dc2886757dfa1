"""Compare second opinions on whether the cascade has found a face: the network's confidence, eyes, and symmetry.

Faces of a data set are put into pictures and found there by the cascade. What is no face are crops of drawn patterns
(whole pictures, and what the cascade finds in them at any score), of a kind on which the network was trained, and
squares of photographs that show no face, which it has never seen.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from benchmarks.options import at_least
from benchmarks.stability import PATTERNS, Picture, crops_of, picture_of
from emotion.cli.options import DRAWN, add_data_options, load_faces
from emotion.cropping import crop_face
from emotion.detection import find_faces
from emotion.pictures import to_gray
from emotion.preprocessing import resize_face
from emotion.recognizer import EmotionRecognizer

_PHOTOGRAPHS = ("brick", "chelsea", "coffee", "coins", "grass", "hubble_deep_field", "moon", "page", "rocket", "text")
_SMALLEST = 48  # square of a photograph, in pixels
_KEPT = 0.95  # share of the faces that an opinion must keep
_SIDE = 120  # of the crops in which eyes are searched, in pixels


def main() -> None:
    """Print how well each opinion separates faces from what is none, and how long it takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", default=[DRAWN], metavar="PATH", help="faces (default: drawn)")
    parser.add_argument("--pictures", type=at_least(1), default=300, help="faces, and drawn patterns (default: 300)")
    parser.add_argument("--weights", metavar="FILE", help="weights to measure (default: the included ones)")
    parser.add_argument("--seed", type=at_least(0), default=0, help="seed of the pictures (default: 0)")
    add_data_options(parser)
    arguments = parser.parse_args()
    recognizer = EmotionRecognizer.load(arguments.weights)
    rng = np.random.default_rng(arguments.seed)
    faces = load_faces(arguments.data, arguments).faces
    pictures = (picture_of(face, rng) for face in rng.permutation(faces)[: arguments.pictures])
    found = [crop for picture in pictures for crop in _best_crop(picture)]
    draws = list(PATTERNS.values())
    others = {
        "drawn": [crop for n in range(arguments.pictures) for crop in crops_of(draws[n % len(draws)](rng))],
        "photographed": squares_of_photographs(arguments.pictures, rng),
    }
    opinions: dict[str, Callable[[Picture], float]] = {
        "confidence of the network": lambda crop: recognizer.classify([crop]).max(),
        "eyes found": Eyes(),
        "symmetry": symmetry,
    }
    counts = ", ".join(f"{len(crops)} {kind} crops without a face" for kind, crops in others.items())
    print(f"\n{len(found)} faces, {counts}")
    print(f"{'opinion':<26}{'without a face':<16}{'area under curve':>18}{f'refused, {_KEPT:.0%} kept':>20}{'ms':>7}")
    for name, opinion in opinions.items():
        started = time.perf_counter()
        faces_say = np.array([opinion(crop) for crop in found])
        milliseconds = 1000 * (time.perf_counter() - started) / len(found)
        for kind, crops in others.items():
            scores = faces_say, np.array([opinion(crop) for crop in crops])
            print(
                f"{name:<26}{kind:<16}{area_under_curve(*scores):>18.3f}{refused(*scores):>20.1%}{milliseconds:>7.1f}"
            )


def squares_of_photographs(number: int, rng: np.random.Generator) -> list[Picture]:
    """Cut ``number`` squares of any size out of photographs without a face."""
    pictures = [to_gray(getattr(skimage.data, name)()) for name in _PHOTOGRAPHS]
    squares = []
    for index in range(number):
        picture = pictures[index % len(pictures)]
        side = int(rng.integers(_SMALLEST, min(picture.shape), endpoint=True))
        top, left = (int(rng.integers(0, length - side, endpoint=True)) for length in picture.shape)
        squares.append(picture[top : top + side, left : left + side])
    return squares


def _best_crop(picture: Picture) -> list[Picture]:
    """Return the crop of the face with the best score; an empty list if there is no face."""
    detections = sorted(find_faces(picture), key=lambda found: found.score)
    return [crop_face(picture, found.box) for found in detections[-1:]]


class Eyes:
    """The number of eyes, at most two, that OpenCV's cascade for eyes finds in the upper half of a crop."""

    def __init__(self) -> None:
        self._cascade = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades, "haarcascade_eye.xml")))

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
