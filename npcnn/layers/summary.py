"""A network as a table: layers, output shapes, parameters."""

from __future__ import annotations

from npcnn.layers.containers import Residual
from npcnn.layers.layer import Layer, Shape


def parameter_count(network: Layer) -> int:
    """Number of elements in all parameters."""
    return sum(w.size for w in network.params.values())


def summary(network: Layer, input_shape: Shape) -> str:
    """The table for one image of ``input_shape`` (without N): one line per layer, children indented, the total last.

    Raises ValueError if a layer does not accept the output of the one before.
    """
    rows = [("layer", "output", "parameters"), *_rows("", network, input_shape, 0)]
    rows.append(("total", "", f"{parameter_count(network):,}"))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows]
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def _rows(name: str, layer: Layer, shape: Shape, depth: int) -> list[tuple[str, str, str]]:
    output = layer.output_shape(shape)
    title = "  " * depth + (f"{name} " if name else "") + type(layer).__name__
    rows = [(title, "x".join(map(str, output)), f"{parameter_count(layer):,}")]
    for child_name, child in layer.children().items():
        if isinstance(layer, Residual) and child is layer.activation:
            shape = layer.body.output_shape(shape)
        rows += _rows(child_name, child, shape, depth + 1)
        if not isinstance(layer, Residual):
            shape = child.output_shape(shape)
    return rows
