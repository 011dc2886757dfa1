"""The train command, on a few generated faces."""

import shutil

import cv2
import numpy as np
import pytest

from emotion.cli.entry_points import evaluate, train
from emotion.cli.locks import locked
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.recognizer import shipped_weights


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


def test_train_then_evaluate(data, tmp_path, capsys):
    weights = tmp_path / "new folder" / "mine.npz"
    arguments = ["--data", str(data), "--epochs", "30", "--batch-size", "16", "--augmentation", "0"]
    assert train([*arguments, "--output", str(weights), "--share", "0.34", "--threads", "2"]) == 0
    printed = capsys.readouterr().out
    assert "1,085,976" in printed
    assert "precision" in printed
    assert "true emotion (rows)" in printed
    assert f"--weights {weights}" in printed
    assert [file.name for file in weights.parent.iterdir()] == ["mine.npz"]
    assert evaluate(["--data", str(data), "--weights", str(weights)]) == 0
    accuracy = capsys.readouterr().out.split("accuracy ")[1].split("%")[0]
    assert float(accuracy) > 80


def test_cross_validation_reports_spread_and_saves_nothing(data, tmp_path, capsys):
    weights = tmp_path / "weights.npz"
    arguments = ["--data", str(data), "--split", "folds", "--folds", "2", "--epochs", "1", "--output", str(weights)]
    assert train(arguments) == 0
    printed = capsys.readouterr().out
    assert "fold 2 of 2" in printed
    assert "mean over 2 folds" in printed
    assert not weights.exists()


def test_original_split_warns_about_shared_subjects(data, tmp_path, capsys):
    arguments = ["--data", str(data), "--split", "original", "--epochs", "1", "--output", str(tmp_path / "w.npz")]
    assert train(arguments) == 0
    assert "warning:" in capsys.readouterr().err


def test_faces_of_separate_test_set_are_removed_from_training(data, tmp_path, capsys):
    single = tmp_path / "one subject"
    for emotion in ("happy", "anger"):
        (single / emotion).mkdir(parents=True)
        for file in (data / emotion).glob("S003*"):
            (single / emotion / file.name).write_bytes(file.read_bytes())
    arguments = ["--data", str(data), "--test", str(single), "--epochs", "1", "--output", str(tmp_path / "w.npz")]
    assert train(arguments) == 0
    assert "training on 40 faces" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sizes"),
    [
        ([], (32, 16)),
        (["--split", "none"], (32, None)),
        (["--split", "held-out"], (16, 16)),
        (["--data", "TREE:test"], (8, 8)),
        (["--data", "TREE:test", "--test", "TREE:train"], (16, 32)),
        (["--data", "TREE", "--test", "TREE"], (32, 16)),
    ],
)
def test_train_and_test_folders_are_used_as_such(data, tmp_path, monkeypatch, arguments, sizes):
    """Data with a test part are evaluated on it, unless the arguments say otherwise."""
    from emotion.cli import train as module

    shutil.copytree(data, tmp_path / "train", ignore=shutil.ignore_patterns("S00[01]*"))
    shutil.copytree(data, tmp_path / "test", ignore=shutil.ignore_patterns("S00[2-5]*"))
    found, pairs = [], module._pairs

    def record(faces, arguments):
        found.extend(pairs(faces, arguments))
        raise InputError("stopped by the test")

    monkeypatch.setattr(module, "_pairs", record)
    arguments = [argument.replace("TREE", str(tmp_path)) for argument in arguments]
    train(["--data", str(tmp_path), "--share", "0.5", "--output", str(tmp_path / "w.npz"), *arguments])
    (pair,) = found
    assert tuple(faces and len(faces) for faces in pair) == sizes


