"""The archive command: which pictures it hands over, what it prints, and errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotion.archive import ArchiveSummary
from emotion.cli import archive as module
from emotion.cli.entry_points import archive as main
from emotion.detection import MIN_SCORE


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list:
    """Paths and options of the archives that the command recognises; it does not need the packages of the extra."""
    calls = []

    def recognize_archive(paths, output, client, *, track, **options):
        calls.append((list(paths), output, client, options))
        track(1, 2)
        return ArchiveSummary(1, 1, 2, 3, 1)

    monkeypatch.setattr("emotion.archive.recognize_archive", recognize_archive)
    monkeypatch.setattr(module, "find_spec", lambda name: object())
    return calls


def test_pictures_and_options_are_handed_over(given, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "below").mkdir()
    for name in ("a.png", "below/b.png"):
        (tmp_path / name).touch()
    assert main([str(tmp_path), "nothing.png", "-r", "--output", "table", "--format", "csv"]) == 0
    ((paths, output, client, options),) = given
    assert paths == [str(tmp_path / "a.png"), str(tmp_path / "below" / "b.png"), "nothing.png"]
    assert (output, client) == (Path("table"), None)
    assert (options["table"], options["partition_size"], options["min_score"]) == ("csv", 256, MIN_SCORE)
    assert capsys.readouterr().out.splitlines() == [
        "table: 1 partitions written; 1 of an earlier run kept",
        "  2 pictures: 3 faces, 1 could not be processed",
    ]


def test_listed_pictures(given, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes("\ufeffä.png\r\n\r\nb c.png\n".encode())
    assert main(["--list", str(tmp_path / "list.txt"), "--output", "table"]) == 0
    assert given[0][0] == ["ä.png", "b c.png"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-"], "standard input is a single picture"),
        (["--list", "nothing.txt"], "nothing.txt: cannot be read (No such file or directory)"),
        (["--list", "empty.txt"], "empty.txt: lists no pictures"),
        (["a.png", "--min-confidence", "2"], "--min-confidence is 2.0"),
    ],
)
def test_errors_are_one_line(given, arguments, said, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.txt").write_text("\n")
    assert main([*arguments, "--output", "table"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert given == []


def test_a_missing_package_is_named(monkeypatch, capsys) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert main(["a.png", "--output", "table"]) == 2
    assert "the package distributed is missing; pip install" in capsys.readouterr().err
