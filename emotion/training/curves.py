"""Loss and accuracy over the epochs of a training run as a drawing (SVG)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from emotion.pages.svg import LINE, MUTED, svg_document, svg_text
from npcnn import Epoch
from npcnn.training.history import best_epoch

_WIDTH, _HEIGHT = 760, 330
_TOP, _BOTTOM = 84, 46
_LEFT, _PANEL, _PITCH = 56, 310, 370  # left of the first panel, width of a panel, from panel to panel
_TRAINING, _VALIDATION = "#2f81f7", "#d1730b"  # at least 3 to 1 on white and on the dark page, and for the colour-blind
_TICKS = 6  # at most
_LEAST_SPREAD = 0.05  # from the lowest to the highest value of an axis

_PANELS = (
    ("loss", "loss", "validation_loss", "{:g}"),
    ("accuracy", "accuracy", "validation_accuracy", "{:.0%}"),
)
"""Title, field of the training, field of the validation, and format of the values."""


def draw_curves(history: Sequence[Epoch], title: str) -> str:
    """Return the curves of a history with at least one epoch as an SVG document.

    Losses that are not finite are left out. The epoch whose weights are kept is marked, if there was a validation.
    """
    parts = [svg_text(_LEFT, 24, title, 16, fit=_WIDTH - 2 * _LEFT)]
    validated = any(record.validation_loss is not None for record in history)
    names = [("training", _TRAINING), *([("validation", _VALIDATION)] if validated else [])]
    for index, (name, colour) in enumerate(names):
        x = _LEFT + 130 * index
        parts.append(f'<line x1="{x}" y1="48" x2="{x + 24}" y2="48" stroke="{colour}" stroke-width="3"/>')
        parts.append(svg_text(x + 32, 48, name, 13))
    for index, panel in enumerate(_PANELS):
        parts += _panel(history, _LEFT + index * _PITCH, *panel)
    return svg_document(_WIDTH, _HEIGHT, title, parts)


def _panel(
    history: Sequence[Epoch], left: float, title: str, training: str, validation: str, style: str
) -> Iterator[str]:
    curves = [(_TRAINING, _points(history, training)), (_VALIDATION, _points(history, validation))]
    values = [value for _, points in curves for _, value in points]
    high = max(values, default=1.0)
    levels = _ticks(max(0.0, min([*values, high - _LEAST_SPREAD])), max(high, _LEAST_SPREAD))
    bottom = _HEIGHT - _BOTTOM
    first, last = history[0].epoch, history[-1].epoch

    def x(epoch: float) -> float:
        return left + _PANEL * (epoch - first + 0.5) / (last - first + 1)

    def y(value: float) -> float:
        return bottom - (bottom - _TOP) * (value - levels[0]) / (levels[-1] - levels[0])

    yield svg_text(left, _TOP - 14, title, 13, MUTED)
    for level in levels:
        yield (
            f'<line x1="{left}" y1="{y(level):.1f}" x2="{left + _PANEL}" y2="{y(level):.1f}" stroke="{LINE}" '
            'stroke-width="0.5"/>'
        )
        yield svg_text(left - 6, y(level), style.format(level), 12, MUTED, "end")
    for epoch in _epochs(first, last):
        yield svg_text(x(epoch), bottom + 14, str(epoch), 12, MUTED, "middle")
    yield svg_text(left + _PANEL, bottom + 32, "epoch", 12, MUTED, "end")
    if (best := best_epoch(history)) is not None:
        kept = f"{x(best.epoch):.1f}"
        yield f'<line x1="{kept}" y1="{_TOP}" x2="{kept}" y2="{bottom}" stroke="{LINE}" stroke-dasharray="4 3"/>'
        yield svg_text(left, bottom + 32, f"dashed: epoch {best.epoch}, whose weights are kept", 12, MUTED)
    for colour, points in curves:
        places = [f"{x(epoch):.1f},{y(value):.1f}" for epoch, value in points]
        if len(places) > 1:
            yield (
                f'<polyline points="{" ".join(places)}" fill="none" stroke="{colour}" stroke-width="2" '
                f'stroke-linejoin="round"><title>{title}</title></polyline>'
            )
        elif places:
            cx, cy = places[0].split(",")
            yield f'<circle cx="{cx}" cy="{cy}" r="3" fill="{colour}"/>'


def _points(history: Sequence[Epoch], field: str) -> list[tuple[int, float]]:
    values = [(record.epoch, getattr(record, field)) for record in history]
    return [(epoch, value) for epoch, value in values if value is not None and math.isfinite(value)]


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers, at most ``_TICKS``, from one not above ``low`` to one not below ``high``, which is larger."""
    power = 10.0 ** math.floor(math.log10((high - low) / _TICKS))
    for factor in (1, 2, 5, 10, 20):
        step = factor * power
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first < _TICKS:
            break
    return [round(number * step, 12) for number in range(first, last + 1)]


def _epochs(first: int, last: int) -> range:
    """Some epochs to name below the axis."""
    step = max(1, int(_ticks(0, last - first)[1])) if last > first else 1
    return range(-(-first // step) * step, last + 1, step)
