"""The ladder of convolutions: its steps agree with the reference, and chapter 8 shows its functions as they are."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from examples.convolution_ladder import STEPS, Step, bar_chart, measure

ROOT = Path(__file__).parents[2]


def test_the_script_checks_and_measures_six_steps(tmp_path: Path) -> None:
    chart = tmp_path / "ladder.svg"
    command = [sys.executable, "-m", "examples.convolution_ladder", "--quick", "--plot", chart]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    output = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
    assert "all 6 steps agree with the reference" in output
    rates = re.findall(r"^([1-6]) .*?  +([\d.e+-]+) +[\d,]+$", output, re.MULTILINE)
    assert [step for step, _ in rates] == list("123456")
    assert all(float(rate) > 0 for _, rate in rates)
    svg = ElementTree.parse(chart).getroot()
    assert len(svg.findall("{http://www.w3.org/2000/svg}rect")) == 1 + len(STEPS)


def test_a_wrong_step_is_not_measured() -> None:
    wrong = Step("wrong", lambda x, w, b: STEPS[1].function(x, w, 0 * b))
    with pytest.raises(ArithmeticError, match="wrong: the result differs"):
        measure(wrong, 1, 4, 0.0, np.random.default_rng(0))


def test_a_longer_bar_is_a_higher_rate() -> None:
    svg = ElementTree.fromstring(bar_chart({"slow": 0.01, "fast": 10.0}))
    widths = [float(bar.get("width")) for bar in svg.findall("{http://www.w3.org/2000/svg}rect")[1:]]
    assert 0 < widths[0] < widths[1]


def test_the_chapter_shows_the_functions_as_they_are() -> None:
    chapter = (ROOT / "docs/tour/08-simd.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", chapter, re.DOTALL | re.MULTILINE)
    shown = {name: code for block in blocks for name, code in _functions(block).items()}
    defined = _functions((ROOT / "examples/convolution_ladder.py").read_text(encoding="utf-8"))
    names = [step.function.__name__ for step in STEPS[3:]]
    assert [name for name in names if shown.get(name) != defined[name]] == []


def _functions(source: str) -> dict[str, str]:
    """The functions of a source text by name, without docstrings and comments."""
    functions = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    for node in functions.values():
        if ast.get_docstring(node) is not None:
            del node.body[0]
    return {name: ast.unparse(node) for name, node in functions.items()}
