"""The predict command: arguments, output, saved files and errors."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.cli.entry_points import predict as main
from emotion.detection import MIN_SCORE
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.networks import DEFAULT_NETWORK
from emotion.networks.original import build_network
from emotion.pictures import ANNOTATED, read_picture, write_picture
from emotion.recognizer import EmotionRecognizer
from npcnn.serialization import save_weights

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def shipped_recognizer(monkeypatch, recognizer):
    """Replaces the default recogniser by one that classifies every face as happy."""
    load = EmotionRecognizer.load
    monkeypatch.setattr(
        EmotionRecognizer, "load", lambda path=None, network="": recognizer if path is None else load(path)
    )


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
    assert lines(capsys.readouterr().err) == [
        "error: no picture given, and data/test does not exist; give pictures or folders with -p, or see --help"
    ]
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


def test_min_score(folder, capsys):
    assert main(["-p", str(folder / "photo.png"), "--min-score", "10"]) == 1
    assert capsys.readouterr().out.endswith("no face found\n")


def test_no_face_in_any_picture_has_its_own_status(folder, capsys):
    assert main(["-p", str(folder / "wall.png")]) == 1
    assert capsys.readouterr() == (f"{folder / 'wall.png'}: no face found\n", "")
    assert main(["-p", str(folder), "--min-score", "10"]) == 1
    assert capsys.readouterr().err == "no face found in any of 3 pictures\n"
    assert main(["-p", str(folder), str(folder / "nothing.png"), "--min-score", "10"]) == 2
    assert lines(capsys.readouterr().err)[1:] == [
        "no face found in any of 3 pictures",
        "1 of 4 could not be processed",
    ]


def test_whole_image(folder, capsys, recognizer):
    (folder / "broken.png").write_bytes(b"")
    assert main(["-p", str(folder / "wall.png"), "--whole-image", "--min-confidence", "0.95"]) == 0
    _, face, saved = lines(capsys.readouterr().out)
    assert face == "  uncertain (happy 92.8%)   80 x 80 at (0, 0)"
    assert saved.startswith("  saved ")
    assert main(["-p", str(folder / "broken.png"), "--whole-image"]) == 2
    assert "broken.png: empty" in capsys.readouterr().err


def test_standard_input(folder, monkeypatch, capsys):
    def give(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    before = names(folder)
    monkeypatch.chdir(folder)
    give((folder / "photo.png").read_bytes())
    assert main(["-p", "-"]) == 0
    title, _ = lines(capsys.readouterr().out)
    assert title == "-: 1 face"
    assert names(folder) == before
    give((folder / "photo.png").read_bytes())
    assert main(["-p", "-", "--output", "out", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["picture"] == "-"
    assert Path(result["annotated"]) == Path("out", f"stdin{ANNOTATED}")
    assert read_picture(result["annotated"]).size
    give(b"text")
    assert main(["-p", "-"]) == 2
    assert "standard input: not a picture" in capsys.readouterr().err


def test_recursive_output_mirrors_the_folders(folder, tmp_path, capsys):
    below = folder / "2024" / "May"
    below.mkdir(parents=True)
    (folder / "photo.png").rename(below / "photo.png")
    output = tmp_path / "out"
    assert main(["-p", str(folder), "--recursive", "--output", str(output)]) == 0
    assert lines(capsys.readouterr().out)[-1] == f"  saved {output / '2024' / 'May' / ('photo.png' + ANNOTATED)}"
    assert names(output) == ["2024", "photo.jpg" + ANNOTATED]
    assert names(below) == ["photo.png"]


def test_errors_are_lines_of_json_too(folder, capsys):
    (folder / "broken.png").write_bytes(b"")
    assert main(["-p", str(folder), str(folder / "nothing.png"), "--json", "--no-save"]) == 2
    out, err = capsys.readouterr()
    results = [json.loads(line) for line in lines(out)]
    assert all(result["version"] == 1 for result in results)
    bad = {Path(result["picture"]).name: result["error"] for result in results if "error" in result}
    assert list(bad) == ["nothing.png", "broken.png"]
    assert bad["broken.png"] == f"{folder / 'broken.png'}: empty (0 bytes); copy or download it again"
    assert f"error: {bad['broken.png']}" in lines(err)
    assert len(results) == 5


def test_table_of_all_faces(folder, tmp_path, capsys):
    table = tmp_path / "faces.csv"
    assert main(["-p", str(folder), "--csv", str(table), "--no-save"]) == 0
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["picture"]).name for row in rows] == ["photo.jpg", "photo.png"]
    assert rows[0]["emotion"] == "happy"
    assert float(rows[0]["happy"]) == float(rows[0]["confidence"]) == pytest.approx(0.928, abs=0.001)
    assert main(["-p", str(folder), "--csv", str(tmp_path / "no folder" / "faces.csv")]) == 2
    err = capsys.readouterr().err
    assert "faces.csv: cannot be written (No such file or directory)" in err


def test_interrupted_table_is_not_written(folder, tmp_path, monkeypatch):
    table = tmp_path / "faces.csv"
    table.write_text("old")

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("emotion.cli.processing.draw_faces", interrupt)
    assert main(["-p", str(folder), "--csv", str(table)]) == 130
    assert table.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["faces.csv"]


def test_report_beside_the_other_outputs(folder, tmp_path, capsys):
    (folder / "broken.png").write_bytes(b"")
    options = [f"--output={tmp_path / 'out'}", f"--csv={tmp_path / 'a.csv'}", f"--report={tmp_path / 'a.html'}"]
    assert main(["-p", str(folder), str(folder / "nothing.png"), "--json", *options]) == 2
    assert len(lines(capsys.readouterr().out)) == 5
    assert len(lines((tmp_path / "a.csv").read_text(encoding="utf-8"))) == 3
    assert names(tmp_path / "out") == ["photo.jpg" + ANNOTATED, "photo.png" + ANNOTATED]
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg") == page.count('<tr class="happy"') == 2
    assert f"<small>{folder}/</small>" in page
    assert "wall.png</a>" in page
    assert f"<li>{folder / 'broken.png'}: empty (0 bytes)" in page
    assert "nothing.png: no such file" in page


def test_report_of_crops(folder, tmp_path):
    options = ["--whole-image", "--no-save", "--min-confidence=0.95", f"--report={tmp_path / 'a.htm'}"]
    assert main(["-p", str(folder), *options]) == 0
    page = (tmp_path / "a.htm").read_text(encoding="utf-8")
    assert page.count('<span class="uncertain">') == page.count('<tr class="happy"') == 3


def test_output_that_cannot_be_a_folder_is_refused_in_a_line(folder, capsys):
    assert main(["-p", str(folder), "--output", str(folder / "photo.png" / "copies")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert lines(err) == [
        f"error: {folder / 'photo.png' / 'copies'}: cannot be created (Not a directory); choose another folder"
    ]


@pytest.mark.parametrize(
    ("report", "message"),
    [("a.png", "a.png: the file name must end in .html"), ("no folder/a.html", "a.html: cannot be written")],
)
def test_report_that_cannot_be_written_is_noticed_first(folder, tmp_path, capsys, report, message):
    assert main(["-p", str(folder), "--report", str(tmp_path / report)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = lines(err)
    assert message in line
    assert names(folder) == ["photo.jpg", "photo.png", "wall.png"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--csv", "photo.jpg"], "--csv photo.jpg: the file name must end in .csv"),
        (["-p", "photo.jpg", "--csv", "photo.jpg"], "--csv photo.jpg: the file name must end in .csv"),
        (["-p", "photo.jpg", "--csv", "a.html", "--report", "a.html"], "--csv a.html: the file name must end in .csv"),
        (["-p", "link.html", "--report", "photo.html"], "photo.html: this is also an input; choose another name"),
    ],
)
def test_no_input_is_replaced(folder, monkeypatch, capsys, options, message):
    monkeypatch.chdir(folder)
    Path("photo.html").write_bytes(Path("photo.jpg").read_bytes())
    Path("link.html").symlink_to("photo.html")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert main(options) == 2
    assert capsys.readouterr() == ("", f"error: {message}\n")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_answers_come_first_if_the_report_cannot_be_finished(folder, tmp_path, capsys, monkeypatch):
    def full(self):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("emotion.report.writer.Report.finish", full)
    table = tmp_path / "a.csv"
    assert main(["-p", str(folder), "--no-save", f"--report={tmp_path / 'a.html'}", f"--csv={table}"]) == 2
    out, err = capsys.readouterr()
    assert len(lines(out)) == 5
    assert lines(err) == [
        f"error: {tmp_path / 'a.html'}: cannot be written (No space left on device); choose another folder"
    ]
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["a.csv"]
    assert len(lines(table.read_text(encoding="utf-8"))) == 3


def test_uncertain_faces_are_marked(folder, capsys):
    arguments = ["-p", str(folder / "photo.png"), "--no-save"]
    assert main([*arguments, "--min-confidence", "0.95"]) == 0
    (line,) = lines(capsys.readouterr().out)[1:]
    assert line.startswith("  uncertain (happy 92.8%)   ")
    assert main([*arguments, "--min-confidence", "0.95", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["faces"][0]["uncertain"] is True
    assert main([*arguments, "--min-confidence", "0.9", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["faces"][0]["uncertain"] is False


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--min-confidence", "1.1", "--min-confidence is 1.1; it must be between 0 and 1"),
        ("--min-confidence", "nan", "--min-confidence is nan; it must be between 0 and 1"),
        ("--min-score", "inf", "--min-score is inf; it must be a number, such as 1.25"),
    ],
)
def test_thresholds_are_checked_first(folder, capsys, option, value, message):
    assert main(["-p", str(folder), option, value]) == 2
    assert capsys.readouterr() == ("", f"error: {message}\n")


def test_network_is_chosen_by_name(folder, monkeypatch, recognizer):
    chosen = []

    def load(path=None, network=""):
        chosen.append((path, network))
        return recognizer

    monkeypatch.setattr(EmotionRecognizer, "load", load)
    for options in ([], ["--network", "original"], ["--network", "resnet"]):
        assert main(["-p", str(folder / "photo.png"), "--no-save", *options]) == 0
    assert chosen == [(None, DEFAULT_NETWORK), (None, "original"), (None, "resnet")]
    with pytest.raises(SystemExit, match="2"):
        main(["--network", "vgg"])
    with pytest.raises(SystemExit, match="2"):
        main(["--network", "resnet", "--weights", "w.npz"])


def test_help_states_the_defaults(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert f"(default: {MIN_SCORE};" in text
    assert f"(default: {DEFAULT_NETWORK})" in text


def test_show_without_display_prints_a_note(folder, monkeypatch, capsys):
    monkeypatch.setattr("emotion.cli.window.can_show", lambda: False)
    assert main(["-p", str(folder / "photo.png"), "--show"]) == 0
    assert "no display" in capsys.readouterr().err


def test_show_shows_every_annotated_picture(folder, monkeypatch):
    shown = []
    monkeypatch.setattr("emotion.cli.window.can_show", lambda: True)
    monkeypatch.setattr("emotion.cli.processing.show_picture", shown.append)
    assert main(["-p", str(folder), "--show"]) == 0
    assert len(shown) == 3


def test_workers_give_the_same_in_the_same_order(folder, tmp_path, capfd):
    weights = tmp_path / "w.npz"
    save_weights(build_network(np.random.default_rng(0)), weights)
    (folder / "broken.png").write_bytes(b"")
    results = []
    for workers in ("1", "2"):
        options = ["--weights", str(weights), "--output", str(tmp_path / workers), "--csv", str(tmp_path / "faces.csv")]
        assert main(["-p", str(folder), "--json", "--workers", workers, *options]) == 2
        out, err = capfd.readouterr()
        assert lines(err)[1:] == ["1 of 4 could not be processed"]
        answers = [json.loads(line) for line in lines(out)]
        copies = [answer.pop("annotated", None) for answer in answers]
        assert [copy and Path(copy).exists() for copy in copies] == [None, True, True, None]
        boxes = [[face["box"] for face in answer.get("faces", [])] for answer in answers]
        results.append((lines(err), [answer["picture"] for answer in answers], boxes, names(tmp_path / workers)))
        assert len(lines((tmp_path / "faces.csv").read_text(encoding="utf-8"))) == 3
    assert results[0] == results[1]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_interrupt_ends_the_workers_without_a_trace(folder, tmp_path):
    command = [sys.executable, str(ROOT / "scripts" / "predict.py"), "-p", str(folder / "photo.png")]
    for number in range(300):  # many more than are processed until the signal arrives
        (folder / f"{number}.png").symlink_to(folder / "photo.png")
        command.append(str(folder / f"{number}.png"))
    options = ["--workers", "2", "--output", str(tmp_path / "out"), "--network", "original"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    ) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert err == "error: interrupted\n"
    copies = names(tmp_path / "out")
    assert 0 < len(copies) < 301
    assert not [name for name in copies if name.startswith(".")]


@pytest.mark.parametrize(
    ("pictures", "options", "workers"),
    [(23, [], 1), (24, [], 2), (90, [], 4), (2, ["--workers", "3"], 3), (90, ["--workers", "1"], 1)],
)
def test_number_of_workers(folder, monkeypatch, pictures, options, workers):
    used = []
    monkeypatch.setattr("npcnn.thread_count", lambda: 4)
    monkeypatch.setattr("emotion.cli.processing.PictureProcessor.process", lambda self, _: used.append(self.workers))
    for number in range(pictures):
        (folder / f"{number}.gif").symlink_to(folder / "photo.png")
    assert main(["-p", str(folder / "*.gif"), *options]) == 1
    monkeypatch.setattr("emotion.cli.window.can_show", lambda: True)
    main(["-p", str(folder / "*.gif"), *options, "--show"])
    assert used == [workers, 1]


def test_workers_must_be_at_least_one(folder, capsys):
    assert main(["-p", str(folder), "--workers", "0"]) == 2
    assert capsys.readouterr() == ("", "error: --workers is 0; it must be at least 1\n")


def test_explanations_are_added_to_annotated_copies_and_the_report(folder, tmp_path, capsys):
    weights = tmp_path / "w.npz"
    save_weights(build_network(np.random.default_rng(0)), weights)
    heights = []
    for options in ([], ["--explain"]):
        files = ["-p", str(folder / "photo.png"), "--weights", str(weights), f"--report={tmp_path / 'a.html'}"]
        assert main([*files, *options]) == 0
        heights.append(len(read_picture(folder / f"photo.png{ANNOTATED}")))
        page = (tmp_path / "a.html").read_text(encoding="utf-8")
        assert page.count("data:image/jpeg") == 1 + len(options)
    assert heights[1] > heights[0] + 100
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("options", "shape"), [([], None), (["--whole-image"], (300, 340))])
def test_whole_image_is_explained_as_a_whole(folder, monkeypatch, options, shape):
    crops = []
    heat = np.zeros((64, 64), np.float32)
    monkeypatch.setattr("emotion.explanation.explain", lambda _, crop, emotion: crops.append(crop) or heat)
    assert main(["-p", str(folder / "photo.png"), "--explain", *options]) == 0
    (crop,) = crops
    assert crop.shape == (shape or (len(crop), len(crop)))


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

    monkeypatch.setattr("emotion.cli.processing.write_copy", fail)
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

    monkeypatch.setattr("emotion.cli.processing.draw_faces", fail)
    assert main(["-p", str(folder / "photo.png"), "--no-save"]) == 0


def test_picture_that_needs_too_much_memory_does_not_stop_the_others(folder, capsys, monkeypatch):
    recognize = EmotionRecognizer.recognize

    def run_out(self, picture, min_score, min_confidence):
        if picture.shape[0] == 80:
            raise MemoryError("no memory")
        return recognize(self, picture, min_score, min_confidence)

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
