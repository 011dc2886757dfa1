"""The project uses the standard terms of the field; this test finds private ones and names the term to use instead."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
SUFFIXES = {".py", ".md", ".toml", ".txt"}
FOLDERS = ("npcnn", "emotion", "scripts", "benchmarks", "tests", "docs", "examples", "weights")

MEASURED_TABLE = re.compile(r"<!-- ([\w-]+) -->\n.*?<!-- /\1 -->", re.DOTALL)
"""Measured tables in documents are written by the benchmarks, so their labels change with the next measurement."""


class Term(NamedTuple):
    """A private term: a regular expression, the standard term, and a text that the expression must find.

    The expression ignores case. It matches only whole words; underscores separate words, too.
    """

    pattern: str
    standard: str
    example: str


TERMS = [
    Term(r"tellings?", "backend", "with the telling in NumPy"),
    Term(r"told as", "implementation", "an operation told as a kernel"),
    Term(r"twins?", "counterpart", "the kernel's twin in NumPy"),
    Term(r"tickets?", "task counter", "def next_ticket(counter):"),
    Term(r"(?:draws?|drew) (?:\w+ )?tasks?|tasks? (?:\w+ )?drawn", "take the next task", "each thread draws a task"),
    Term(r"helpers", "workers", "helpers that stay awake"),
    Term(r"(?:sent|send|sends) home", "stop", "the workers are sent home"),
    Term(r"(?-i:_PATIENCE)", "spin limit", "_PATIENCE = 20_000"),
    Term(r"bells?", "wake-up", "self._bell = SimpleQueue()"),
    Term(r"Python's lock", "the GIL", "without Python's lock"),
    Term(r"canvas(?:es)?", "padded NHWC buffer, PaddedLayout (or image)", "def make_canvas(shape):"),
    Term(r"lay_out", "to_channels_last", "lay_out(x, n, image)"),
    Term(r"take_back", "to_channels_first", "take_back(image, dx)"),
    Term(r"channels (?:\w+ ){0,3}side by side", "channels last", "the channels of a pixel side by side"),
    Term(r"layout\.(?:row|pixel)(?!_)", "row_stride, pixel_stride", "start + i * layout.row"),
    Term(r"(?:weight|window|kernel|row)_chunks|chunks of (?:a|the) (?:kernel|window|filter|row)",
         "vector-width slices of a kernel row", "the chunks of a kernel row"),
    Term(r"blocks? of (?:sums|products|vectors)|register blocks?", "register tile", "a block of sums"),
    Term(r"add_products", "outer_product_fma", "sums = add_products(sums, a, b)"),
    Term(r"everywhere(?=\()|import (?:.*, )?everywhere", "splat", "zero = everywhere(0.0)"),
    Term(r"spread_at", "broadcast_load", "spread_at(image, starts, tap)"),
    Term(r"whole_vectors?", "round_up_to_vector", "whole_vectors(channels)"),
    Term(r"turned over", "transposed", "stored turned over"),
    Term(r"place by place|by_place", "dense (masked) gradient", "the gradient, place by place"),
    Term(r"at the maxima|at_maxima", "sparse gradient", "def backward_at_maxima(dy):"),
    Term(r"first-level cache", "L1 cache", "stays in the first-level cache"),
    Term(r"second-level cache", "L2 cache", "stays in the second-level cache"),
    Term(r"long runs?", "sequential access", "weights read in long runs"),
    Term(r"(?-i:_FEW)", "small batch", "if len(x) <= _FEW:"),
    Term(r"class numbers?", "class label", "an array of class numbers"),
    Term(r"weighs? nothing", "zero-padded", "channels that weigh nothing"),
    Term(r"kernels[./]program|npcnn[./](?:program|steps)|program of (?:steps|stages)|stages? of steps",
         "execution plan, instructions", "see npcnn/program.py"),
    Term(r"ways of (?:a|the|its|each) (?:residual|block)|for way in .*(?:children|residual)", "branches",
         "both ways of a residual block"),
    Term(r"a rest", "remainder", "columns that leave a rest"),
    Term(r"MovingAverage", "exponential moving average, EMA", "average = MovingAverage(params)"),
    Term(r"its food", "data source", "a trainer and its food"),
    Term(r"lines? of (?:the )?history|history lines?", "record", "a line of history for each epoch"),
]  # fmt: skip

LEGITIMATE = """
drawn faces; a task; draws random numbers; the place of a table; the whole network; a neutral face at rest
the row and the pixel; a program; a step of training; residual blocks; a few images; the total number of elements
moving average; early stopping with patience; a helper function; everywhere; the image is laid out
the rest of the batch; padded NHWC buffer; layout.row_stride; a stage of the cascade
"""


def expression(pattern: str) -> re.Pattern[str]:
    """The compiled pattern, limited to whole words."""
    return re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])", re.IGNORECASE)


ANY = expression("|".join(f"(?:{term.pattern})" for term in TERMS))
"""All at once, which is much faster."""


def files() -> Iterator[Path]:
    """Yield the tracked text files, or all text files if this is not a Git checkout; without this one."""
    try:
        listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        paths = [ROOT / line for line in listing.splitlines()]
    except (OSError, subprocess.CalledProcessError):
        paths = [*ROOT.glob("*.*"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))]
    for path in sorted(paths):
        if path.suffix in SUFFIXES and path.is_file() and path != Path(__file__):
            yield path


def find_private_terms(text: str) -> Iterator[tuple[int, str, Term]]:
    """Yield line number, matched text and term for every match outside measured tables."""
    text = MEASURED_TABLE.sub(lambda table: "\n" * table[0].count("\n"), text)
    for match in ANY.finditer(text):
        term = next(term for term in TERMS if expression(term.pattern).match(text, match.start()))
        yield text.count("\n", 0, match.start()) + 1, match[0], term


def test_files_use_standard_terms() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {words!r}; use {term.standard}"
        for path in files()
        for number, words, term in find_private_terms(path.read_text(encoding="utf-8"))
    ]
    assert not found, f"{len(found)} private terms:\n" + "\n".join(found)


@pytest.mark.parametrize("term", TERMS, ids=[term.pattern for term in TERMS])
def test_pattern_finds_its_example(term: Term) -> None:
    assert next(found for _, _, found in find_private_terms(term.example)) == term
    assert not expression(term.pattern).search(term.standard)


def test_legitimate_uses_are_not_found() -> None:
    assert list(find_private_terms(LEGITIMATE)) == []


def test_measured_tables_are_skipped_and_lines_counted() -> None:
    text = "# Title\n<!-- speed -->\n| canvas |\n<!-- /speed -->\na canvas\n"
    assert [number for number, _, _ in find_private_terms(text)] == [5]
