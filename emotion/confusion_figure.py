"""The confusion matrix as a picture (SVG): counts and shares in cells whose shade is the share of their row."""

from __future__ import annotations

import numpy as np

from emotion.labels import EMOTIONS
from emotion.metrics import Report
from emotion.pages.svg import INK, LINE, MUTED, svg_document, svg_text

_CELL = 72
_LEFT, _TOP, _RIGHT, _BOTTOM = 122, 96, 78, 70
_WHITE, _BLUE = np.array([255, 255, 255]), np.array([8, 48, 107])
_ABSENT = "#eeeeee"
_WHITE_TEXT_FROM = 0.66  # share from which on white text has a better contrast than black; at least 4.5 to 1
_LEGEND_STEPS = 20


def draw_confusion(figures: Report, title: str) -> str:
    """Return the confusion matrix as an SVG document.

    A row is a true emotion, and the shade of a cell is the share of the row's faces in it: one hue whose lightness
    alone carries the meaning, so colour-blind readers and gray printers lose nothing. Rows without faces are gray.
    title: the heading.
    """
    side = _CELL * len(EMOTIONS)
    width, height = _LEFT + side + _RIGHT, _TOP + side + _BOTTOM
    parts = [
        _text(width / 2, 24, title, 16, fit=width - 32),
        _text(
            width / 2, 46,
            f"accuracy {figures.accuracy:.1%}, macro recall {figures.macro_recall:.1%}, {figures.support.sum()} faces",
            13, MUTED,
        ),
        _text(_LEFT + side / 2, _TOP - 28, "predicted emotion", 13, MUTED),
        _text(_LEFT - 8, _TOP - 10, "true emotion", 13, MUTED, "end"),
        _text(_LEFT + side + 10, _TOP - 10, "faces", 13, MUTED, "start"),
    ]  # fmt: skip
    for index, emotion in enumerate(EMOTIONS):
        x, y = _LEFT + (index + 0.5) * _CELL, _TOP + (index + 0.5) * _CELL
        parts += [
            _text(x, _TOP - 10, emotion, 13),
            _text(_LEFT - 8, y, emotion, 13, anchor="end"),
            _text(_LEFT + side + 10, y, str(figures.support[index]), 13, anchor="start"),
        ]
    for row, counts in enumerate(figures.matrix.tolist()):
        for column, count in enumerate(counts):
            parts += _draw_cell(_LEFT + column * _CELL, _TOP + row * _CELL, count, int(figures.support[row]))
    parts += [
        _rectangle(_LEFT + k * _CELL, _TOP + k * _CELL, _CELL, _CELL, "none", INK, 2) for k in range(len(EMOTIONS))
    ]
    parts += _draw_legend(_TOP + side + 26, side)
    return svg_document(width, height, title, parts)


def _draw_cell(x: float, y: float, count: int, total: int) -> list[str]:
    if not total:
        return [_rectangle(x, y, _CELL, _CELL, _ABSENT)]
    share = count / total
    parts = [_rectangle(x, y, _CELL, _CELL, _shade(share))]
    if count:
        ink = "#ffffff" if share >= _WHITE_TEXT_FROM else "#000000"
        percent = "<1%" if share < 0.005 else f"{share:.0%}"
        parts.append(_text(x + _CELL / 2, y + _CELL / 2 - 9, percent, 16, ink))
        parts.append(_text(x + _CELL / 2, y + _CELL / 2 + 13, str(count), 12, ink))
    return parts


def _draw_legend(y: float, side: float) -> list[str]:
    step = side / 2 / _LEGEND_STEPS
    parts = [
        _rectangle(_LEFT + k * step, y, step + 0.5, 14, shade, shade)
        for k, shade in enumerate(_shade((k + 0.5) / _LEGEND_STEPS) for k in range(_LEGEND_STEPS))
    ]
    parts.append(_rectangle(_LEFT, y, side / 2, 14, "none"))
    parts.append(_text(_LEFT, y + 24, "0%", 12, MUTED))
    parts.append(_text(_LEFT + side / 2, y + 24, "100%", 12, MUTED))
    parts.append(_text(_LEFT + side / 2 + 16, y + 7, "share of the faces with this true emotion", 12, MUTED, "start"))
    return parts


def _shade(share: float) -> str:
    red, green, blue = np.rint(_WHITE + share * (_BLUE - _WHITE)).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _rectangle(
    x: float, y: float, width: float, height: float, fill: str, stroke: str = LINE, thickness: float = 0.5
) -> str:
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}" stroke="{stroke}" '
        f'stroke-width="{thickness:g}"/>'
    )


def _text(x: float, y: float, text: str, size: int, colour: str = INK, anchor: str = "middle", **options: float) -> str:
    return svg_text(x, y, text, size, colour, anchor, **options)
