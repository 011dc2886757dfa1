"""The predict command: arguments, output, saved files and errors."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest

from emotion.cli.entry_points import predict as main
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.networks.original import build_network
from emotion.pictures import ANNOTATED, read_picture, write_picture
from emotion.recognizer import EmotionRecognizer
from npcnn.serialization import save_weights


@pytest.fixture(autouse=True)
def shipped_recognizer(monkeypatch, recognizer):
    """Replaces the default recogniser by one that classifies every face as happy."""
    load = EmotionRecognizer.load
    monkeypatch.setattr(EmotionRecognizer, "load", lambda path=None: recognizer if path is None else load(path))


@pytest.fixture
def folder(tmp_path, astronaut):
    """A folder with two pictures of a face, which have the same stem, and one without."""
    folder = tmp_path / "Bilder ä 顔"
    folder.mkdir()
    write_picture(folder / "photo.png", astronaut[:300, 60:400])
    write_picture(folder / "photo.jpg", astronaut[:300, 60:400])
    write_picture(folder / "wall.png", np.full((80, 80, 3), 99, np.uint8))
    return folder


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def lines(text):
    return text.splitlines()


def test_result_is_printed_and_annotated_copy_is_saved_next_to_picture(folder, capsys):
    picture = folder / "photo.png"
    before = picture.read_bytes()
    assert main(["-p", str(picture)]) == 0
    title, face, saved = lines(capsys.readouterr().out)
    assert title == f"{picture}: 1 face"
    assert face.split()[:2] == ["happy", "92.8%"]
    assert saved == f"  saved {picture}{ANNOTATED}"
    assert picture.read_bytes() == before
    annotated = read_picture(f"{picture}{ANNOTATED}")
    assert max(annotated.shape) >= 340
    assert names(folder) == ["photo.jpg", "photo.png", "photo.png" + ANNOTATED, "wall.png"]


def test_folder_processed_twice(folder, capsys):
    inputs = names(folder)
    for _ in range(2):  # the second time, the annotated copies exist and must be skipped
        assert main(["-p", str(folder)]) == 0
        out = lines(capsys.readouterr().out)
        assert out[0] == f"{folder / 'photo.jpg'}: 1 face"
        assert out[3] == f"{folder / 'photo.png'}: 1 face"
        assert out[6] == f"{folder / 'wall.png'}: no face found"
        assert names(folder) == sorted([*inputs, "photo.jpg" + ANNOTATED, "photo.png" + ANNOTATED])


def test_annotated_copies_given_by_name_are_skipped(folder, capsys):
    assert main(["-p", str(folder / "photo.png")]) == 0
    everything = [str(file) for file in folder.iterdir()]
    assert main(["-p", *everything]) == 0
    assert names(folder) == sorted(
        ["photo.jpg", "photo.jpg" + ANNOTATED, "photo.png", "photo.png" + ANNOTATED, "wall.png"]
    )
    capsys.readouterr()
    assert main(["-p", str(folder / ("photo.png" + ANNOTATED))]) == 2
    assert "annotated copy" in capsys.readouterr().err


def test_default_path_is_data_test(tmp_path, monkeypatch, capsys, astronaut):
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    assert lines(capsys.readouterr().err) == ["error: data/test: no such file or folder; check the path"]
    (tmp_path / "data" / "test").mkdir(parents=True)
    assert main([]) == 2
    assert "no pictures in this folder" in capsys.readouterr().err
    write_picture(tmp_path / "data" / "test" / "a.png", astronaut)
    assert main([]) == 0
    assert (tmp_path / "data" / "test" / f"a.png{ANNOTATED}").exists()


def test_bad_pictures_are_reported_and_the_rest_processed(folder, capfd):
    (folder / "cut.jpg").write_bytes((folder / "photo.jpg").read_bytes()[:4000])
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("no picture")
    assert main(["-p", str(folder), str(folder / "nothing.png"), "--no-save"]) == 2
    out, err = capfd.readouterr()
    assert len([line for line in lines(out) if line.endswith("1 face")]) == 2
    errors = lines(err)
    assert len(errors) == 5
    assert all(line.startswith("error: ") for line in errors[:4])
    for name in ("nothing.png", "cut.jpg", "empty.png", "text.png"):
        assert sum(name in line for line in errors) == 1
    assert errors[4] == "4 of 7 could not be processed"


@pytest.mark.parametrize("name", ["nothing.png", "empty.png", "text.png", "cut.png"])
def test_one_bad_picture_prints_one_line(tmp_path, capfd, astronaut, name):
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "cut.png").write_bytes(cv2.imencode(".png", astronaut)[1].tobytes()[:9000])
    assert main(["-p", str(tmp_path / name)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert len(lines(err)) == 1
    assert name in err


def test_json_has_all_probabilities(folder, capsys):
    assert main(["-p", str(folder), "--json", "--no-save"]) == 0
    results = [json.loads(line) for line in lines(capsys.readouterr().out)]
    assert [len(result["faces"]) for result in results] == [1, 1, 0]
    face = results[0]["faces"][0]
    assert list(face["probabilities"]) == list(EMOTIONS)
    assert face["emotion"] == "happy"
    assert results[0]["picture"] == str(folder / "photo.jpg")
    assert results[0]["annotated"] is None
    assert names(folder) == ["photo.jpg", "photo.png", "wall.png"]


def test_output_folder(folder, tmp_path, capsys):
    output = tmp_path / "new" / "deeper"
    assert main(["-p", str(folder), "--output", str(output)]) == 0
    assert names(output) == ["photo.jpg" + ANNOTATED, "photo.png" + ANNOTATED]
    assert names(folder) == ["photo.jpg", "photo.png", "wall.png"]
    copy = tmp_path / "photo.png"
    copy.write_bytes((folder / "photo.png").read_bytes())
    assert main(["-p", str(folder), str(copy), "--output", str(output)]) == 0
    assert names(output) == ["photo (2).png" + ANNOTATED, "photo.jpg" + ANNOTATED, "photo.png" + ANNOTATED]
    assert main(["-p", str(copy), "--output", str(copy)]) == 2
    assert "not a folder" in capsys.readouterr().err


def test_duplicate_paths_are_processed_once(folder, capsys):
    assert main(["-p", str(folder / "wall.png"), str(folder / "wall.png")]) == 0
    assert len(lines(capsys.readouterr().out)) == 1


def test_min_score(folder, capsys):
    assert main(["-p", str(folder / "photo.png"), "--min-score", "10"]) == 0
    assert capsys.readouterr().out.endswith("no face found\n")


def test_show_without_display_prints_a_note(folder, monkeypatch, capsys):
    monkeypatch.setattr("emotion.cli.window.can_show", lambda: False)
    assert main(["-p", str(folder / "photo.png"), "--show"]) == 0
    assert "no display" in capsys.readouterr().err


def test_show_shows_every_annotated_picture(folder, monkeypatch):
    shown = []
    monkeypatch.setattr("emotion.cli.window.can_show", lambda: True)
    monkeypatch.setattr("emotion.cli.window.show_picture", shown.append)
    assert main(["-p", str(folder), "--show"]) == 0
    assert len(shown) == 3


def test_real_weights(folder, tmp_path, capsys):
    weights = tmp_path / "w.npz"
    save_weights(build_network(np.random.default_rng(0)), weights)
    assert main(["-p", str(folder / "photo.png"), "--weights", str(weights)]) == 0
    assert "1 face" in capsys.readouterr().out


def test_explanations_are_added_to_annotated_copies(folder, tmp_path, capsys):
    weights = tmp_path / "w.npz"
    save_weights(build_network(np.random.default_rng(0)), weights)
    heights = []
    for options in ([], ["--explain"]):
        assert main(["-p", str(folder / "photo.png"), "--weights", str(weights), *options]) == 0
        heights.append(len(read_picture(folder / f"photo.png{ANNOTATED}")))
    assert heights[1] > heights[0] + 100
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("content", [None, b"", b"no archive"])
def test_invalid_weights(folder, tmp_path, capsys, content):
    weights = tmp_path / "w.npz"
    if content is not None:
        weights.write_bytes(content)
    assert main(["-p", str(folder), "--weights", str(weights)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(lines(err)) == 1
    assert "w.npz" in err


def test_opencv_5(folder, monkeypatch, capsys):
    monkeypatch.setattr(cv2, "__version__", "5.0.0")
    assert main(["-p", str(folder)]) == 2
    (line,) = lines(capsys.readouterr().err)
    assert "opencv-python>=4.10,<5" in line


def test_help_does_not_import_heavy_packages():
    program = """
