"""Draws the figure of chapter 8: ``python docs/tour/figures/draw_simd.py [folder]``."""

from __future__ import annotations

import sys
from pathlib import Path

from svg import Figure

LANES, PIXELS, VECTORS = 8, 4, 2


def register_tile(folder: Path) -> None:
    """Four pixels times two vectors of channels: the outer product that is added to eight sums."""
    figure = Figure(
        "A register tile: four pixels times two vectors of weights are added to eight vectors of sums", 780, 366
    )
    cell, left, top = 26, 300, 128
    starts = [left + v * (LANES * cell + 24) for v in range(VECTORS)]
    figure.text(left - 24, 74, "weights of one tap, loaded as vectors", "muted", 13, "end")
    for v, x in enumerate(starts):
        figure.text(x + LANES * cell / 2, 32, f"channels {v * LANES} to {v * LANES + LANES - 1}", "muted", 13)
        figure.grid(x, 56, [[f"w{v * LANES + i}" for i in range(LANES)]], cell=cell, size=10, fill="orange")
        figure.arrow((x + LANES * cell / 2, 88), (x + LANES * cell / 2, top - 4), "forward")
    for p in range(PIXELS):
        y = top + p * 46
        figure.text(96, y + cell / 2, f"output {p} sees", "muted", 13, "end")
        figure.grid(108, y, [[f"x{p}"]], cell=cell, size=12, fill="blue")
        figure.text(150, y + cell / 2, "broadcast", "muted", 12, "start")
        figure.arrow((222, y + cell / 2), (left - 8, y + cell / 2), "forward")
        for v, x in enumerate(starts):
            figure.box(x, y, LANES * cell, cell, "green")
            figure.text(x + LANES * cell / 2, y + cell / 2, f"sums {p * VECTORS + v} += x{p} · w", "ink", 12)
    note = "8 registers for sums, 2 for weights, 1 for the pixel at hand: 11 of the 16 registers of AVX2"
    figure.text(40, 330, note, "muted", 13, "start")
    figure.text(40, 350, "6 loads for 8 multiply-add instructions", "muted", 13, "start")
    figure.save(folder / "register_tile.svg")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    register_tile(target)
