"""Tables for the terminal and for documents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.tables import ROOT, documents, markdown_table, publish, text_table

HEADER, ROWS = ["what", "ms"], [["short", "1.5"], ["a longer name", "12.0"]]


def test_text_is_aligned() -> None:
    assert text_table(HEADER, ROWS).splitlines() == [
        "what             ms",
        "-------------------",
        "short           1.5",
        "a longer name  12.0",
    ]


def test_markdown_numbers_are_right_aligned() -> None:
    lines = markdown_table(HEADER, ROWS).splitlines()
    assert lines[1] == "| ------------- | ---: |"
    assert lines[3] == "| a longer name | 12.0 |"


def test_publish_replaces_only_the_text_between_the_marks(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("a.md", "b.md", "c.md"))
    first.write_text("before\n<!-- speed -->\nold\n<!-- /speed -->\nafter\n")
    second.write_text("<!-- speed -->\n<!-- /speed -->\n<!-- size -->\nkept\n<!-- /size -->\n")
    other.write_text("no mark\n")
    publish("speed", r"| \1 new |", [first, second, other])
    assert first.read_text() == "before\n<!-- speed -->\n\n| \\1 new |\n\n<!-- /speed -->\nafter\n"
    assert (
        second.read_text() == "<!-- speed -->\n\n| \\1 new |\n\n<!-- /speed -->\n<!-- size -->\nkept\n<!-- /size -->\n"
    )
    assert other.read_text() == "no mark\n"


def test_publish_fails_without_marks(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("<!-- other -->\n<!-- /other -->\n")
    with pytest.raises(ValueError, match="no document has the comments <!-- speed -->"):
        publish("speed", "table", [tmp_path / "a.md"])


def marked_tables() -> dict[str, list[str]]:
    """All tables in the documents by name, with one entry per document."""
    tables: dict[str, list[str]] = {}
    for path in documents():
        text = path.read_text(encoding="utf-8")
        for name, content in re.findall(r"<!-- ([\w-]+) -->\n(.*?)<!-- /\1 -->", text, re.DOTALL):
            tables.setdefault(name, []).append(content)
    return tables


def test_every_table_is_published_and_documents_agree() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "benchmarks").rglob("*.py"))
    names = set(re.findall(r'show\("([\w-]+)"', sources))
    tables = marked_tables()
    assert names
    assert names <= tables.keys()
    for name in names:
        assert len(set(tables[name])) == 1, f"{name} differs between documents"
        assert "| -" in tables[name][0], f"{name} has not been measured"
        assert "python -m benchmarks." in tables[name][0]
