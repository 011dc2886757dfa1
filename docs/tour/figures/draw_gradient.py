"""Draws the figures of chapter 1: ``python docs/tour/figures/draw_gradient.py [folder]``."""

from __future__ import annotations

import sys
from pathlib import Path

from svg import Figure


def neuron(folder: Path) -> None:
    """The six numbers as a graph: values forward, gradients backward."""
    figure = Figure("A neuron as a graph, with the value and the gradient at every arrow", 830, 360)
    inputs = {"x1": (60, 40), "w1": (60, 140), "x2": (60, 220), "w2": (60, 320), "b": (400, 320), "t": (560, 320)}
    nodes = {"×": (215, 90), "× ": (215, 270), "+": (400, 180), "−": (560, 180), "( )²": (680, 180)}  # noqa: RUF001
    edges = [
        ((82, 46), (196, 80), "2", "-2"),
        ((82, 134), (196, 100), "0.5", "-8"),
        ((82, 226), (196, 260), "3", "4"),
        ((82, 314), (196, 280), "-1", "-12"),
        ((235, 99), (381, 170), "1", "-4"),
        ((235, 261), (381, 190), "-3", "-4"),
        ((400, 302), (400, 203), "1", "-4"),
        ((421, 180), (537, 180), "y = -1", "-4"),
        ((560, 302), (560, 203), "1", "4"),
        ((581, 180), (650, 180), "-2", "-4"),
        ((708, 180), (755, 180), "", ""),
    ]
    for start, end, value, gradient in edges:
        figure.arrow(start, end)
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        if start[0] == end[0]:
            figure.text(x - 8, y, value, "forward", 13, "end")
            figure.text(x + 8, y, gradient, "backward", 13, "start")
        else:
            figure.text(x, y - 15, value, "forward", 13)
            figure.text(x, y + 15, gradient, "backward", 13)
    for name, (x, y) in inputs.items():
        figure.box(x - 22, y - 18, 44, 36, "blue", 18)
        figure.text(x, y, name)
    for name, (x, y) in nodes.items():
        half = 28 if "²" in name else 21
        figure.box(x - half, y - 21, 2 * half, 42, "plain", 21)
        figure.text(x, y, name.strip())
    figure.text(785, 180, "L = 4", "forward", 14)
    figure.text(440, 40, "value, computed from left to right", "forward", 13, "start")
    figure.text(440, 62, "gradient of L, computed from right to left", "backward", 13, "start")
    figure.save(folder / "neuron.svg")


def slope(folder: Path) -> None:
    """The loss over w1 with the tangent at 0.5."""

    def at(w1: float, loss: float) -> tuple[float, float]:
        return 90 + (w1 + 0.5) * 150, 270 - loss * 18

    figure = Figure("The loss as a function of w1: a parabola, with the tangent of slope -8 at w1 = 0.5", 600, 310)
    figure.arrow(at(-0.5, 0), at(2.6, 0))
    figure.arrow(at(-0.5, 0), at(-0.5, 13.6))
    for w1 in (0, 0.5, 1, 1.5, 2):
        figure.line([at(w1, 0), at(w1, -0.3)])
        figure.text(at(w1, 0)[0], 284, f"{w1:g}", "muted", 13)
    for loss in (4, 8, 12):
        figure.line([at(-0.5, loss), at(-0.53, loss)])
        figure.text(74, at(0, loss)[1], str(loss), "muted", 13)
    steps = [-0.2 + i * 0.05 for i in range(67)]
    figure.line([at(w, (2 * w - 3) ** 2) for w in steps if (2 * w - 3) ** 2 < 13.2 and w <= 2.6], "forward", 2.5)
    figure.line([at(-0.4, 4 + 8 * 0.9), at(0.95, 4 - 8 * 0.45)], "backward", 2.5)
    x, y = at(0.5, 4)
    figure.box(x - 5, y - 5, 10, 10, "ink", 5)
    figure.text(x + 14, y - 6, "here: w1 = 0.5, L = 4", "ink", 13, "start")
    figure.text(x + 14, y - 80, "tangent of slope -8:", "backward", 13, "start")
    figure.text(x + 14, y - 62, "0.01 more w1, about 0.08 less L", "backward", 13, "start")
    figure.text(at(2.65, 0)[0], 270, "w1", "ink", 13, "start")
    figure.text(90, 16, "L", "ink", 13)
    figure.text(at(1.5, 0)[0], 300, "the minimum", "muted", 12)
    figure.save(folder / "slope.svg")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    neuron(target)
    slope(target)
