"""What all drawings share: SVG documents and their text, which follow the reader's light or dark system."""

from __future__ import annotations

from collections.abc import Iterable

from emotion.pages.document import escape_text

INK, MUTED, LINE = "#1f2328", "#59636e", "#8c959f"
"""Colours of text, of less important text, and of lines."""

_CLASSES = {INK: "ink", MUTED: "muted"}
_DARK = (
    "<style>@media (prefers-color-scheme: dark) "
    "{ .page { fill: #0d1117 } .ink { fill: #e6edf3 } .muted { fill: #9198a1 } }</style>"
)
"""Browsers follow it; other programs, such as those for papers, see a white page."""


def svg_document(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """Return the text of an SVG file: a page of this size, in pixels, and the parts on it."""
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif">',
        f"<title>{escape_text(title)}</title>",
        _DARK,
        f'<rect class="page" width="{width:g}" height="{height:g}" fill="#ffffff"/>',
    ]
    return "\n".join([*head, *parts, "</svg>\n"])


def svg_text(
    x: float,
    y: float,
    text: str,
    size: int,
    colour: str = INK,
    anchor: str = "start",
    weight: str = "normal",
    outlined: bool = False,
    fit: float | None = None,
) -> str:
    """Return text whose middle is at height y.

    outlined: with a white outline, where it is on colours.
    fit: the width to squeeze it to if it would be wider.
    """
    # On colours, the text keeps its own colour on a dark page, too.
    kind = f' class="{_CLASSES[colour]}"' if colour in _CLASSES and not outlined else ""
    outline = ' stroke="#ffffff" stroke-width="4" stroke-linejoin="round" paint-order="stroke"' if outlined else ""
    bold = f' font-weight="{weight}"' if weight != "normal" else ""
    squeeze = f' textLength="{fit:g}" lengthAdjust="spacingAndGlyphs"' if fit and 0.6 * size * len(text) > fit else ""
    return (
        f'<text{kind} x="{x:.1f}" y="{y + 0.35 * size:.1f}" font-size="{size}"{bold}{outline}{squeeze} '
        f'fill="{colour}" text-anchor="{anchor}">{escape_text(text)}</text>'
    )
