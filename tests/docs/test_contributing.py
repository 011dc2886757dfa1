"""The code that CONTRIBUTING.md shows is the code of the project, and every path that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXCERPTS = re.findall(r"```python\n# (\S+)\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize(("path", "code"), EXCERPTS, ids=[f"{i}-{path}" for i, (path, _) in enumerate(EXCERPTS)])
def test_excerpts_stand_in_the_files_they_name(path: str, code: str) -> None:
    assert code in (ROOT / path).read_text(encoding="utf-8")


def test_all_code_says_where_it_stands() -> None:
    assert len(EXCERPTS) == TEXT.count("```python") == 4


def test_paths_exist() -> None:
    paths = re.findall(r"`((?:npcnn|emotion|tests|docs|scripts|benchmarks)/[\w/.]+)`", TEXT)
    assert len(paths) >= 5
    assert [path for path in paths if not (ROOT / path).exists()] == []
