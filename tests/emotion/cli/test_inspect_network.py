"""The command that writes the page about a network: options, the face it chooses, and errors."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.cli.entry_points import inspect_network as main
from emotion.networks.original import build_network
from emotion.pictures import write_picture
from emotion.recognizer import EmotionRecognizer


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Crops of the faces that pages are about; the pages are empty."""
    crops: list[np.ndarray] = []
    monkeypatch.setattr("emotion.inspection.page.inspection_page", lambda _, crop, title: crops.append(crop) or title)
    return crops


@pytest.fixture
def weights(tmp_path: Path) -> str:
    """Random weights."""
    EmotionRecognizer(build_network(0)).save(tmp_path / "weights" / "w.npz")
    return str(tmp_path / "weights" / "w.npz")


def files(folder: Path) -> list[str]:
    """The names of the files in a folder."""
    return sorted(file.name for file in folder.iterdir() if file.is_file())


def test_page_is_saved_next_to_the_picture(
    tmp_path: Path, weights: str, astronaut: np.ndarray, capsys: pytest.CaptureFixture
) -> None:
    write_picture(tmp_path / "photo.png", astronaut)
    assert main([str(tmp_path / "photo.png"), "--weights", weights]) == 0
    page = tmp_path / "photo.png.emotions.html"
    assert capsys.readouterr().out == f"saved {page}; open it in a browser\n"
    assert "<h1>Inside the network: photo.png</h1>" in page.read_text(encoding="utf-8")
    assert files(tmp_path) == ["photo.png", "photo.png.emotions.html"]


def test_largest_face_is_chosen(tmp_path: Path, weights: str, astronaut: np.ndarray, seen: list[np.ndarray]) -> None:
    small = cv2.resize(astronaut[:256], (256, 128))
    write_picture(tmp_path / "two.png", np.concatenate([np.pad(small, ((0, 128), (0, 0), (0, 0))), astronaut[:256]], 1))
    write_picture(tmp_path / "one.png", astronaut[:256])
    for name in ("one.png", "two.png"):
        assert main([str(tmp_path / name), "--weights", weights, "--output", str(tmp_path / "a.html")]) == 0
    assert abs(len(seen[0]) - len(seen[1])) <= 10
    assert main([str(tmp_path / "one.png"), "--weights", weights, "--whole-image"]) == 0
    assert seen[2].shape == (256, 512)


def test_invalid_input(tmp_path: Path, weights: str, capsys: pytest.CaptureFixture) -> None:
    wall = tmp_path / "wall.png"
    write_picture(wall, np.full((80, 80, 3), 99, np.uint8))
    for arguments, message in [
        ([wall, "--weights", weights], "wall.png: no face found; add --whole-image"),
        ([wall, "--weights", weights, "--output", tmp_path / "a.png"], "must end in .html"),
        ([tmp_path / "nothing.png", "--weights", weights], "nothing.png: no such file"),
        ([wall, "--weights", tmp_path / "nothing.npz"], "no weights at"),
        ([wall, "--weights", weights, "--whole-image", "--output", tmp_path / "no" / "a.html"], "cannot be written"),
    ]:
        assert main(list(map(str, arguments))) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line
    assert files(tmp_path) == ["wall.png"]