def test_interrupted_run_can_be_resumed(data, tmp_path, monkeypatch, capsys):
    import npcnn.training.trainer

    arguments = ["--data", str(data), "--split", "none", "--epochs", "3", "--threads", "1"]
    whole, resumed = tmp_path / "whole.npz", tmp_path / "resumed.npz"
    assert train([*arguments, "--output", str(whole)]) == 0
    save_checkpoint = npcnn.training.trainer.save_checkpoint

    def interrupt(path, state):
        save_checkpoint(path, state)
        if len(state["history"]) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(npcnn.training.trainer, "save_checkpoint", interrupt)
    assert train([*arguments, "--output", str(resumed)]) == 130
    assert not resumed.exists()
    monkeypatch.setattr(npcnn.training.trainer, "save_checkpoint", save_checkpoint)
    assert train([*arguments, "--output", str(resumed), "--resume"]) == 0
    with np.load(whole) as one, np.load(resumed) as other:
        for name in one.files:
            np.testing.assert_array_equal(one[name], other[name])


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
    status = train([*arguments, "--output", str(tmp_path / "w.npz")])
    assert "step" in fails(capsys, status)


def test_checkpoint_of_another_training_is_refused_by_name(data, tmp_path, monkeypatch, capsys):
    import npcnn.training.trainer

    def interrupt(path, state):
        save_checkpoint(path, state)
        raise KeyboardInterrupt

    save_checkpoint = npcnn.training.trainer.save_checkpoint
    weights = tmp_path / "w.npz"
    arguments = ["--data", str(data), "--split", "none", "--threads", "1", "--output", str(weights)]
    with monkeypatch.context() as patch:
        patch.setattr(npcnn.training.trainer, "save_checkpoint", interrupt)
        assert train([*arguments, "--epochs", "2"]) == 130
    checkpoint = tmp_path / "w.checkpoint.npz"
    before = checkpoint.read_bytes()
    capsys.readouterr()
    assert "--resume" in fails(capsys, train([*arguments, "--epochs", "2"]))
    assert "epochs was 2, and is 3 now" in fails(capsys, train([*arguments, "--epochs", "3", "--resume"]))
    assert "seed was 0" in fails(capsys, train([*arguments, "--epochs", "2", "--seed", "1", "--resume"]))
    other = tmp_path / "other data"
    shutil.copytree(data, other)
    cv2.imwrite(str(next(other.glob("happy/*"))), np.zeros((48, 48), np.uint8))
    arguments[1] = str(other)
    assert "data was" in fails(capsys, train([*arguments, "--epochs", "2", "--resume"]))
    assert checkpoint.read_bytes() == before
    arguments[1] = str(data)
    assert train([*arguments, "--epochs", "2", "--resume"]) == 0
    assert not checkpoint.exists()
    capsys.readouterr()
    assert "finished" in fails(capsys, train([*arguments, "--epochs", "2", "--resume"]))


def test_weights_are_saved_before_the_test_faces_are_measured(data, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("emotion.cli.train.EmotionRecognizer.classify", interrupt)
    weights = tmp_path / "w.npz"
    assert train(["--data", str(data), "--share", "0.34", "--epochs", "1", "--output", str(weights)]) == 130
    assert [file.name for file in tmp_path.iterdir()] == ["w.npz"]


def test_nothing_left_after_a_filter_is_one_line(data, tmp_path, capsys):
    arguments = ["--epochs", "1", "--output", str(tmp_path / "w.npz")]
    assert "no training faces are left" in fails(capsys, train(["--data", str(data), "--test", str(data), *arguments]))


def test_two_trainings_cannot_write_the_same_output(data, tmp_path, capsys):
    weights = tmp_path / "w.npz"
    with locked(weights):
        message = fails(capsys, train(["--data", str(data), "--split", "none", "--output", str(weights)]))
    assert "another training" in message
    assert list(tmp_path.iterdir()) == []


def test_output_that_cannot_be_written_is_noticed_at_once(data, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    message = fails(capsys, train(["--data", str(data), "--output", str(tmp_path / "file" / "w.npz")]))
    assert "cannot be written" in message
