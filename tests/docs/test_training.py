"""``docs/training.md`` names options that exist and the files that a run writes."""

from __future__ import annotations

import re
from pathlib import Path

from emotion.cli.training_options import training_parser

TEXT = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def test_options_exist() -> None:
    options = {option for action in training_parser()._actions for option in action.option_strings}
    named = set(re.findall(r"--[a-z][a-z-]*", TEXT))
    assert len(named) > 10
    assert named - options == {"--train"}  # of evaluate.py


def test_files_of_a_run_are_described() -> None:
    files = re.findall(r"^\| `([\w.]+)` \|", TEXT, re.MULTILINE)
    source = "".join(
        (Path(__file__).parents[2] / "emotion" / "cli" / f"{name}.py").read_text(encoding="utf-8")
        for name in ("run_folder", "training_run")
    )
    assert set(files) == set(re.findall(r'"(\w+\.(?:toml|csv|npz|svg|html))"', source))
