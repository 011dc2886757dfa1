"""Draws the figure of chapter 7 and the README: ``python docs/tour/figures/draw_network.py [folder]``."""

from __future__ import annotations

import sys
from pathlib import Path

from svg import Figure

# Kind of layer: colour and width of its box.
KINDS = {"conv": ("blue", 94), "dense": ("blue", 94), "ELU": ("green", 46), "pool": ("orange", 78)}
KINDS |= {"dropout": ("pad", 78), "softmax": ("green", 78), "flatten": ("plain", 70), "strided": ("blue", 114)}
HEIGHT, SHORT, LONG = 48, 18, 80


def chain(figure: Figure, x: float, y: float, layers: list[tuple[str, str, str, str]]) -> float:
    """Layers (kind, two lines, shape of the output) from x on, with arrows between them; where the last one ends."""
    for number, (kind, first, second, shape) in enumerate(layers):
        color, width = KINDS[kind]
        figure.box(x, y - HEIGHT / 2, width, HEIGHT, color, 6)
        if second:
            figure.text(x + width / 2, y - 9, first, size=13)
            figure.text(x + width / 2, y + 10, second, "muted" if second[0].isdigit() else "ink", 12)
        else:
            figure.text(x + width / 2, y, first, size=13)
        x += width
        if number < len(layers) - 1:
            figure.arrow((x, y), (x + (LONG if shape else SHORT), y), "forward")
            figure.text(x + LONG / 2 - 4, y - 11, shape, "muted", 12)
            x += LONG if shape else SHORT
    return x


def block(figure: Figure, y: float, title: str, shapes: list[str], filters: list[int], counts: list[str]) -> None:
    """A residual block with its dropout; ``shapes`` before, within and behind the body, ``counts`` of parameters."""
    body = [
        ("conv", f"conv {filters[0]}, 2x2", counts[0], ""),
        ("ELU", "ELU", "", shapes[1]),
        ("pool", "max-pool", "2x2", shapes[2]),
        ("conv", f"conv {filters[1]}, 2x2", counts[1], ""),
        ("ELU", "ELU", "", shapes[3]),
        ("pool", "max-pool", "2x2", ""),
    ]
    shortcut = [("strided", f"conv {filters[1]}, 4x4", f"{counts[2]}, stride 4", ""), ("ELU", "ELU", "", "")]
    fork, start, total, below = 112, 130, 892, y + 84
    figure.box(98, y - 52, 824, 172, "card", 10)
    figure.text(112, y - 39, title, "muted", 13, "start")
    figure.line([(18, y), (fork, y)], "forward")
    figure.text(56, y - 11, shapes[0], "muted", 12)
    figure.arrow((fork, y), (start, y), "forward")
    end = chain(figure, start, y, body)
    figure.line([(end, y), (total, y)], "forward")
    figure.arrow((total, y), (total, y + 24), "forward")
    figure.text((end + total) / 2 + 6, y - 11, shapes[4], "muted", 12)
    figure.line([(fork, y), (fork, below)], "forward")
    figure.arrow((fork, below), (start, below), "forward")
    end = chain(figure, start, below, shortcut)
    figure.line([(end, below), (total, below)], "forward")
    figure.arrow((total, below), (total, y + 60), "forward")
    figure.text((end + total) / 2, below - 11, f"shortcut: {shapes[4]}", "muted", 12)
    figure.box(total - 18, y + 24, 36, 36, "plain", 18)
    figure.text(total, y + 42, "+", size=18)


def network(folder: Path) -> None:
    """The network of ``emotion/networks/original.py``."""
    title = "The network: two residual blocks and two dense layers, with the shapes of all arrays and the parameters"
    figure = Figure(title, 1070, 560)
    figure.text(18, 28, "input: a face of 1x64x64 (channels x height x width)", "ink", 13, "start")
    rows = [(92, "30%", "16x16x16"), (298, "50%", "64x4x4")]
    shapes = ["1x64x64", "16x64x64", "16x32x32", "16x32x32", "16x16x16"]
    block(figure, 92, "residual block 1", shapes, [16, 16], ["80", "1,040", "272"])
    shapes = ["16x16x16", "32x16x16", "32x8x8", "64x8x8", "64x4x4"]
    block(figure, 298, "residual block 2", shapes, [32, 64], ["2,080", "8,256", "16,448"])
    for y, rate, shape in rows:
        figure.arrow((910, y + 42), (946, y + 42), "forward")
        chain(figure, 946, y + 42, [("dropout", "dropout", rate, "")])
        figure.line([(1024, y + 42), (1048, y + 42), (1048, y + 142), (18, y + 142)], "forward")
        figure.text(985, y + 131, shape, "muted", 12)
    figure.line([(18, 234), (18, 298)], "forward")
    figure.line([(18, 440), (18, 498)], "forward")
    figure.arrow((18, 498), (40, 498), "forward")
    end = chain(
        figure,
        40,
        498,
        [
            ("flatten", "flatten", "", "1024"),
            ("dense", "dense 1024", "1,049,600", ""),
            ("ELU", "ELU", "", ""),
            ("dropout", "dropout", "50%", "1024"),
            ("dense", "dense 8", "8,200", "8"),
            ("softmax", "softmax", "", ""),
        ],
    )
    figure.arrow((end, 498), (end + 40, 498), "forward")
    figure.text(end + 50, 480, "neutral, anger, contempt, disgust,", "ink", 13, "start")
    figure.text(end + 50, 498, "fear, happy, sadness, surprise", "ink", 13, "start")
    figure.text(end + 50, 516, "(probabilities)", "muted", 12, "start")
    figure.text(40, 542, "small numbers in conv and dense: parameters; 1,085,976 in all", "muted", 12, "start")
    figure.save(folder / "network.svg")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    network(target)
