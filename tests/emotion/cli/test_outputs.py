"""Text, lines of JSON and tables."""

import csv
import json
from pathlib import Path

import pytest

from emotion.cli.outputs import COLUMNS, FaceTable, as_json, as_text, error_as_json
from emotion.errors import InputError
from emotion.face import Face
from emotion.labels import EMOTIONS

PROBABILITIES = dict.fromkeys(EMOTIONS, 0.01428571) | {"happy": 0.9}
SURE = Face((1, 2, 30, 30), 3.0, "happy", 0.9, False, PROBABILITIES)
UNSURE = Face((50, -2, 30, 30), None, "surprise", 0.38, True, PROBABILITIES)


def test_certain_and_uncertain_faces_are_aligned():
    title, certain, uncertain, saved = as_text("a.png", [SURE, UNSURE], Path("b.png")).splitlines()
    assert title == "a.png: 2 faces"
    assert certain == "  happy     90.0%              30 x 30 at (1, 2), score 3.0"
    assert uncertain == "  uncertain (surprise 38.0%)   30 x 30 at (50, -2)"
    assert saved == "  saved b.png"


def test_json_of_faces_and_of_errors():
    result = json.loads(as_json("a.png", [SURE, UNSURE], Path("b.png")))
    assert list(result) == ["version", "picture", "faces", "annotated"]
    assert result["version"] == 1
    assert result["annotated"] == "b.png"
    assert result["faces"][1] == {
        "box": [50, -2, 30, 30],
        "score": None,
        "emotion": "surprise",
        "confidence": 0.38,
        "uncertain": True,
        "probabilities": PROBABILITIES,
    }
    assert json.loads(as_json("a.png", [], None)) == {"version": 1, "picture": "a.png", "faces": [], "annotated": None}
    error = json.loads(error_as_json("a\nb.png", "a\nb.png: no such file"))
    assert error == {"version": 1, "picture": "a\nb.png", "error": "a b.png: no such file"}


def test_table(tmp_path):
    path = tmp_path / "faces.csv"
    name = 'Bilder, "ä"\udce4.png'  # the last letter is a byte that is not UTF-8
    with FaceTable(path) as table:
        table.add(name, [SURE, UNSURE])
        table.add("wall.png", [])
        assert not path.exists()
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        header, sure, unsure = csv.reader(file)
    assert tuple(header) == COLUMNS
    assert sure[:10] == [name, "1", "1", "2", "30", "30", "3.0", "happy", "0.9", "false"]
    assert unsure[:10] == [name, "2", "50", "-2", "30", "30", "", "surprise", "0.38", "true"]
    assert sure[10:] == ["0.014286"] * 5 + ["0.9"] + ["0.014286"] * 2
    assert [file.name for file in tmp_path.iterdir()] == ["faces.csv"]


def test_failed_table_leaves_the_old_one(tmp_path):
    path = tmp_path / "faces.csv"
    path.write_text("old")
    with pytest.raises(KeyError), FaceTable(path) as table:
        table.add("a.png", [SURE])
        raise KeyError
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["faces.csv"]


def test_full_disk(tmp_path, monkeypatch):
    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(tmp_path), "replace", full)
    with (
        pytest.raises(InputError, match=r"faces\.csv: cannot be written \(No space left"),
        FaceTable(tmp_path / "faces.csv"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_disk_that_is_full_in_the_middle_stops_only_the_table(tmp_path):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    path = tmp_path / "faces.csv"
    path.write_text("old")
    added = []
    try:
        with pytest.raises(InputError, match=r"faces\.csv: cannot be written"), FaceTable(path) as table:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
            for number in range(300):  # more than a buffer holds
                table.add(f"{number}.png", [SURE])
                added.append(number)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(added) == 300
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["faces.csv"]


def test_table_that_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match=r"cannot be written \(No such file"), FaceTable(tmp_path / "no" / "a.csv"):
        pass
