"""The mapping files in ``docs/data.md`` can be read, and its tables say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from emotion.datasets.label_mapping import LabelMapping, read_label_mapping
from emotion.datasets.labelled_pictures import MAX_ASPECT, MAX_SIDE
from emotion.datasets.parts import PARTS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")


def test_mapping_files_can_be_read(tmp_path) -> None:
    rafdb, table = tmp_path / "rafdb.toml", tmp_path / "table.toml"
    for path, block in zip((rafdb, table), re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL), strict=True):
        path.write_text(block)
    assert read_label_mapping(rafdb).labels == read_label_mapping(ROOT / "configs/labels/rafdb.toml").labels
    mapping = read_label_mapping(table)
    defaults = LabelMapping()
    assert all(getattr(mapping, name) != getattr(defaults, name) for name in vars(defaults))
    assert mapping.subject_of("images/person07_3.png") == "person07"


def test_figures_and_parts() -> None:
    assert f"more than {MAX_ASPECT} times" in TEXT
    assert f"more than {MAX_SIDE:,} pixels" in TEXT
    assert all(f"`PATH:{part}`" in TEXT for part in PARTS)
