"""The first program of the README runs, and learns."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_network_of_the_readme_learns(capsys) -> None:
    program = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    exec(compile(program, "README.md", "exec"), {})
    assert float(capsys.readouterr().out) > 0.85
