"""Runs the programs in examples/ as a user would, and checks what they print."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def run(example, *arguments):
    command = [sys.executable, "-W", "error", ROOT / "examples" / example, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def output(example, *arguments):
    result = run(example, *arguments)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def percentage(text, name):
    return float(re.search(rf"^{name} ([\d.]+)%", text, re.MULTILINE)[1])


def save(path, x, y):
    np.savez(path, x=x, y=y)
    return path


def test_xor_is_learned():
    printed = output("xor.py")
    losses = [float(value) for value in re.findall(r"loss ([\d.]+)", printed)]
    assert losses[-1] < 0.01 < losses[0]
    assert re.findall(r"(\d) xor (\d) = (\d)", printed) == [tuple("000"), tuple("011"), tuple("101"), tuple("110")]


def test_digits_are_read():
    assert percentage(output("digits.py"), "validation accuracy:") > 90


@pytest.mark.parametrize("shape", [(60, 9, 7), (60, 3, 9, 7)])
def test_digits_of_the_user_are_read(shape, tmp_path):
    y = np.arange(60) % 3
    x = np.random.default_rng(0).integers(0, 50, shape, np.uint8)
    for label in range(3):
        x[y == label, ..., 2 * label : 2 * label + 3, :] += 200
    printed = output("digits.py", "--data", save(tmp_path / "data.npz", x, y), "--epochs", 20)
    assert percentage(printed, "validation accuracy:") > 90


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((6, 8)), np.zeros(6, int), "x must be at least 5 images"),
        (np.zeros((6, 3, 8)), np.zeros(6, int), "x must be at least 5 images"),
        (np.zeros((6, 8, 8)), np.zeros(5, int), "y must be one class label"),
        (np.zeros((6, 8, 8)), np.zeros(6), "y must be one class label"),
        (np.zeros((6, 8, 8)), np.array([None] * 6), "cannot read x and y"),
    ],
)
def test_data_that_does_not_fit_gives_one_line(x, y, message, tmp_path):
    result = run("digits.py", "--data", save(tmp_path / "data.npz", x, y))
    assert result.returncode == 1
    assert message in result.stderr and len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_npz_gives_one_line(content, tmp_path):
    path = tmp_path / "data.npz"
    if content is not None:
        path.write_bytes(content)
    result = run("digits.py", "--data", path)
    assert result.returncode == 1
    assert "cannot read x and y" in result.stderr and len(result.stderr.splitlines()) == 1


def test_own_layer_passes_its_check_and_is_trained():
    printed = output("own_layer.py")
    assert percentage(printed, "accuracy") > 95
    errors = [float(error) for error in re.findall(r"'(\de-\d+)'", printed)]
    assert len(errors) == 2
    assert max(errors) < 1e-6


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_docstring_says_how_to_run(example):
    ways = (f"``python examples/{example.name}", f"``python -m examples.{example.stem}")
    assert any(way in example.read_text(encoding="utf-8") for way in ways)
