"""``docs/archive.md`` describes all columns of the table."""

from __future__ import annotations

import re
from pathlib import Path

from emotion.archive import COLUMNS, SETTINGS

TEXT = (Path(__file__).parents[2] / "docs" / "archive.md").read_text(encoding="utf-8")


def test_columns_are_described() -> None:
    rows = re.findall(r"^\| (`.*?) \|", TEXT, re.MULTILINE)
    assert [column for row in rows for column in re.findall(r"`(\w+)`", row)] == list(COLUMNS)
    assert SETTINGS in TEXT
