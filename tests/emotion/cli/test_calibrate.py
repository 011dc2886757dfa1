"""The calibrate command, on drawn faces with weights that are not trained."""

import cv2
import numpy as np
import pytest

from emotion.calibration import calibrated
from emotion.cli.entry_points import calibrate as main
from emotion.labels import EMOTIONS
from emotion.metadata import Metadata
from emotion.networks import build_network
from emotion.recognizer import EmotionRecognizer
from emotion.shipped_weights import shipped_weights
from emotion.synthetic import load_drawn
from emotion.training.data import class_shares
from npcnn.serialization import load_arrays

SHARES = (0.3, 0.1, 0.02, 0.03, 0.05, 0.25, 0.15, 0.1)
DATA = ["--data", "drawn", "--identities", "1", "--seed", "1"]


def write_weights(path, **facts):
    EmotionRecognizer(build_network("original", 0), Metadata(command="train", **facts)).save(path)
    return path


def arrays(path):
    found = load_arrays(path)
    found.pop("metadata")
    return found


def assert_same_arrays(one, other):
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def train_data(tmp_path_factory):
    """A folder per emotion with one, two, ... eight faces."""
    top = tmp_path_factory.mktemp("train")
    for index, emotion in enumerate(EMOTIONS):
        (top / emotion).mkdir()
        for number in range(index + 1):
            cv2.imwrite(str(top / emotion / f"{number}.png"), np.full((48, 48), 10 * index + number, np.uint8))
    return top


def test_settings_are_fitted_and_nothing_else_changes(tmp_path, capsys):
    weights = write_weights(tmp_path / "w.npz", class_shares=SHARES)
    before, output = weights.read_bytes(), tmp_path / "new folder" / "out.npz"
    assert main([str(weights), *DATA, "--output", str(output)]) == 0
    assert weights.read_bytes() == before
    assert_same_arrays(arrays(output), arrays(weights))
    faces = load_drawn(1, seed=1)
    recognizer = EmotionRecognizer.load(weights)
    expected = calibrated(recognizer.metadata, recognizer.logits(faces.faces), faces.labels)
    assert EmotionRecognizer.load(output).metadata == expected
    assert (expected.command, expected.class_shares) == ("train", SHARES)
    assert expected != recognizer.metadata
    out, err = capsys.readouterr()
    assert err == ""
    table = {line[:30].strip(): line[30:].split() for line in out.splitlines()}
    assert table["on these 8 faces"] == ["before", "after"]
    assert table["temperature"] == ["1", f"{expected.temperature:.3g}"]
    assert table["uncertain below"] == ["0%", f"{expected.min_confidence:.0%}"]
    assert {"accuracy", "macro recall", "expected calibration error", "uncertain answers"} <= table.keys()
    assert out.endswith(f"saved {output}\n")


def test_weights_are_replaced_without_output(tmp_path):
    weights = write_weights(tmp_path / "w.npz", class_shares=SHARES)
    before = arrays(weights)
    assert main([str(weights), *DATA]) == 0
    assert_same_arrays(arrays(weights), before)
    first = EmotionRecognizer.load(weights).metadata
    assert first.temperature != 1
    assert main([str(weights), *DATA]) == 0
    assert EmotionRecognizer.load(weights).metadata == first
    assert list(tmp_path.iterdir()) == [weights]


def test_figures_before_are_those_of_the_old_settings(tmp_path, capsys):
    weights = write_weights(tmp_path / "w.npz", class_shares=SHARES)
    assert main([str(weights), *DATA]) == 0
    after = [line.split()[-1] for line in capsys.readouterr().out.splitlines() if line.startswith(("accu", "exp"))]
    assert main([str(weights), *DATA]) == 0
    again = [line.split()[-2:] for line in capsys.readouterr().out.splitlines() if line.startswith(("accu", "exp"))]
    assert again == [[after[0]] * 2, [after[1]] * 2]


def test_equal_class_shares_are_warned_of(tmp_path, capsys):
    weights = write_weights(tmp_path / "w.npz")
    assert main([str(weights), *DATA]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"warning: {weights}: ")
    assert "--train" in line
    assert EmotionRecognizer.load(weights).metadata.prior_share == 0


@pytest.mark.parametrize(("options", "balance"), [([], 0.8), (["--balance", "0.3"], 0.3), (["--balance", "0"], 0)])
def test_class_shares_of_training_faces(tmp_path, train_data, capsys, options, balance):
    from emotion.datasets import load_dataset

    weights = write_weights(tmp_path / "w.npz")
    assert main([str(weights), *DATA, "--train", str(train_data), *options]) == 0
    assert "warning" not in capsys.readouterr().err
    found = EmotionRecognizer.load(weights).metadata.class_shares
    assert found == class_shares(load_dataset(train_data), balance)
    if balance == 0:
        np.testing.assert_allclose(found, np.arange(1, 9) / 36)


def test_faces_seen_in_training_are_left_out(tmp_path, train_data, capsys):
    weights = write_weights(tmp_path / "w.npz")
    assert main([str(weights), "--data", "drawn", str(train_data), *DATA[2:], "--train", str(train_data)]) == 0
    out, err = capsys.readouterr()
    assert "left out 36 of 44 faces" in err
    assert "on these 8 faces" in out
    before = weights.read_bytes()
    assert main([str(weights), "--data", str(train_data), "--train", str(train_data)]) == 2
    assert "trained on all of these faces" in capsys.readouterr().err
    assert weights.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--balance", "0.3"], "give --train PATH"),
        (["--train", "TRAIN", "--balance", "2"], "strength is 2.0; it must be between 0 and 1"),
        (["--train", "no/such/place"], "no/such/place: no such file or folder"),
        (["--output", "w.txt"], "--output w.txt: the file name must end in .npz"),
        (["--seed", "-1"], "--seed is -1"),
        (["--threads", "0"], "--threads is 0"),
        (["--data", "no/such/place"], "no/such/place: no such file or folder"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(tmp_path, train_data, capsys, options, said):
    weights = write_weights(tmp_path / "w.npz", class_shares=SHARES)
    before = weights.read_bytes()
    options = [str(train_data) if option == "TRAIN" else option for option in options]
    assert main([str(weights), *DATA, *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert said in line
    assert weights.read_bytes() == before
    assert list(tmp_path.iterdir()) == [weights]


def test_weights_that_overflow_are_refused(tmp_path, capsys):
    network = build_network("original", 0)
    for w in network.params.values():
        w[...] = 1e30
    weights = tmp_path / "w.npz"
    EmotionRecognizer(network).save(weights)
    before = weights.read_bytes()
    with np.errstate(all="ignore"):
        assert main([str(weights), *DATA]) == 2
    assert "not numbers" in capsys.readouterr().err
    assert weights.read_bytes() == before


def test_included_weights_are_not_replaced(capsys):
    before = shipped_weights().read_bytes()
    assert main([str(shipped_weights()), *DATA]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert shipped_weights().read_bytes() == before


def test_missing_weights(tmp_path, capsys):
    assert main([str(tmp_path / "none.npz"), *DATA]) == 2
    assert "no weights at" in capsys.readouterr().err
