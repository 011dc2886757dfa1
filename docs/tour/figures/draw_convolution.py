"""Draws the figures of chapter 2: ``python docs/tour/figures/draw_convolution.py [folder]``."""

from __future__ import annotations

import sys
from pathlib import Path

from svg import Figure

IMAGE = [[0, 0, 9, 9], [0, 0, 9, 9], [0, 0, 9, 9], [0, 0, 0, 0]]
KERNEL = [-1, 1, -1, 1]
OUTPUTS = [[sum(w * IMAGE[i + n // 2][j + n % 2] for n, w in enumerate(KERNEL)) for j in range(3)] for i in range(3)]


def convolution(folder: Path) -> None:
    """One output of a 2x2 kernel on a 4x4 image."""
    figure = Figure("A 2x2 kernel on a 4x4 image: the window at row 0, column 1 gives the output 18", 660, 230)
    figure.text(112, 24, "x")
    figure.grid(40, 44, IMAGE, {(i, j): "blue" for i in (0, 1) for j in (1, 2)})
    figure.frame(76, 44, 72, 72)
    figure.text(216, 116, "·", size=24)
    figure.text(276, 52, "w")
    figure.grid(240, 72, [KERNEL[:2], KERNEL[2:]], fill="orange")
    figure.text(344, 108, "=")
    figure.text(444, 24, "y")
    figure.grid(390, 44, OUTPUTS, {(0, 1): "green"})
    figure.text(444, 186, "0·(-1) + 9·1 + 0·(-1) + 9·1 = 18", "muted", 13)
    figure.text(575, 62, "large where", "muted", 13)
    figure.text(575, 80, "dark turns", "muted", 13)
    figure.text(575, 98, "to bright", "muted", 13)
    figure.save(folder / "convolution.svg")


def same_padding(folder: Path) -> None:
    """Where "same" padding puts its zeros."""
    figure = Figure('"same" padding of a 4x4 image: zeros around, at the bottom and right, or nowhere', 800, 260)
    cases = [("3x3, stride 1", 3, 1), ("2x2, stride 1", 2, 1), ("3x3, stride 2", 3, 2), ("2x2, stride 2", 2, 2)]
    for number, (name, size, stride) in enumerate(cases):
        outputs = -(-4 // stride)
        total = max((outputs - 1) * stride + size - 4, 0)
        before, after = total // 2, total - total // 2
        x, y, cell = 40 + number * 190 + (1 - before) * 24, 50 + (1 - before) * 24, 24
        n = before + 4 + after
        inside = range(before, before + 4)
        values = [["" if i in inside and j in inside else 0 for j in range(n)] for i in range(n)]
        fills = {(i, j): "blue" if values[i][j] == "" else "pad" for i in range(n) for j in range(n)}
        figure.grid(x, y, values, fills, cell, 12)
        figure.frame(x + 1.5, y + 1.5, size * cell - 3, size * cell - 3, "backward")
        figure.text(40 + number * 190 + 72, 26, name)
        sides = "1 all around" if before else "1 bottom, 1 right" if after else "none"
        figure.text(40 + number * 190 + 72, 216, sides, "muted", 13)
        figure.text(40 + number * 190 + 72, 236, f"output {outputs}x{outputs}", "muted", 13)
    figure.save(folder / "same_padding.svg")


def patches(folder: Path) -> None:
    """Windows as rows of a matrix."""
    figure = Figure("Each window becomes a row; all rows times the weights, as columns, give all outputs", 700, 330)
    figure.text(112, 74, "x")
    figure.grid(40, 94, IMAGE, {(i, j): "blue" for i in (0, 1) for j in (1, 2)})
    figure.frame(76, 94, 72, 72)
    figure.arrow((200, 140), (256, 93))
    figure.text(330, 24, "patches (9, 4)")
    rows = [[IMAGE[i + k][j + l] for k in (0, 1) for l in (0, 1)] for i in range(3) for j in range(3)]
    figure.grid(274, 44, rows, {(1, j): "blue" for j in range(4)}, 28, 13)
    figure.text(422, 170, "@", size=18)
    figure.text(474, 94, "w (4, 1)")
    figure.grid(460, 114, [[value] for value in KERNEL], cell=28, size=13, fill="orange")
    figure.text(532, 170, "=", size=18)
    figure.text(600, 24, "y (9, 1)")
    results = [[value] for row in OUTPUTS for value in row]
    figure.grid(586, 44, results, {(1, 0): "green"}, 28, 13)
    figure.save(folder / "patches.svg")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    convolution(target)
    same_padding(target)
    patches(target)
