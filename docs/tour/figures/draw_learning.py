"""Draws the figures of chapter 5: ``python docs/tour/figures/draw_learning.py [folder]``."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

from svg import Figure

from npcnn.schedules import Constant, ExponentialDecay, WarmupCosine

Path2D = list[tuple[float, float]]
CURVATURES = (1.0, 50.0)
START = (-4.0, 0.6)


def loss(w1: float, w2: float) -> float:
    """A valley, flat along w1 and steep along w2."""
    return (CURVATURES[0] * w1 * w1 + CURVATURES[1] * w2 * w2) / 2


def descend(rule: Callable[[float, list[float], int], float], steps: int = 60) -> Path2D:
    """The path of ``rule(dw, state, step)``, the change of a weight, applied to both weights on their own."""
    path, states = [START], ([0.0, 0.0], [0.0, 0.0])
    for step in range(1, steps + 1):
        both = zip(path[-1], CURVATURES, states, strict=True)
        path.append(tuple(w + rule(c * w, state, step) for w, c, state in both))
    return path


def sgd(rate: float) -> Path2D:
    """Gradient descent."""
    return descend(lambda dw, _, __: -rate * dw)


def momentum(rate: float, beta: float) -> Path2D:
    """Gradient descent with momentum."""

    def rule(dw: float, state: list[float], _: int) -> float:
        state[0] = beta * state[0] + dw
        return -rate * state[0]

    return descend(rule)


def adam(rate: float, beta1: float = 0.9, beta2: float = 0.999) -> Path2D:
    """Adam."""

    def rule(dw: float, state: list[float], step: int) -> float:
        state[0] = beta1 * state[0] + (1 - beta1) * dw
        state[1] = beta2 * state[1] + (1 - beta2) * dw * dw
        return -rate * (state[0] / (1 - beta1**step)) / math.sqrt(state[1] / (1 - beta2**step))

    return descend(rule)


def valley(folder: Path) -> None:
    """Three ways through a valley, one below the other."""
    figure = Figure("Sixty steps through a valley by gradient descent, momentum and Adam", 680, 540)
    rows = [
        ("gradient descent, rate 0.038", sgd(0.038)),
        ("momentum 0.8, rate 0.02", momentum(0.02, 0.8)),
        ("Adam, rate 0.2", adam(0.2)),
    ]
    for row, (name, path) in enumerate(rows):
        middle = 110 + row * 170

        def at(w1: float, w2: float, middle: float = middle) -> tuple[float, float]:
            return 520 + w1 * 112, middle + w2 * 100

        for level in (0.5, 2, 4.5, 8):
            radius = math.sqrt(2 * level)
            angles = [i * math.pi / 60 for i in range(121)]
            ring = [(radius * math.cos(a), radius / math.sqrt(CURVATURES[1]) * math.sin(a)) for a in angles]
            figure.line([at(*w) for w in ring if w[0] < 1.25], "pad", 1.5)
        figure.line([at(*w) for w in path], "forward", 1.8)
        for w1, w2 in path:
            x, y = at(w1, w2)
            figure.box(x - 2, y - 2, 4, 4, "forward", 2)
        figure.text(24, middle - 84, name, "ink", 14, "start")
        figure.text(656, middle - 84, f"loss after 60 steps: {loss(*path[-1]):.5f}", "muted", 13, "end")
        figure.text(*at(0, 0), "+", "backward", 20)
    figure.save(folder / "valley.svg")


def learning_rates(folder: Path) -> None:
    """The loss over the steps of gradient descent, on a logarithmic scale."""

    def at(step: float, value: float) -> tuple[float, float]:
        return 70 + step * 8, 162 - math.log10(value) * 40

    figure = Figure("Loss over 60 steps of gradient descent, with four learning rates", 680, 290)
    for exponent in (-2, -1, 0, 1, 2, 3):
        figure.line([at(0, 10**exponent), at(60, 10**exponent)], "pad", 1)
        figure.text(60, at(0, 10**exponent)[1], f"{10**exponent:g}", "muted", 12, "end")
    for step in range(0, 61, 10):
        figure.text(at(step, 1)[0], 258, str(step), "muted", 12)
    figure.text(310, 276, "step", "muted", 12)
    figure.text(24, 20, "loss", "muted", 12, "start")
    for rate, color, name in [
        (0.005, "line", "0.005: slow"),
        (0.02, "forward", "0.02"),
        (0.038, "ink", "0.038: fast"),
        (0.0408, "backward", "0.0408: diverges"),
    ]:
        points = [at(step, loss(*w)) for step, w in enumerate(sgd(rate))]
        figure.line(points, color, 2.2)
        figure.text(points[-1][0] + 8, points[-1][1], name, "muted" if color == "line" else color, 12, "start")
    figure.save(folder / "learning_rates.svg")


def schedules(folder: Path) -> None:
    """The three schedules of npcnn."""

    def at(step: float, rate: float) -> tuple[float, float]:
        return 60 + step * 0.42, 190 - rate * 150

    figure = Figure("Learning rate over 1,000 steps: constant, exponential decay, warm-up with cosine", 620, 240)
    figure.arrow(at(0, 0), at(1005, 0))
    figure.arrow(at(0, 0), at(0, 1.15))
    for step in (0, 250, 500, 750, 1000):
        figure.text(at(step, 0)[0], 206, str(step), "muted", 12)
    figure.text(at(500, 0)[0], 226, "step", "muted", 12)
    figure.text(50, at(0, 1)[1], "rate", "muted", 12, "end")
    figure.text(50, at(0, 0)[1], "0", "muted", 12, "end")
    for schedule, color, height in [
        (Constant(1.0), "line", 1.0),
        (ExponentialDecay(1.0, 0.5, 400), "backward", 0.18),
        (WarmupCosine(1.0, 1000, warmup=100), "forward", 0.03),
    ]:
        figure.line([at(step, schedule(step)) for step in range(0, 1001, 10)], color, 2.2)
        x, y = at(1010, height)
        figure.text(x, y, type(schedule).__name__, "muted" if color == "line" else color, 13, "start")
    figure.save(folder / "schedules.svg")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for draw in (valley, learning_rates, schedules):
        draw(target)
