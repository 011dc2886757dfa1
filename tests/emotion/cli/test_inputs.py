"""Which pictures the predict command processes."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion.cli.inputs import PictureInput, find_pictures
from emotion.errors import InputError
from emotion.pictures import ANNOTATED, write_picture


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder of pictures in folders, in the current folder."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "photos/b.png",
        "photos/a.jpg",
        "photos/a.jpg" + ANNOTATED,
        "photos/notes.txt",
        "photos/.hidden.png",
        "photos/May/c.png",
        "photos/May/deeper/d.PNG",
        "photos/.trash/e.png",
        "photos/empty/notes.md",
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"x")
    return Path("photos")


def found(*paths, recursive=False):
    """The paths and the places that are found, with no bad path."""
    pictures, bad = find_pictures(paths, recursive)
    assert not bad
    return [picture.name for picture in pictures], [picture.place.as_posix() for picture in pictures]


@pytest.mark.usefixtures("photos")
def test_files_and_folders():
    assert found("photos/b.png", "photos") == (["photos/b.png", "photos/a.jpg"], ["b.png", "a.jpg"])


@pytest.mark.usefixtures("photos")
def test_folders_below_a_folder(capsys):
    names = ["a.jpg", "b.png", "May/c.png", "May/deeper/d.PNG"]
    assert found("photos", recursive=True) == ([f"photos/{name}" for name in names], names)
    assert "2 files left out: notes.txt, notes.md" in capsys.readouterr().err


def test_the_same_file_is_found_once(photos):
    other_ways = ["./photos/b.png", "photos/../photos/b.png", str(photos.absolute() / "b.png"), "photos/b.*"]
    paths, _ = found("photos/b.png", *other_ways, "-", "-")
    assert paths == ["photos/b.png", "-"]


def test_files_that_only_seem_to_be_the_same(photos, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "May").mkdir()
    (elsewhere / "b.png").write_bytes(b"x")
    (photos / "link").symlink_to(elsewhere / "May")
    (photos / "c.png").symlink_to("b.png")
    paths, _ = found("photos/b.png", "photos/link/../b.png", "photos/c.png")
    assert len(paths) == 3


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        ("photos/*.png", ["b.png"]),
        ("photos/?.*", ["a.jpg", "b.png"]),
        ("photos/[b-z].png", ["b.png"]),
        ("*/*.png", ["photos/b.png"]),
        ("photos/**/*.png", ["May/c.png", "b.png"]),
        ("photos/**", ["May/c.png", "May/deeper/d.PNG", "a.jpg", "b.png"]),
        ("photos/May/**/*", ["c.png", "deeper/d.PNG"]),
    ],
)
@pytest.mark.usefixtures("photos")
def test_patterns(pattern, places):
    assert found(pattern)[1] == places


def test_absolute_pattern(photos):
    assert found(f"{photos.absolute()}/*.png") == ([str(photos.absolute() / "b.png")], ["b.png"])


def test_a_file_with_brackets_in_its_name_is_no_pattern(photos):
    (photos / "b[1].png").write_bytes(b"x")
    (photos / "b1.png").write_bytes(b"x")
    assert found("photos/b[1].png")[0] == ["photos/b[1].png"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("photos/*.bmp", r"photos/\*\.bmp: no such file or folder"),
        ("photos/*.txt", "no such file or folder"),
        ("photos/**.png", r"\*\* must be a folder by itself"),
        ("https://example.org/a.png?size=*", "a URL"),
        ("x" * 5000, "File name too long"),
        ("photos/nothing", "no such file"),
        ("photos/empty", "no pictures in this folder;"),
    ],
)
@pytest.mark.usefixtures("photos")
def test_paths_without_pictures(path, message):
    pictures, (bad,) = find_pictures(["photos/b.png", path])
    assert [picture.name for picture in pictures] == ["photos/b.png"]
    assert bad.name == path
    with pytest.raises(InputError, match=message):
        raise bad.error


@pytest.mark.usefixtures("photos")
def test_no_pictures_below_a_folder():
    _, (bad,) = find_pictures(["photos/empty"], recursive=True)
    assert "no pictures in this folder or below it" in str(bad.error)


@pytest.mark.usefixtures("photos")
def test_only_annotated_copies():
    with pytest.raises(InputError, match="this is an annotated copy"):
        find_pictures(["photos/a.jpg" + ANNOTATED])


def test_standard_input(monkeypatch, tmp_path):
    pixels = np.full((4, 5, 3), 7, np.uint8)
    write_picture(tmp_path / "a.png", pixels)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((tmp_path / "a.png").read_bytes())))
    (picture,), _ = find_pictures(["-"])
    assert picture == PictureInput(None, Path("stdin"))
    assert np.array_equal(picture.read(), pixels)
    with pytest.raises(InputError, match="standard input: empty"):
        picture.read()


@pytest.mark.parametrize("closed", [True, False])
def test_a_terminal_has_no_picture(monkeypatch, closed):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", None if closed else Terminal())
    with pytest.raises(InputError, match="redirect one into it"):
        PictureInput(None, Path("stdin")).read()
