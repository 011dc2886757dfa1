"""Draws the figure of chapter 6: ``python docs/tour/figures/draw_checking.py [folder]``."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike
from svg import Figure

Rule = Callable[[np.floating, np.floating], np.floating]


def forward(x: np.floating, h: np.floating) -> np.floating:
    """One-sided difference of 1/x."""
    return (1 / (x + h) - 1 / x) / h


def central(x: np.floating, h: np.floating) -> np.floating:
    """Central difference of 1/x."""
    return (1 / (x + h) - 1 / (x - h)) / (h + h)


def relative_error(rule: Rule, dtype: DTypeLike, step: float) -> float:
    """Of the slope of 1/x at 0.7, which is -1/0.49."""
    x = np.dtype(dtype).type(0.7)
    exact = -1 / float(x) ** 2
    return max(abs(float(rule(x, np.dtype(dtype).type(step))) / exact - 1), 1e-13)


def step_error(folder: Path) -> None:
    """The error of a difference over its step, both on logarithmic scales."""

    def at(step: float, error: float) -> tuple[float, float]:
        return 660 + math.log10(step) * 45, 44 - math.log10(error) * 20

    figure = Figure(
        "Error of numerical slopes over the step: too large a step bends, too small a step rounds", 680, 340
    )
    for exponent in range(-12, 1, 2):
        figure.line([at(1e-12, 10.0**exponent), at(0.1, 10.0**exponent)], "pad", 1)
        figure.text(108, at(1, 10.0**exponent)[1], f"1e{exponent}" if exponent else "1", "muted", 12, "end")
    for exponent in range(-12, 0, 1):
        figure.text(at(10.0**exponent, 1)[0], 304, f"1e{exponent}", "muted", 11)
    figure.text(390, 324, "step", "muted", 12)
    figure.text(24, 20, "relative error", "muted", 12, "start")
    for rule, dtype, color, smallest, name, where in [
        (central, np.float32, "line", -7, "central, float32", (10**-6.3, 10**-0.8)),
        (forward, np.float64, "forward", -12, "forward, float64", (10**-8.2, 10**-5.4)),
        (central, np.float64, "backward", -12, "central, float64", (10**-4.4, 10**-9.3)),
    ]:
        steps = [float(f"{digit}e{e}") for e in range(smallest, -1) for digit in (1, 2, 5)] + [0.1]
        figure.line([at(step, relative_error(rule, dtype, step)) for step in steps], color, 2.2)
        figure.text(*at(*where), name, "muted" if color == "line" else color, 12, "start")
    figure.save(folder / "step_error.svg")


if __name__ == "__main__":
    step_error(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
