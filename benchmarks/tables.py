"""Tables of results: aligned text for the terminal and, with ``--markdown``, Markdown written into the documents.

A document marks the position of a table with a pair of comments::

    <!-- compare -->
    ...
    <!-- /compare -->

The text between them is replaced in every document that has the pair, so that no number is copied by hand.
"""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import describe

ROOT = Path(__file__).parents[1]


def show(name: str, header: Sequence[str], rows: Sequence[Sequence[str]], arguments: Namespace) -> None:
    """Print a table and, with ``--markdown``, write it into the documents with the command and the machine.

    Raises ValueError if no document has the marks for ``name``.
    """
    print(text_table(header, rows), flush=True)
    if arguments.markdown:
        versions = describe(getattr(arguments, "threads", None), arguments.seed, arguments.packages)
        origin = f"`{arguments.command}`  \n" + "  \n".join(versions.splitlines())
        publish(name, f"{markdown_table(header, rows)}\n\n{origin}", documents())


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format a table as text; the first column is left-aligned, the others are right-aligned."""
    lines = ["  ".join(cells) for cells in _aligned(header, rows)]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format a table as Markdown, with the same alignment."""
    lines = [f"| {' | '.join(cells)} |" for cells in _aligned(header, rows)]
    widths = [len(cell) for cell in _aligned(header, rows)[0]]
    rule = " | ".join(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    return "\n".join([lines[0], f"| {rule} |", *lines[1:]])


def _aligned(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[list[str]]:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    return [
        [f"{cells[0]:<{widths[0]}}", *(f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True))]
        for cells in [header, *rows]
    ]


def documents() -> list[Path]:
    """Return all documents that may contain tables."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def publish(name: str, content: str, paths: Sequence[Path]) -> None:
    """Replace the text between ``<!-- name -->`` and ``<!-- /name -->`` in these files.

    Raises ValueError if none of them has the pair.
    """
    pair = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)", re.DOTALL)
    found = False
    for path in paths:
        text = path.read_text(encoding="utf-8")
        changed, count = pair.subn(lambda match: f"{match[1]}\n{content}\n\n{match[2]}", text)
        if count:
            path.write_text(changed, encoding="utf-8")
            found = True
    if not found:
        raise ValueError(f"no document has the comments <!-- {name} --> and <!-- /{name} -->")
