"""Draws the figures of chapter 4: ``python docs/tour/figures/draw_layers.py [folder]``."""

from __future__ import annotations

import math
import sys
from pathlib import Path

from svg import Figure


def pooling(folder: Path) -> None:
    """Max-pooling forward, and backward to the maxima."""
    figure = Figure("Max-pooling keeps the largest pixel of each window; the gradient goes back to that pixel", 640, 220)
    image = [[1, 5, 2, 0], [3, 4, 7, 1], [6, 0, 2, 2], [1, 2, 3, 8]]
    fills = {(0, 1): "green", (1, 2): "green", (2, 0): "green", (3, 3): "green"}
    figure.text(102, 24, "x")
    figure.grid(30, 44, image, fills)
    for i, j in fills:
        figure.frame(30 + j // 2 * 72, 44 + i // 2 * 72, 72, 72, "line")
    figure.arrow((186, 116), (226, 116), "forward")
    figure.text(274, 60, "y")
    figure.grid(238, 80, [[5, 7], [6, 8]], fill="green")
    figure.text(366, 60, "dy")
    figure.grid(330, 80, [["0.1", "0.2"], ["0.3", "0.4"]], fill="orange")
    figure.arrow((414, 116), (454, 116), "backward")
    values = [[0, "0.1", 0, 0], [0, 0, "0.2", 0], ["0.3", 0, 0, 0], [0, 0, 0, "0.4"]]
    figure.text(538, 24, "dx")
    figure.grid(466, 44, values, dict.fromkeys(fills, "orange"))
    figure.save(folder / "pooling.svg")


def elu(folder: Path) -> None:
    """ELU and its derivative."""

    def at(x: float, y: float) -> tuple[float, float]:
        return 40 + (x + 4) * 62, 170 - y * 62

    figure = Figure("ELU: the identity for positive x, a curve towards -1 for negative x; its derivative is y + 1", 520, 260)
    figure.arrow(at(-4, 0), at(2.4, 0))
    figure.arrow(at(0, -1.2), at(0, 2.4))
    for x in (-3, -2, -1, 1, 2):
        figure.line([at(x, 0.05), at(x, -0.05)])
        figure.text(at(x, 0)[0], at(0, 0)[1] + 14, str(x), "muted", 12)
    for y in (-1, 1, 2):
        figure.line([at(-0.05, y), at(0.05, y)])
        figure.text(at(0.2, y)[0], at(0, y)[1], str(y), "muted", 12)
    xs = [-4 + i * 0.05 for i in range(125)]
    figure.line([at(x, math.expm1(x)) if x < 0 else at(x, x) for x in xs], "forward", 2.5)
    figure.line([at(x, math.exp(x)) if x < 0 else at(x, 1) for x in xs], "backward", 2.5)
    figure.text(425, 78, "y", "forward", 14, "start")
    figure.text(425, 124, "derivative", "backward", 14, "start")
    figure.text(at(-3.9, 0)[0], 125, "derivative = y + 1", "backward", 13, "start")
    figure.text(at(-3.9, 0)[0], 212, "y = exp(x) - 1", "forward", 13, "start")
    figure.save(folder / "elu.svg")


def residual(folder: Path) -> None:
    """Two branches and their sum."""
    figure = Figure("A residual block: x goes through body and shortcut, which are added; dy is copied to both", 640, 210)
    figure.text(46, 105, "x", "ink", 16)
    figure.line([(60, 97), (120, 97), (120, 60)], "forward")
    figure.arrow((120, 60), (190, 60), "forward")
    figure.line([(120, 97), (120, 140)], "forward")
    figure.arrow((120, 140), (190, 140), "forward")
    figure.box(190, 36, 200, 48, "blue", 8)
    figure.text(290, 60, "body")
    figure.box(190, 116, 200, 48, "blue", 8)
    figure.text(290, 140, "shortcut")
    figure.line([(390, 60), (480, 60)], "forward")
    figure.arrow((480, 60), (480, 79), "forward")
    figure.line([(390, 140), (480, 140)], "forward")
    figure.arrow((480, 140), (480, 121), "forward")
    figure.box(460, 80, 40, 40, "plain", 20)
    figure.text(480, 100, "+", size=18)
    figure.arrow((500, 97), (574, 97), "forward")
    figure.text(592, 105, "y", "ink", 16)
    figure.text(536, 118, "dy", "backward")
    figure.text(430, 44, "dy", "backward")
    figure.text(430, 158, "dy", "backward")
    figure.text(155, 44, "dx of body", "backward", 12)
    figure.text(145, 156, "dx of shortcut", "backward", 12)
    figure.text(64, 128, "their sum", "backward", 12)
    figure.text(320, 190, "addition copies the gradient; a fork adds the gradients up", "muted", 13)
    figure.save(folder / "residual.svg")


def batchnorm(folder: Path) -> None:
    """Which pixels share a mean."""
    figure = Figure("Batch normalisation: each channel has one mean and variance over all images and all pixels", 640, 250)
    colors = ["blue", "orange", "green"]
    for n in range(3):
        for c, color in enumerate(colors):
            x, y = 110 + n * 120, 40 + c * 66
            figure.grid(x, y, [["", "", ""], ["", "", ""]], cell=26, fill=color)
    for n in range(3):
        figure.text(149 + n * 120, 22, f"image {n}", "muted", 13)
    for c in range(3):
        y = 66 + c * 66
        figure.text(58, y, f"channel {c}", "muted", 13)
        figure.text(460, y, f"mean {c}, variance {c}", "ink", 13, "start")
    figure.text(320, 236, "m = N H W = 18 values behind each mean", "muted", 13)
    figure.save(folder / "batchnorm.svg")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for draw in (pooling, elu, residual, batchnorm):
        draw(target)