import sys
from emotion.cli.entry_points import predict as main
try:
    main(["--help"])
except SystemExit as stop:
    assert stop.code == 0
assert not {"cv2", "numba", "numpy"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)


def test_unknown_options_return_2():
    with pytest.raises(SystemExit, match="2"):
        main(["--speed", "high"])


def test_answer_comes_first_if_the_copy_cannot_be_saved(folder, capsys, monkeypatch):
    def fail(*_):
        raise InputError("the disk is full")

    monkeypatch.setattr("emotion.pictures.write_picture", fail)
    assert main(["-p", str(folder / "photo.png")]) == 2
    out, err = capsys.readouterr()
    assert lines(out)[0].endswith("1 face")
    assert "saved" not in out
    assert lines(err) == [
        "warning: no annotated copy was saved: the disk is full; use --output FOLDER or --no-save",
        *lines(err)[1:],
    ]


def test_nothing_is_drawn_without_need(folder, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr("emotion.annotation.draw_faces", fail)
    assert main(["-p", str(folder / "photo.png"), "--no-save"]) == 0


def test_picture_that_needs_too_much_memory_does_not_stop_the_others(folder, capsys, monkeypatch):
    recognize = EmotionRecognizer.recognize

    def run_out(self, picture, min_score):
        if picture.shape[0] == 80:
            raise MemoryError("no memory")
        return recognize(self, picture, min_score)

    monkeypatch.setattr(EmotionRecognizer, "recognize", run_out)
    assert main(["-p", str(folder), "--no-save"]) == 2
    out, err = capsys.readouterr()
    assert len([line for line in lines(out) if line.endswith("1 face")]) == 2
    assert "wall.png" in err


def test_files_left_out_are_named(folder, capsys):
    (folder / "holiday.heic").write_bytes(b"x")
    (folder / "without extension").write_bytes(b"x")
    (folder / ".hidden").write_bytes(b"x")
    assert main(["-p", str(folder), "--no-save"]) == 0
    assert "2 files left out: holiday.heic, without extension" in capsys.readouterr().err


def test_names_cannot_control_the_terminal(folder, capsys):
    name = folder / "a\x1b[2Jb\nerror: c.png"
    (folder / "photo.png").rename(name)
    assert main(["-p", str(name), "--no-save"]) == 0
    assert main(["-p", str(folder / "\x1b[2J.png")]) == 2
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert len(lines(out)) == 2
    assert len(lines(err)) == 1
