"""The network as a drawing (SVG) from top to bottom, in which each layer is a link to its section of the page."""

from __future__ import annotations

from html import escape

from emotion.inspection.sentences import by, short_name
from npcnn import (
    AvgPool2D,
    BatchNorm2D,
    Conv2D,
    Dense,
    Dropout,
    GlobalAvgPool2D,
    Layer,
    MaxPool2D,
    Residual,
    Sequential,
)
from npcnn.layers.layer import Shape

WIDTH = 360
_BOX, _GAP, _MARGIN = 24, 10, 6

_COLOURS = {
    Conv2D: "weights",
    Dense: "weights",
    MaxPool2D: "pool",
    AvgPool2D: "pool",
    GlobalAvgPool2D: "pool",
    BatchNorm2D: "norm",
    Dropout: "dropout",
}
"""Classes of the boxes in the style sheet; other layers are "other"."""


def anchor(name: str) -> str:
    """Return the id of the section about the layer of this name."""
    return "layer-" + (name.replace("/", "-") or "network")


def diagram(network: Layer, input_shape: Shape) -> str:
    """Return the drawing for images of ``input_shape`` (C, H, W), as an <svg> that the page's style sheet colours."""
    drawing = _Drawing()
    middle, width = WIDTH / 2, WIDTH / 2 - 2 * _MARGIN
    drawing.box("#face", f"face  {by(input_shape)}", "other", middle, _MARGIN, width)
    bottom = drawing.layer(network, "", input_shape, (0, WIDTH), _MARGIN + _BOX)
    drawing.line((middle, bottom), (middle, bottom + _GAP))
    drawing.box("#answer", "probabilities", "other", middle, bottom + _GAP, width)
    height = bottom + _GAP + _BOX + _MARGIN
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" role="img">'
        f"<title>The layers of the network; each leads to its section</title>{''.join(drawing.parts)}</svg>"
    )


class _Drawing:
    """Parts of the drawing. Lengths are in pixels; a column is its left and right edge."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def layer(self, layer: Layer, name: str, shape: Shape, column: tuple[float, float], top: float) -> float:
        """Draw a layer below ``top``, in the middle of a column; returns the y coordinate of its lower edge."""
        if isinstance(layer, Sequential):
            for key, child in layer.children().items():
                top = self.layer(child, f"{name}/{key}".lstrip("/"), shape, column, top)
                shape = child.output_shape(shape)
            return top
        if isinstance(layer, Residual):
            return self.residual(layer, name, shape, column, top)
        middle, width = sum(column) / 2, min(column[1] - column[0], WIDTH / 2) - 2 * _MARGIN
        self.line((middle, top), (middle, top + _GAP))
        text = f"{short_name(layer)}  {by(layer.output_shape(shape))}"
        self.box(f"#{anchor(name)}", text, _COLOURS.get(type(layer), "other"), middle, top + _GAP, width)
        return top + _GAP + _BOX

    def residual(self, layer: Residual, name: str, shape: Shape, column: tuple[float, float], top: float) -> float:
        """Draw body and shortcut side by side, their sum, and the activation; returns the y coordinate of the end."""
        left, right = column
        middle = (left + right) / 2
        branches = (left, middle), (middle, right)
        fork = top + _GAP
        self.line((middle, top), (middle, fork))
        self.line(*((sum(branch) / 2, fork) for branch in branches))
        ends = [self.layer(layer.body, f"{name}/body", shape, branches[0], fork), fork]
        if layer.shortcut is not None:
            ends[1] = self.layer(layer.shortcut, f"{name}/shortcut", shape, branches[1], fork)
        join = max(ends) + _GAP + _BOX / 2
        for branch, end in zip(branches, ends, strict=True):
            self.line((sum(branch) / 2, end), (sum(branch) / 2, join))
        self.line(*((sum(branch) / 2, join) for branch in branches))
        self.box(f"#{anchor(name)}", "+", "other", middle, join - _BOX / 2, _BOX)
        bottom = join + _BOX / 2
        if layer.activation is None:
            return bottom
        return self.layer(layer.activation, f"{name}/activation", layer.body.output_shape(shape), column, bottom)

    def box(self, link: str, text: str, colour: str, middle: float, top: float, width: float) -> None:
        """Draw a box with text that is a link."""
        self.parts.append(
            f'<a href="{link}"><rect class="{colour}" x="{middle - width / 2:g}" y="{top:g}" width="{width:g}" '
            f'height="{_BOX}" rx="5"/><text x="{middle:g}" y="{top + _BOX / 2 + 4:g}">{escape(text)}</text></a>'
        )

    def line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a straight line."""
        self.parts.append(f'<path d="M{start[0]:g} {start[1]:g}L{end[0]:g} {end[1]:g}"/>')
