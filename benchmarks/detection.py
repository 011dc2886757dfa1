"""Measure how many faces in drawn scenes the cascade detects, with one face per 320x320 picture."""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks.options import at_least
from emotion.detection import common_area, find_faces
from emotion.labels import EMOTIONS
from emotion.pictures import to_gray
from emotion.synthetic import draw_scene

OVERLAP = 0.5
"""Minimum intersection over union of a detection and the true box (as in PASCAL VOC)."""


def main() -> None:
    """Draw scenes, detect faces, and print the detection rate and the number of false positives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=at_least(1), default=500, help="number of pictures (default: 500)")
    parser.add_argument("--seed", type=at_least(0), default=0, help="seed of the pictures (default: 0)")
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    found = false = 0
    for number in range(arguments.scenes):
        picture, (truth,), _ = draw_scene(rng, [number % len(EMOTIONS)])
        hits = [_is_same(detection.box, truth) for detection in find_faces(to_gray(picture))]
        found += any(hits)
        false += hits.count(False)
    share = found / arguments.scenes
    print(f"seed {arguments.seed}: {found} of {arguments.scenes} faces detected ({share:.1%}), {false} false positives")


def _is_same(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    common = common_area(a, b)
    return common / (a[2] * a[3] + b[2] * b[3] - common) > OVERLAP


if __name__ == "__main__":
    main()
