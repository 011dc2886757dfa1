"""The predict command with --video and --camera: output, saved files and errors."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import cv2
import pytest

from emotion.cli.entry_points import predict as main
from emotion.recognizer import EmotionRecognizer
from emotion.video.reader import Frame, FrameReader, open_video
from emotion.video.recognition import VideoRecognizer


@pytest.fixture(autouse=True)
def shipped_recognizer(monkeypatch, recognizer):
    """Replaces the default recogniser by one that classifies every face as happy."""
    monkeypatch.setattr(EmotionRecognizer, "load", lambda *_: recognizer)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_all_outputs(video: Path, tmp_path: Path, capsys) -> None:
    files = [tmp_path / "faces.csv", tmp_path / "chart.svg", tmp_path / "new" / "two people.avi.emotions.mp4"]
    arguments = ["--csv", files[0], "--timeline", files[1], "--output", files[2].parent]
    assert main(["--video", str(video), *map(str, arguments)]) == 0
    title, first, second, *saved = capsys.readouterr().out.splitlines()
    assert title == f"{video}: 12 frames, 1.1 s, 2 persons"
    assert first.split() == ["person", "1", "0.0", "s", "to", "1.1", "s", "happy", "100%"]
    assert second.startswith("  person 2")
    assert saved == [f"  saved {file}" for file in (files[2], files[0], files[1])]
    assert names(tmp_path) == ["chart.svg", "faces.csv", "new"]
    assert names(tmp_path / "new") == [files[2].name]
    with files[0].open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 24
    assert ElementTree.parse(files[1]).getroot().tag.endswith("svg")
    with open_video(files[2]) as reader, open_video(video) as original:
        for frame, before in zip(reader, original, strict=True):
            assert 3 < cv2.absdiff(frame.picture, before.picture).mean() < 60  # it is annotated


def test_json(video: Path, tmp_path: Path, capsys) -> None:
    assert main(["--video", str(video), "--json", "--no-save"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["version"] for line in lines} == {1}
    assert [line["frame"] for line in lines] == list(range(12))
    assert [face["id"] for line in lines for face in line["faces"]] == [1, 2] * 12
    assert names(video.parent) == [video.name]


def test_truncated_video_is_processed_and_named(truncated: Path, tmp_path: Path, capfd) -> None:
    assert main(["--video", str(truncated), "--output", str(tmp_path / "a.avi")]) == 0
    out, err = capfd.readouterr()
    assert "2 persons" in out
    (line,) = err.splitlines()
    assert line.startswith(f"warning: {truncated}: ends after")
    assert names(tmp_path) == ["a.avi"]


def test_interruption_keeps_what_was_done(video: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    update = VideoRecognizer.update

    def interrupt(self, picture, time):
        if time > 0.35:
            raise KeyboardInterrupt
        return update(self, picture, time)

    monkeypatch.setattr(VideoRecognizer, "update", interrupt)
    files = [tmp_path / "a.csv", tmp_path / "a.avi", tmp_path / "a.svg"]
    arguments = ["--csv", files[0], "--output", files[1], "--timeline", files[2]]
    assert main(["--video", str(video), *map(str, arguments)]) == 130
    out, err = capsys.readouterr()
    assert out.startswith(f"{video}: 4 frames")
    assert err == "error: interrupted\n"
    assert len(files[0].read_text(encoding="utf-8").splitlines()) == 9
    with open_video(files[1]) as reader:
        assert len(list(reader)) == 4
    assert names(tmp_path) == ["a.avi", "a.csv", "a.svg"]


def test_camera_that_goes_away(video: Path, tmp_path: Path, capfd, monkeypatch) -> None:
    monkeypatch.setattr(
        "emotion.video.reader.open_camera",
        lambda index: FrameReader(cv2.VideoCapture(str(video)), f"camera {index}", is_camera=True),
    )
    assert main(["--camera", "0", "--csv", str(tmp_path / "a.csv")]) == 2
    out, err = capfd.readouterr()
    assert out.startswith("camera 0: 12 frames")
    assert err == "error: camera 0: gives no more pictures after 12 frames; check its connection\n"
    assert names(tmp_path) == ["a.csv"]


def test_window_is_closed_by_the_user(video: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("emotion.cli.window.can_show", lambda: True)
    monkeypatch.setattr("emotion.cli.window.show_frame", lambda picture: False)
    monkeypatch.setattr("emotion.cli.window.close_windows", lambda: None)
    assert main(["--video", str(video), "--show", "--no-save"]) == 0
    assert capsys.readouterr().out.startswith(f"{video}: 1 frame, ")


def test_errors_are_one_line_and_leave_no_files(video: Path, tmp_path: Path, capfd, monkeypatch) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    same, table = str(tmp_path / "a.avi"), str(tmp_path / "a.csv")
    for arguments, message in [
        (["--video", str(text)], "not a video that can be read"),
        (["--camera", "99"], "camera 99: cannot be opened"),
        (["--video", str(video), "--output", str(video)], "this is also an input"),
        (["--video", str(video), "--timeline", str(text)], "text.mp4: the file name must end in .svg"),
        (["--video", str(video), "--output", str(tmp_path / "a.mkv")], "unknown video format"),
        (["--video", str(video), "--output", str(tmp_path / "no" / "a.mp4")], "cannot be written"),
        (["--video", str(video), "--output", same, "--csv", same], "the file name must end in .csv"),
        (["--video", str(video), "--no-save", "--csv", table, "--min-score", "nan"], "min_score"),
    ]:
        assert main(arguments) == 2
        out, err = capfd.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1
        assert message in err
    monkeypatch.setattr(FrameReader, "__iter__", lambda self: iter([Frame(0, 0.0, None)]))
    monkeypatch.setattr(VideoRecognizer, "update", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["--video", str(video), "--output", same])
    assert names(tmp_path) == ["text.mp4"]


@pytest.mark.parametrize("broken", ["a.csv", "a.avi", "a.svg"])
def test_one_file_that_cannot_be_finished_does_not_cost_the_others(video, tmp_path, capfd, monkeypatch, broken) -> None:
    replace = Path.replace

    def fail(self, target):
        if target.name == broken:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    options = ["--csv", tmp_path / "a.csv", "--output", tmp_path / "a.avi", "--timeline", tmp_path / "a.svg"]
    assert main(["--video", str(video), *map(str, options)]) == 2
    out, err = capfd.readouterr()
    assert err == f"error: {tmp_path / broken}: cannot be written (No space left on device); choose another folder\n"
    assert names(tmp_path) == sorted({"a.csv", "a.avi", "a.svg"} - {broken})
    assert out.count("  saved ") == 2
    assert broken not in out


def test_exit_status_without_a_face(video: Path, capsys) -> None:
    assert main(["--video", str(video), "--no-save", "--min-score", "99"]) == 1
    assert capsys.readouterr().out.endswith("no face found\n")


@pytest.mark.parametrize("option", ["--whole-image", "-r", "--explain", "--report=a.html"])
def test_options_for_pictures_are_refused(option, capsys) -> None:
    assert main(["--camera", "0", option]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "is for pictures" in line


def test_options_for_videos_need_one(capsys) -> None:
    assert main(["--timeline", "a.svg"]) == 2
    assert capsys.readouterr().err == "error: --timeline is for videos; give one with --video or --camera\n"
    with pytest.raises(SystemExit, match="2"):
        main(["--video", "a.mp4", "-p", "b.png"])
