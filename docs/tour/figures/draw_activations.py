"""Draws what the first layer of the trained network sees: ``python docs/tour/figures/draw_activations.py [folder]``."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from svg import Figure

from npcnn import reference

ROOT = Path(__file__).parents[3]
FILTERS = [5, 4, 13, 2, 14, 9]
LEVELS = 12


def grays(figure: Figure, x: float, y: float, values: NDArray, pixel: float) -> None:
    """An image (H, W) from its smallest value, black, to its largest, white; pixels of a level form one path."""
    scaled = (values - values.min()) / (values.max() - values.min())
    levels = np.minimum((scaled * LEVELS).astype(int), LEVELS - 1)
    paths: dict[int, list[str]] = {}
    for i, row in enumerate(levels.tolist()):
        j = 0
        for level, run in groupby(row):
            length = len(list(run))
            paths.setdefault(level, []).append(f"M{j} {i}h{length}v1h-{length}z")
            j += length
    height, width = values.shape
    figure.parts.append(f'<g transform="translate({x:g} {y:g}) scale({pixel:g})" shape-rendering="crispEdges">')
    for level, parts in sorted(paths.items()):
        shade = f"{round(255 * level / (LEVELS - 1)):02x}"
        figure.parts.append(f'<path fill="#{shade * 3}" d="{"".join(parts)}"/>')
    figure.parts.append("</g>")
    figure.frame(x, y, pixel * width, pixel * height, "line")


def activations(folder: Path) -> None:
    """A face, six filters of the first layer, and what each makes of the face."""
    picture = cv2.imread(str(ROOT / "data/test/surprise.png")).astype(np.float64) @ [0.114, 0.587, 0.299]
    face = picture[96:288, 69:261].reshape(64, 3, 64, 3).mean(axis=(1, 3))
    weights = np.load(ROOT / "weights/original.npz")
    w, b = (weights[f"0/body/0/{name}"].astype(np.float64) for name in "wb")
    x = ((face - face.mean()) / face.std())[None, None]
    y, _ = reference.conv_block_forward(x, w, b, (1, 1), (0, 1, 0, 1), (2, 2), 1.0)

    figure = Figure("A face, six filters of the first convolution, and their outputs after pooling and ELU", 900, 356)
    figure.text(106, 76, "the face, 64x64", "muted", 13)
    grays(figure, 26, 92, face, 2.5)
    for number, o in enumerate(FILTERS):
        left, top = 216 + number % 3 * 228, 40 + number // 3 * 160
        fills = {(k, l): "blue" if w[o, 0, k, l] > 0 else "orange" for k in (0, 1) for l in (0, 1)}
        figure.text(left + 38, top + 10, f"filter {o}", "muted", 12)
        figure.grid(left, top + 26, [[f"{value:.2f}" for value in row] for row in w[o, 0]], fills, 38, 11)
        grays(figure, left + 86, top, y[0, o], 4)
    figure.text(558, 22, "2x2 weights (positive blue, negative orange) and 32x32 outputs", "muted", 13)
    figure.save(folder / "activations.svg")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    activations(target)
