"""Just enough SVG for the figures of the tour: cells, arrows, curves and text, on a card that is light or dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

_LIGHT = {
    "card": "#ffffff",
    "ink": "#1f2328",
    "muted": "#59636e",
    "line": "#8c959f",
    "plain": "#f6f8fa",
    "pad": "#e3e7eb",
    "blue": "#cfe4ff",
    "orange": "#ffd8b0",
    "green": "#c9efce",
    "forward": "#0969da",
    "backward": "#bc4c00",
}
_DARK = {
    "card": "#161b22",
    "ink": "#e6edf3",
    "muted": "#9198a1",
    "line": "#6e7681",
    "plain": "#21262d",
    "pad": "#343c46",
    "blue": "#1f4b80",
    "orange": "#7a4510",
    "green": "#1e5a32",
    "forward": "#6cb0ff",
    "backward": "#f29652",
}


def _style() -> str:
    def rules(colors: dict[str, str]) -> str:
        fills = "".join(f".{name}{{fill:{color}}}" for name, color in colors.items())
        return fills + "".join(f".s-{name}{{stroke:{color}}}" for name, color in colors.items())

    return f"<style>{rules(_LIGHT)}@media (prefers-color-scheme: dark){{{rules(_DARK)}}}</style>"


class Figure:
    """A drawing; lengths in pixels, colours by name: ink, muted, line, plain, pad, blue, orange, green, forward,
    backward.
    """

    def __init__(self, title: str, width: int, height: int) -> None:
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif">',
            f"<title>{escape(title)}</title>",
            _style(),
            f'<rect class="card s-line" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>',
        ]

    def text(self, x: float, y: float, text: str, color: str = "ink", size: int = 14, anchor: str = "middle") -> None:
        """Text whose middle is at height y."""
        self.parts.append(
            f'<text class="{color}" x="{x:g}" y="{y + 0.35 * size:g}" font-size="{size}" '
            f'text-anchor="{anchor}">{escape(text)}</text>'
        )

    def box(self, x: float, y: float, width: float, height: float, fill: str = "plain", round: float = 0) -> None:
        """A rectangle with its upper left corner at (x, y)."""
        self.parts.append(
            f'<rect class="{fill} s-line" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{round:g}"/>'
        )

    def frame(self, x: float, y: float, width: float, height: float, color: str = "forward") -> None:
        """A thick outline."""
        self.parts.append(
            f'<rect class="s-{color}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
            'fill="none" stroke-width="3"/>'
        )

    def grid(
        self,
        x: float,
        y: float,
        values: Sequence[Sequence[object]],
        fills: dict[tuple[int, int], str] | None = None,
        cell: float = 36,
        size: int = 14,
        fill: str = "plain",
    ) -> None:
        """An array as cells; ``fills`` colours single ones."""
        for i, row in enumerate(values):
            for j, value in enumerate(row):
                self.box(x + j * cell, y + i * cell, cell, cell, (fills or {}).get((i, j), fill))
                self.text(x + (j + 0.5) * cell, y + (i + 0.5) * cell, str(value), size=size)

    def line(self, points: Sequence[tuple[float, float]], color: str = "line", width: float = 1.5) -> None:
        """A line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline class="s-{color}" points="{path}" fill="none" stroke-width="{width:g}"/>')

    def arrow(self, start: tuple[float, float], end: tuple[float, float], color: str = "line") -> None:
        """A straight arrow."""
        (x1, y1), (x2, y2) = start, end
        length = math.hypot(x2 - x1, y2 - y1)
        ux, uy = (x2 - x1) / length, (y2 - y1) / length
        back = x2 - 9 * ux, y2 - 9 * uy
        self.line([start, back], color)
        wings = [(x2, y2), (back[0] - 4 * uy, back[1] + 4 * ux), (back[0] + 4 * uy, back[1] - 4 * ux)]
        self.parts.append(
            f'<polygon class="{color}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in wings)}"/>'
        )

    def save(self, path: Path) -> None:
        """Write the file."""
        path.write_text("\n".join([*self.parts, "</svg>\n"]), encoding="utf-8")
