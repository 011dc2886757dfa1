"""Draws the figures of chapter 3: ``python docs/tour/figures/draw_convolution_backward.py [folder]``."""

from __future__ import annotations

import sys
from pathlib import Path

from svg import Figure

KERNEL = [["w00", "w01"], ["w10", "w11"]]
GRADIENT = [["dy00", "dy01"], ["dy10", "dy11"]]
PLACES = [(0, 0), (0, 1), (1, 0), (1, 1)]


def scatter(folder: Path) -> None:
    """The four windows send their gradients back."""
    figure = Figure("Each dy, times the kernel, is added to the four pixels of its window; the sum is dx", 900, 250)
    for number, (i, j) in enumerate(PLACES):
        x, y = 30 + number * 172, 60
        values = [["" for _ in range(3)] for _ in range(3)]
        for k, l in PLACES:
            values[i + k][j + l] = KERNEL[k][l]
        fills = {(a, b): "orange" for a in range(3) for b in range(3) if values[a][b]}
        figure.text(x + 63, 36, f"{GRADIENT[i][j]} ·", "backward")
        figure.grid(x, y, values, fills, 42, 13)
        figure.text(x + 149, 123, "=" if number == 3 else "+", size=18)
    figure.text(781, 36, "dx")
    counts = [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    figure.grid(718, 60, counts, {(1, 1): "green"}, 42)
    figure.text(718 + 63, 204, "terms in each sum", "muted", 13)
    figure.text(30, 225, "a corner of the image was in one window, the pixel in the middle in all four", "muted", 13, "start")
    figure.save(folder / "scatter.svg")


def correlation(folder: Path) -> None:
    """dw01 as a window of x times dy."""
    figure = Figure("dw01 is the window of x that starts at row 0, column 1, times dy", 530, 210)
    image = [[f"x{i}{j}" for j in range(3)] for i in range(3)]
    figure.text(99, 24, "x")
    figure.grid(36, 44, image, {(i, j): "blue" for i in (0, 1) for j in (1, 2)}, 42, 13)
    figure.frame(78, 44, 84, 84)
    figure.text(204, 106, "·", size=24)
    figure.text(288, 44, "dy")
    figure.grid(246, 64, GRADIENT, fill="orange", cell=42, size=13)
    figure.text(368, 106, "=", size=18)
    figure.text(446, 44, "dw")
    figure.grid(404, 64, [["dw00", "dw01"], ["dw10", "dw11"]], {(0, 1): "green"}, 42, 13)
    figure.text(36, 188, "dw01 = dy00·x01 + dy01·x02 + dy10·x11 + dy11·x12", "muted", 13, "start")
    figure.save(folder / "correlation.svg")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    scatter(target)
    correlation(target)
