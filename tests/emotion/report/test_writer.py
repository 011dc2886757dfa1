"""Reports as files: content, names, and what happens if they cannot be written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from emotion.errors import InputError
from emotion.face import make_face
from emotion.labels import EMOTIONS
from emotion.report.writer import written_report

FACE = make_face((1, 2, 30, 30), 2.0, np.eye(8)[5], 0.5)


@pytest.fixture(scope="module")
def page(write_small_report: Callable, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small report."""
    path = tmp_path_factory.mktemp("report") / "faces.html"
    write_small_report(path)
    assert [file.name for file in path.parent.iterdir()] == ["faces.html"]
    return path.read_text(encoding="utf-8")


def test_counts(page: str) -> None:
    tiles = dict(re.findall(r"<dt>(?:<a [^>]*>)?([\w ]+)(?:</a>)?</dt><dd>(\d+)</dd>", page))
    assert tiles == {"pictures": "5", "faces": "5", "uncertain": "2", "without a face": "1", "errors": "1"}
    emotions = dict(re.findall(r'value="(\w+)">.*?<b>(\d+)</b>', page))
    assert emotions == {"happy": "2", "sadness": "1", "anger": "1", "fear": "1"}
    assert "below 50% are marked as uncertain" in page


def test_a_row_for_each_face(page: str) -> None:
    rows = re.findall(r"<tr class=.*?</tr>", page, re.DOTALL)
    assert [re.search(r'class="confidence">(.*?)<', row)[1] for row in rows] == [
        "90.0%",
        "40.0%",
        "80.0%",
        "60.0%",
        "30.0%",
    ]
    assert ['<span class="uncertain">' in row for row in rows] == [False, True, False, False, True]
    for row in rows:
        assert re.findall(r'<li class="(\w+)', row) == list(EMOTIONS)
        assert row.count("<img src=") == 1
    assert '--length:90.0%">happy <i></i> <b>90%</b>' in rows[0]
    assert "face 2 of 2" in rows[1]
    assert "face 1 of 1" not in rows[4]


def test_page_is_well_formed_self_contained_and_names_are_only_text(page: str, read_html: Callable) -> None:
    outline = read_html(page)
    assert len(set(outline.ids)) == len(outline.ids)
    assert all(source.startswith("data:image/jpeg;base64,") for source in outline.sources)
    assert len(outline.sources) == 5
    assert "://" not in page
    assert outline.elements.count("script") == 1
    assert "wall &lt;b&gt;.png</a></li>" in page
    assert "<li>&lt;i&gt;.jpg: the picture is truncated" in page
    links = [link for link in outline.links if not link.startswith("#")]
    assert not any(":" in link or "<" in link for link in links)
    assert 'javascript:document.title=2;"><script>document.title=3</a.png' in map(unquote, links)


def test_links_are_relative_to_the_report(tmp_path: Path) -> None:
    report = tmp_path / "reports" / "a.html"
    report.parent.mkdir()
    with written_report(report, "resnet", 0.0) as add_to:
        add_to.add("ä/50% #1?.png", tmp_path / "ä" / "50% #1?.png", [FACE], ["image"])
        add_to.add("-", None, [FACE], ["image"])
    text = report.read_text(encoding="utf-8")
    assert re.findall(r'href="([^#"][^"]*)">([^<]*)</a> <small>([^<]*)', text) == [
        ("../%C3%A4/50%25%20%231%3F.png", "50% #1?.png", "ä/")
    ]
    assert '<td class="picture">-</td>' in text
    assert "are marked as uncertain" not in text  # with a threshold of 0, none are


def test_no_face_in_any_picture(tmp_path: Path, read_html: Callable) -> None:
    with written_report(tmp_path / "a.html", "resnet", 0.5) as report:
        report.add("wall.png", tmp_path / "wall.png", [], [])
    outline = read_html((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert "table" not in outline.elements
    assert "form" not in outline.elements
    assert outline.ids == ["without-face"]


def test_interrupted_report_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), written_report(path, "resnet", 0.5) as report:
        report.add("a.png", None, [FACE], ["image"])
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.html"]


def test_unwritable_folder_is_noticed_at_the_beginning(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"cannot be written \(No such file"),
        written_report(tmp_path / "no" / "a.html", "", 0),
    ):
        pytest.fail("the report was begun")


def test_full_disk_is_reported_at_the_end(tmp_path: Path) -> None:
    added = []
    with (
        pytest.raises(InputError, match=r"a\.html: cannot be written \(No space left on device\)"),
        written_report(tmp_path / "a.html", "resnet", 0.5) as report,
    ):

        def full(data: bytes) -> int:
            raise OSError(28, "No space left on device")

        report._file = type("Full", (), {"write": staticmethod(full)})()
        for name in ("a.png", "b.png"):
            report.add(name, None, [FACE], ["image"])
            added.append(name)
    assert added == ["a.png", "b.png"]
    assert list(tmp_path.iterdir()) == []
