"""The train command, on a few generated faces."""

import csv
import itertools
import os
import shutil
import time

import cv2
import numpy as np
import pytest

from emotion.cli.config import with_config
from emotion.cli.entry_points import evaluate, train
from emotion.cli.locks import locked
from emotion.cli.training_data import load_training_data
from emotion.cli.training_options import SPLITS, training_parser
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.recognizer import EmotionRecognizer
from emotion.shipped_weights import shipped_weights
from emotion.tables import written_csv


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder per emotion with six subjects each; every emotion has stripes of a different width, plus noise."""
    top = tmp_path_factory.mktemp("faces")
    rng = np.random.default_rng(0)
    y = np.linspace(-1, 1, 48)[:, None]
    for index, emotion in enumerate(EMOTIONS):
        (top / emotion).mkdir()
        for subject in range(6):
            face = 128 + 80 * np.cos(1.5 * (index + 1) * y) + rng.normal(0, 10, (48, 48))
            name = f"S{subject:03}_001_{index + 1:08}.png"
            cv2.imwrite(str(top / emotion / name), np.clip(face, 0, 255).astype(np.uint8))
    return top


def fails(capsys, status):
    """Assert that a command failed with one line on standard error, and return the line."""
    assert status == 2
    lines = capsys.readouterr().err.strip().splitlines()
    errors = [line for line in lines if line.startswith("error:")]
    assert len(errors) == 1
    return errors[0]


FILES = ["config.toml", "confusion.svg", "curves.svg", "history.csv", "report.html", "weights.npz"]


def names(folder):
    return sorted(file.name for file in folder.iterdir())


@pytest.fixture
def interrupted_after(monkeypatch):
    """A function: within it, trainings are interrupted when they have written the checkpoint of that epoch."""
    from npcnn.training import trainer

    save_checkpoint = trainer.save_checkpoint

    def interrupted(epoch, arguments):
        def interrupt(path, state):
            save_checkpoint(path, state)
            if len(state["history"]) == epoch:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(trainer, "save_checkpoint", interrupt)
            assert train(arguments) == 130

    return interrupted


def test_train_then_evaluate(data, tmp_path, capsys):
    run, copy = tmp_path / "new folder" / "mine", tmp_path / "copy.npz"
    arguments = ["--data", str(data), "--epochs", "30", "--batch-size", "16", "--augmentation", "0"]
    assert train([*arguments, "--run", str(run), "--output", str(copy), "--share", "0.34", "--threads", "2"]) == 0
    printed = capsys.readouterr().out
    assert "1,085,976" in printed
    assert "precision" in printed
    assert "true emotion (rows)" in printed
    assert f"--weights '{run / 'weights.npz'}'" in printed  # quoted, as there is a space in it
    assert names(run) == FILES
    assert names(run.parent) == ["mine"]
    assert copy.read_bytes() == (run / "weights.npz").read_bytes()
    with (run / "history.csv").open(newline="") as file:
        history = list(csv.DictReader(file))
    assert [record["epoch"] for record in history] == [str(n) for n in range(1, 31)]
    assert float(history[-1]["loss"]) < float(history[0]["loss"])
    page = (run / "report.html").read_text()
    assert all(text in page for text in ("accuracy", "learning-rate", "--augmentation 0", str(data)))
    assert page.count("<svg") == 2
    again = ["--config", str(run / "config.toml"), "--run", str(run)]
    parsed = training_parser().parse_args(with_config(training_parser(), again))
    assert (parsed.epochs, parsed.share, parsed.data) == (30, 0.34, [str(data)])
    assert "this training is finished; choose another --run" in fails(capsys, train(again))
    assert evaluate(["--data", str(data), "--weights", str(run / "weights.npz")]) == 0
    accuracy = capsys.readouterr().out.split("accuracy ")[1].split("%")[0]
    assert float(accuracy) > 80


def test_history_that_cannot_be_written_does_not_end_the_training(arguments, tmp_path, monkeypatch, capsys):
    calls = []

    def in_use_during_the_training(path, columns):
        calls.append(path)
        return written_csv(path if len(calls) > 2 else path.parent / "no folder" / path.name, columns)

    monkeypatch.setattr("emotion.cli.run_folder.written_csv", in_use_during_the_training)
    assert train([*arguments, "--epochs", "2", "--run", str(tmp_path / "run")]) == 0
    (warning,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning:")]
    assert "the training goes on" in warning
    assert "history.csv: cannot be written" in warning
    assert len((tmp_path / "run" / "history.csv").read_text().splitlines()) == 3


def test_cross_validation_reports_spread_and_saves_no_weights(data, tmp_path, capsys):
    run = tmp_path / "folds"
    arguments = ["--data", str(data), "--split", "folds", "--folds", "2", "--epochs", "1", "--run", str(run)]
    assert train(arguments) == 0
    printed = capsys.readouterr().out
    assert "training 24 to 24, test 24 to 24" in printed
    assert "fold 2 of 2" in printed
    assert "mean over 2 folds" in printed
    assert names(run) == ["config.toml", "confusion.svg", "report.html"]
    assert "mean over 2 folds" in (run / "report.html").read_text()
    assert "finished" in fails(capsys, train(arguments))


def test_check_shows_the_data_and_writes_nothing(data, tmp_path, capsys):
    faces = tmp_path / "faces"
    shutil.copytree(data, faces)
    (faces / "happy" / "S005_001_00000006.png").write_bytes(b"no picture")
    single = tmp_path / "one subject"
    for emotion in ("happy", "anger"):
        (single / emotion).mkdir(parents=True)
        for file in (data / emotion).glob("S003*"):
            (single / emotion / file.name).write_bytes(file.read_bytes())
    arguments = ["--data", str(faces), "--test", str(single), "--validation", "0.2", "--run", str(tmp_path / "run")]
    before = names(tmp_path)
    assert train([*arguments, "--check"]) == 0
    printed = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:] for line in printed.splitlines() if line}
    assert rows["training"] == ["validation", "test"]
    assert rows["faces"] == ["31", "8", "2"]
    assert rows["subjects"] == ["4", "1", "1"]
    assert rows["time:"][:3] == ["too", "short", "for"]
    printed = " ".join(printed.split())
    assert "8 of 47 training faces left out" in printed
    assert "of 2 test faces, also in training: 0 same pictures" in printed
    assert "1 (happy/S005_001_00000006.png)" in printed
    assert names(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "sizes"),
    [
        ([], (32, 16)),
        (["--split", "none"], (32, None)),
        (["--split", "held-out"], (16, 16)),
        (["--split", "original"], (26, 6)),
        (["--data", "TREE:test"], (8, 8)),
        (["--data", "TREE:test", "--test", "TREE:train"], (16, 32)),
        (["--data", "TREE", "--test", "TREE"], (32, 16)),
        (["--data", "TREE", "--test", "TREE", "--split", "none"], (32, 16)),
    ],
)
def test_train_and_test_folders_are_used_as_such(data, tmp_path, monkeypatch, arguments, sizes):
    """Data with a test part are evaluated on it, unless the arguments say otherwise."""
    shutil.copytree(data, tmp_path / "train", ignore=shutil.ignore_patterns("S00[01]*"))
    shutil.copytree(data, tmp_path / "test", ignore=shutil.ignore_patterns("S00[2-5]*"))
    found = []

    def record(arguments, recipe, folder):
        found.extend(load_training_data(arguments, 64).trials())
        raise InputError("stopped by the test")

    monkeypatch.setattr("emotion.cli.train.Training", record)
    arguments = [argument.replace("TREE", str(tmp_path)) for argument in arguments]
    train(["--data", str(tmp_path), "--share", "0.5", "--run", str(tmp_path / "run"), *arguments])
    (trial,) = found
    assert tuple(faces and len(faces) for faces in (trial.training, trial.test)) == sizes


@pytest.fixture(scope="module")
def subjects(data, tmp_path_factory):
    """A function: the folder of the faces of subjects by their numbers, such as ``"012"``, of all emotions."""
    top = tmp_path_factory.mktemp("subjects")

    def copied(numbers):
        if not (top / numbers).exists():
            others = "".join(set("012345") - set(numbers))
            shutil.copytree(data, top / numbers, ignore=shutil.ignore_patterns(f"S00[{others}]*"))
        return str(top / numbers)

    return copied


@pytest.mark.parametrize(
    ("options", "sizes", "notes"),
    [
        (["--split", "none"], (32, None), ["16 of 48 training faces left out: the calibration faces show"]),
        (["--split", "held-out", "--share", "0.5"], (16, 16), ["16 of 48 training faces left out"]),
        (["--split", "folds", "--folds", "2"], (16, 16), ["16 of 48 training faces left out"]),
        (["--test", "2"], (24, 8), ["8 of 48 training faces left out: the test", "16 of 40 training faces left out"]),
        (["--test", "12"], (24, 16), ["16 of 48 training faces", "8 of 32 training faces", "8 of 16 faces show"]),
        (["--test", "01"], (32, 16), ["16 of 48 training faces left out: the test", "16 of 16 faces show"]),
    ],
)
def test_calibration_faces_are_not_trained_on(data, subjects, options, sizes, notes):
    """Those of the subjects 0 and 1; options with test faces name their subjects."""
    arguments = training_parser().parse_args(["--data", str(data), "--calibrate", subjects("01"), *options])
    if arguments.test:
        arguments.test = [subjects(numbers) for numbers in arguments.test]
    found = load_training_data(arguments, 64)
    for trial in found.trials():
        assert tuple(faces and len(faces) for faces in (trial.training, trial.test)) == sizes
        assert not {"S000", "S001"} & set(trial.training.subjects)
        if arguments.test is None and trial.test:
            assert not {"S000", "S001"} & set(trial.test.subjects)
    said = [note for note in found.summary().notes if "same pictures or people" in note]
    assert len(said) == len(notes)
    assert all(part in note for part, note in zip(notes, said, strict=True))


@pytest.fixture
def arguments(data):
    return ["--data", str(data), "--split", "none", "--validation", "0.34", "--patience", "2", "--threads", "1"]


def test_interrupted_run_can_be_resumed_even_if_the_clock_was_set_back(
    arguments, tmp_path, interrupted_after, monkeypatch, capsys
):
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    arguments = [*arguments, "--epochs", "3", "--teachers", str(shipped_weights("original"))]
    assert train([*arguments, "--run", str(whole)]) == 0
    arguments += ["--run", str(resumed)]
    interrupted_after(2, arguments)
    assert names(resumed) == ["checkpoint.npz", "config.toml", "curves.svg", "history.csv"]
    for file in resumed.iterdir():
        os.utime(file, times=(4e9, 4e9))  # in the future
    days = itertools.count(1e9, -86_400)
    monkeypatch.setattr(time, "time", lambda: float(next(days)))
    capsys.readouterr()
    assert "continue it with --resume" in fails(capsys, train(arguments))
    assert train([*arguments, "--resume"]) == 0
    assert (resumed / "weights.npz").read_bytes() == (whole / "weights.npz").read_bytes()
    assert names(resumed) == [name for name in FILES if name != "confusion.svg"]
    assert "nothing to resume" in fails(capsys, train([*arguments, "--resume"]))


def test_included_weights_are_not_overwritten_by_default(data, capsys):
    before = shipped_weights().read_bytes()
    status = train(["--data", str(data), "--epochs", "1", "--output", str(shipped_weights())])
    assert "--overwrite" in fails(capsys, status)
    assert shipped_weights().read_bytes() == before


def test_copy_of_included_weights_is_not_overwritten_either(data, tmp_path, capsys):
    copy = tmp_path / "emotion.npz"
    copy.write_bytes(shipped_weights().read_bytes())
    assert "--overwrite" in fails(capsys, train(["--data", str(data), "--epochs", "1", "--output", str(copy)]))
    assert copy.read_bytes() == shipped_weights().read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "no/such/place"], "no such file or folder"),
        (["--batch-size", "0"], "batch size is 0"),
        (["--epochs", "-1"], "epochs is -1"),
        (["--learning-rate", "1000"], "learning rate is 1000"),
        (["--threads", "0"], "--threads is 0"),
        (["--output", "weights"], "end in .npz"),
        (["--output", "."], "--output .: a folder; give the name of a file"),
        (["--run", ""], "--run .: give the name"),
        (["--resume"], "no training to resume"),
        (["--validation", "1"], "--validation is 1.0"),
        (["--patience", "3"], "give --validation"),
        (["--teachers", "no.npz"], "no.npz"),
        (["--teachers", str(shipped_weights("resnet"))], "faces of 48 pixels, not of 64"),
        (["--split", "folds", "--resume"], "cannot be resumed"),
        *((["--split", split, "--test", "drawn"], "leave out one of them") for split in SPLITS[:-1]),
        (["--split", "folds", "--output", "w.npz"], "saves no weights"),
        (["--identities", "0"], "identities"),
        (["--split", "folds", "--folds", "1"], "folds"),
        (["--split", "folds", "--folds", "7"], "7 folds"),
        (["--share", "2"], "share is 2"),
        (["--seed", "-1"], "--seed is -1"),
    ],
)
def test_bad_input_prints_one_line(data, tmp_path, capsys, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    source = [] if {"--data", "--identities"} & set(arguments) else ["--data", str(data)]
    assert said in fails(capsys, train([*source, *arguments]))
    assert list(tmp_path.iterdir()) == []


def test_diverging_training_prints_one_line(data, tmp_path, capsys):
    arguments = ["--data", str(data), "--learning-rate", "10", "--weight-decay", "10", "--epochs", "200"]
    status = train([*arguments, "--run", str(tmp_path / "run")])
    assert "step" in fails(capsys, status)


def test_checkpoint_of_another_training_is_refused_by_name(data, arguments, tmp_path, interrupted_after, capsys):
    run = tmp_path / "run"
    arguments += ["--run", str(run), "--resume"]
    interrupted_after(1, [*arguments[:-1], "--epochs", "2"])
    before = (run / "checkpoint.npz").read_bytes()
    capsys.readouterr()
    message = fails(capsys, train([*arguments, "--epochs", "3"]))
    assert "epochs was 2, and is 3 now; choose another --run, or delete" in message
    assert "seed was 0" in fails(capsys, train([*arguments, "--epochs", "2", "--seed", "1"]))
    picture = data / "happy" / "S000_001_00000006.png"
    content = picture.read_bytes()
    try:
        cv2.imwrite(str(picture), np.zeros((48, 48), np.uint8))
        assert "data was" in fails(capsys, train([*arguments, "--epochs", "2"]))
    finally:
        picture.write_bytes(content)
    assert (run / "checkpoint.npz").read_bytes() == before


def test_weights_are_saved_before_the_test_faces_are_measured_and_again_if_they_are_deleted(
    data, tmp_path, monkeypatch, capsys
):
    def interrupt(*_):
        raise KeyboardInterrupt

    run = tmp_path / "run"
    arguments = ["--data", str(data), "--share", "0.34", "--epochs", "1", "--run", str(run)]
    with monkeypatch.context() as patch:
        patch.setattr("emotion.cli.training_run.EmotionRecognizer.classify", interrupt)
        assert train(arguments) == 130
    assert names(run) == ["checkpoint.npz", "config.toml", "curves.svg", "history.csv", "weights.npz"]
    saved = (run / "weights.npz").read_bytes()
    capsys.readouterr()
    classify = EmotionRecognizer.classify

    def delete_the_folder(*arguments):
        shutil.rmtree(run)
        return classify(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("emotion.cli.training_run.EmotionRecognizer.classify", delete_the_folder)
        assert train([*arguments, "--resume"]) == 0
    assert names(run) == FILES
    assert (run / "weights.npz").read_bytes() == saved
    assert "epoch 1 of 1" not in capsys.readouterr().err


def test_nothing_left_after_a_filter_is_one_line(data, tmp_path, capsys):
    arguments = ["--epochs", "1", "--run", str(tmp_path / "run")]
    for option in ("--test", "--calibrate"):
        message = fails(capsys, train(["--data", str(data), option, str(data), *arguments]))
        assert "no training faces are left" in message


def test_two_trainings_cannot_write_the_same_folder(data, tmp_path, capsys):
    run = tmp_path / "run"
    with locked(run, "--run"):
        message = fails(capsys, train(["--data", str(data), "--split", "none", "--run", str(run)]))
    assert "another training" in message
    assert list(tmp_path.iterdir()) == []


def test_a_lock_deleted_while_it_is_taken_is_taken_again(tmp_path, monkeypatch):
    """Otherwise, two trainings could hold the lock of a folder: one on the deleted file, one on a new file."""
    fcntl = pytest.importorskip("fcntl")
    lock, flock, taken = tmp_path / ".run.lock", fcntl.flock, []

    def end_the_other_training(file, operation):
        if not taken:
            lock.unlink()
        taken.append(operation)
        flock(file, operation)

    monkeypatch.setattr(fcntl, "flock", end_the_other_training)
    with locked(tmp_path / "run", "--run"):
        assert len(taken) == 2
        with pytest.raises(InputError, match="another training"), locked(tmp_path / "run", "--run"):
            pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--run", "--output"])
def test_a_place_that_cannot_be_written_is_noticed_at_once(data, tmp_path, capsys, monkeypatch, option):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    message = fails(capsys, train(["--data", str(data), option, str(tmp_path / "file" / "w.npz")]))
    assert "cannot be written" in message
    assert f"choose another {option}" in message
    assert names(tmp_path) == ["file"]
