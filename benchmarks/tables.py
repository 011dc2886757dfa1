"""Tables as text: aligned for a terminal, or in Markdown for a document."""

from __future__ import annotations

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]], markdown: bool = False) -> str:
    """Lines of cells under a header; the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        aligned = [f"{cells[0]:<{widths[0]}}"]
        aligned += [f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return f"| {' | '.join(aligned)} |" if markdown else "  ".join(aligned)

    if markdown:
        rule = line(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    else:
        rule = "-" * len(line(header))
    return "\n".join([line(header), rule, *map(line, rows)])
