"""Tables of faces as CSV."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.video.table import COLUMNS, written_table


def test_rows(make_result, tmp_path: Path) -> None:
    path = tmp_path / "faces.csv"
    with written_table(path) as add:
        add(make_result(0, 0.0, happy=[1, 2]))
        add(make_result(1, 0.04))
        add(make_result(2, 0.08, anger=[2]))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["frame"], row["id"], row["emotion"]) for row in rows] == [
        ("0", "1", "happy"),
        ("0", "2", "happy"),
        ("2", "2", "anger"),
    ]
    last = rows[-1]
    assert tuple(last) == COLUMNS
    assert (last["time"], last["x"], last["y"], last["width"], last["height"]) == ("0.0800", "10", "20", "30", "40")
    assert (last["score"], last["uncertain"]) == ("2.5000", "false")
    assert sum(float(last[emotion]) for emotion in EMOTIONS) == pytest.approx(1, abs=1e-5)
    assert float(last["anger"]) == float(last["confidence"])


def test_failures_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"), written_table(tmp_path / "no" / "a.csv"):
        pytest.fail("it was opened")
    with pytest.raises(KeyError), written_table(tmp_path / "a.csv"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []
