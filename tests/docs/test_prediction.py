"""``docs/prediction.md`` describes what the command prints and writes, and its programs run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from emotion.cli.outputs import COLUMNS, as_json, error_as_json
from emotion.face import Face
from emotion.pictures import write_picture
from emotion.recognizer import EmotionRecognizer

TEXT = (Path(__file__).parents[2] / "docs" / "prediction.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_examples_of_json_are_what_is_printed() -> None:
    result, error = (json.loads(block) for block in blocks("json"))
    (face,) = result["faces"]
    printed = as_json(result["picture"], [Face(**face | {"box": tuple(face["box"])})], Path(result["annotated"]))
    assert json.loads(printed) == result
    assert list(json.loads(printed)) == list(result)
    assert json.loads(error_as_json(error["picture"], error["error"])) == error


def test_columns_are_described() -> None:
    table = TEXT.split("## Tables")[1].split("## Annotated")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert tuple(re.findall(r"`(\w+)`", " ".join(rows))) == COLUMNS


@pytest.mark.parametrize("program", blocks("python"))
def test_programs_run(program: str, recognizer, astronaut, tmp_path, monkeypatch, capsys) -> None:
    write_picture(tmp_path / "photo.jpg", astronaut)
    write_picture(tmp_path / "crop.png", astronaut[60:180, 170:280])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(EmotionRecognizer, "load", lambda: recognizer)
    monkeypatch.setattr("emotion.compat._included", lambda: recognizer)
    exec(compile(program, "prediction.md", "exec"), {})
    out = capsys.readouterr().out
    assert "missing.jpg: no such file" in out or "happy" in out
