"""One convolution, written six times, from seven loops in Python to a tile of vector registers.

``python -m examples.convolution_ladder`` checks the six against ``npcnn.reference``, times them and prints their rates.
The convolution has stride 1, no padding, 16 input channels, 32 filters of 3x3 and images of 34x34 pixels, so an output
has 32x32 pixels. Chapter 8 of the tour (``docs/tour/08-simd.md``) explains the steps.

The first three functions take x (N, C, H, W) and w (OC, C, KH, KW), like the layers of npcnn. The last three take x
(N, H, W, C) and w (KH, KW, C, OC), with the channels last. All take b (OC,).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from html import escape
from math import log10
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks import options
from benchmarks.machine import describe
from benchmarks.tables import show
from npcnn import reference
from npcnn.kernels.simd.tiles import broadcast_load, load_tile, outer_product_fma, repeat_row, store_rows
from npcnn.kernels.simd.vectors import lanes, load, multiply_add, splat, store

PIXELS, VECTORS = 4, 2
"""A register tile: outputs in a row, times vectors of channels for each."""

compiled = njit(fastmath=True, error_model="numpy")
"""Compile a function with Numba. ``fastmath`` lets LLVM reorder sums, which vector instructions need."""


def python_loops(x, w, b):
    """Step 1, the definition: seven loops in Python."""
    (N, C, H, W), (OC, _, KH, KW) = x.shape, w.shape
    OH, OW = H - KH + 1, W - KW + 1
    y = np.empty((N, OC, OH, OW), np.float32)
    for n in range(N):
        for o in range(OC):
            for i in range(OH):
                for j in range(OW):
                    total = b[o]
                    for c in range(C):
                        for k in range(KH):
                            for l in range(KW):
                                total += w[o, c, k, l] * x[n, c, i + k, j + l]
                    y[n, o, i, j] = total
    return y


def im2col(x, w, b):
    """Step 2, a product of matrices: each window becomes a row, each filter a column."""
    OC, C, KH, KW = w.shape
    patches = sliding_window_view(x, (KH, KW), axis=(2, 3))
    N, _, OH, OW, _, _ = patches.shape
    rows = patches.transpose(0, 2, 3, 1, 4, 5).reshape(N * OH * OW, C * KH * KW)
    y = rows @ w.reshape(OC, C * KH * KW).T + b
    return y.reshape(N, OH, OW, OC).transpose(0, 3, 1, 2)


numba_loops = compiled(python_loops)
"""Step 3, compiled loops: the same source as step 1, as machine code."""


@compiled
def channels_last(x, w, b):
    """Step 4, channels last: the innermost loop reads and writes consecutive elements."""
    (N, H, W, C), (KH, KW, _, OC) = x.shape, w.shape
    OH, OW = H - KH + 1, W - KW + 1
    y = np.empty((N, OH, OW, OC), np.float32)
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                y[n, i, j] = b
                for k in range(KH):
                    for l in range(KW):
                        for c in range(C):
                            for o in range(OC):
                                y[n, i, j, o] += w[k, l, c, o] * x[n, i + k, j + l, c]
    return y


@compiled
def vectors(x, w, b):
    """Step 5, vectors: the sums of one output stay in a vector register until they are complete."""
    (N, H, W, C), (KH, KW, _, OC) = x.shape, w.shape
    OH, OW = H - KH + 1, W - KW + 1
    y = np.empty((N, OH, OW, OC), np.float32)
    flat_w, flat_y = w.reshape(-1), y.reshape(-1)
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for o in range(0, OC, np.intp(lanes(x))):
                    sums = load(b, o)
                    for k in range(KH):
                        for l in range(KW):
                            for c in range(C):
                                weights = load(flat_w, ((k * KW + l) * C + c) * OC + o)
                                sums = multiply_add(splat(x[n, i + k, j + l, c]), weights, sums)
                    store(flat_y, ((n * OH + i) * OW + j) * OC + o, sums)
    return y


@compiled
def register_tile(x, w, b):
    """Step 6, a register tile: eight vectors of sums, so that each load is used several times.

    OW must be a multiple of 4 (``PIXELS``), and OC one of ``VECTORS`` vectors.
    """
    (N, H, W, C), (KH, KW, _, OC) = x.shape, w.shape
    OH, OW = H - KH + 1, W - KW + 1
    y = np.empty((N, OH, OW, OC), np.float32)
    flat_x, flat_w, flat_y = x.reshape(-1), w.reshape(-1), y.reshape(-1)
    for n in range(N):
        for i in range(OH):
            for j in range(0, OW, PIXELS):
                for o in range(0, OC, VECTORS * np.intp(lanes(x))):
                    sums = repeat_row(load_tile(b, o, 1, VECTORS), PIXELS)
                    for k in range(KH):
                        for l in range(KW):
                            first = ((n * H + i + k) * W + j + l) * C
                            pixels = (first, first + C, first + 2 * C, first + 3 * C)
                            for c in range(C):
                                weights = load_tile(flat_w, ((k * KW + l) * C + c) * OC + o, 1, VECTORS)
                                sums = outer_product_fma(sums, broadcast_load(flat_x, pixels, c), weights)
                    first = ((n * OH + i) * OW + j) * OC + o
                    store_rows(flat_y, (first, first + OC, first + 2 * OC, first + 3 * OC), 0, sums)
    return y


class Step(NamedTuple):
    """A step of the ladder: its name, its function, and whether that takes and returns arrays with channels last."""

    name: str
    function: Callable
    channels_last: bool = False


STEPS = [
    Step("1 Python loops", python_loops),
    Step("2 im2col, NumPy", im2col),
    Step("3 Numba loops", numba_loops),
    Step("4 channels last", channels_last, True),
    Step("5 vectors", vectors, True),
    Step("6 register tile", register_tile, True),
]


def measure(step: Step, images: int, size: int, seconds: float, rng: np.random.Generator) -> float:
    """The rate of a step in GFLOP/s, on outputs of ``size`` times ``size`` pixels; a multiply-add is two operations.

    Takes the fastest of the runs that fit ``seconds``. Raises ArithmeticError if the result is not the reference's.
    """
    x = rng.standard_normal((images, 16, size + 2, size + 2), np.float32)
    w, b = rng.standard_normal((32, 16, 3, 3), np.float32), rng.standard_normal(32, np.float32)
    expected = reference.conv2d_forward(x, w, b, (1, 1), (0, 0, 0, 0))
    if step.channels_last:
        x, w = np.ascontiguousarray(x.transpose(0, 2, 3, 1)), np.ascontiguousarray(w.transpose(2, 3, 1, 0))
    y = step.function(x, w, b)  # compiles
    if not np.allclose(y.transpose(0, 3, 1, 2) if step.channels_last else y, expected, rtol=1e-4, atol=1e-3):
        raise ArithmeticError(f"{step.name}: the result differs from that of npcnn.reference")
    fastest, stop = np.inf, time.perf_counter() + seconds
    while fastest == np.inf or time.perf_counter() < stop:
        started = time.perf_counter()
        step.function(x, w, b)
        fastest = min(fastest, time.perf_counter() - started)
    return 2 * expected.size * 16 * 3 * 3 / fastest / 1e9


def bar_chart(rates: dict[str, float]) -> str:
    """An SVG with a bar for each rate in GFLOP/s, on a logarithmic scale."""
    lowest = log10(min(rates.values())) - 0.3
    scale = 340 / max(log10(max(rates.values())) - lowest, 0.1)
    height = 30 * len(rates) + 40
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="620" height="{height}" '
        'font-family="sans-serif" font-size="14">',
        "<title>Rates of a convolution in GFLOP/s</title>",
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="150" y="22" fill="#59636e">GFLOP/s, on a logarithmic scale</text>',
    ]
    for i, (name, rate) in enumerate(rates.items()):
        y, width = 34 + 30 * i, scale * (log10(rate) - lowest)
        lines += [
            f'<text x="140" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="150" y="{y}" width="{width:.1f}" height="20" fill="#0969da"/>',
            f'<text x="{158 + width:.1f}" y="{y + 15}">{rate:.3g}</text>',
        ]
    return "\n".join([*lines, "</svg>\n"])


def main(argv: Sequence[str] | None = None) -> int:
    """Check and measure all steps, and print the table; returns the exit status, 0."""
    parser = options.parser("examples.convolution_ladder", __doc__.splitlines()[0], threads=False)
    parser.add_argument("--quick", action="store_true", help="tiny images, one run each: the rates mean little")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="also draw the rates as a bar chart")
    arguments = parser.parse_args(argv)
    print(describe(None, arguments.seed))
    rates = {}
    for step in STEPS:
        images, size, seconds = (1, 8, 0.0) if arguments.quick or step.function is python_loops else (4, 32, 1.0)
        rates[step.name] = measure(step, images, size, seconds, np.random.default_rng(arguments.seed))
    slowest = rates[STEPS[0].name]
    rows = [[name, f"{rate:.3g}", f"{rate / slowest:,.0f}"] for name, rate in rates.items()]
    print(f"\nall {len(STEPS)} steps agree with the reference\n")
    show("convolution-ladder", ["step", "GFLOP/s", "times step 1"], rows, arguments)
    if arguments.plot:
        arguments.plot.write_text(bar_chart(rates), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
