"""The evaluate command, on a few generated faces with weights that are not trained."""

import csv
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion import robustness
from emotion.cli.answer_table import COLUMNS
from emotion.cli.entry_points import evaluate as main
from emotion.labels import EMOTIONS
from emotion.metadata import Metadata
from emotion.networks import NETWORKS, build_network
from emotion.recognizer import EmotionRecognizer
from npcnn.serialization import load_weights

CHANGED = ["reduced to 24 pixels", "mirrored"]
DOCUMENT = Path(__file__).parents[3] / "docs" / "evaluation.md"


@pytest.fixture(autouse=True)
def two_changes(monkeypatch):
    """Only two of the changes of faces, to save time."""
    monkeypatch.setattr(robustness, "CHANGES", {name: robustness.CHANGES[name] for name in CHANGED})


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Weights of the original network that are random, with metadata."""
    path = tmp_path_factory.mktemp("weights") / "mine ä.npz"
    EmotionRecognizer(build_network("original", 0), Metadata(command="train", min_confidence=0.2)).save(path)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two noisy faces of each emotion, of the subjects S000 and S001."""
    top = tmp_path_factory.mktemp("faces")
    rng = np.random.default_rng(0)
    for index, emotion in enumerate(EMOTIONS):
        (top / emotion).mkdir()
        for subject in range(2):
            face = cv2.resize(rng.integers(0, 256, (8, 8), np.uint8), (48, 48))
            cv2.imwrite(str(top / emotion / f"S{subject:03}_001_{index + 1:08}.png"), face)
    return top


@pytest.fixture(scope="module")
def train_data(data, tmp_path_factory):
    """One of the faces under another name, another one brightened, and one more of the subject S001."""
    top = tmp_path_factory.mktemp("train")
    for emotion in ("happy", "fear"):
        (top / emotion).mkdir()
    read = {
        emotion: cv2.imread(str(next((data / emotion).glob("S000*"))), cv2.IMREAD_GRAYSCALE) for emotion in EMOTIONS
    }
    cv2.imwrite(str(top / "happy" / "a.png"), read["happy"])
    cv2.imwrite(str(top / "happy" / "b.png"), read["anger"] // 2 + 60)
    cv2.imwrite(str(top / "fear" / "S001_009_00000001.png"), np.tile(np.arange(48, dtype=np.uint8), (48, 1)))
    return top


def error(capsys, arguments):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    (line,) = [line for line in err.splitlines() if line.startswith("error: ")]
    return out, line


def run_json(capsys, arguments):
    assert main([*arguments, "--json"]) == 0
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    return json.loads(out, parse_constant=pytest.fail), err


def test_text_has_all_parts(data, weights, train_data, capsys):
    arguments = ["--data", str(data), "--weights", str(weights), "--train", str(train_data), "--slices"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert re.search(
        r"accuracy [\d.]+% \([\d.]+% to [\d.]+%\), macro recall [\d.]+% \([\d.]+% to [\d.]+%\), 16 faces", out
    )
    assert "in brackets: 95% intervals, by resampling 2 subjects" in out
    assert "expected calibration error" in out
    assert "uncertain (confidence below 20%)" in out
    assert "true emotion (rows)" in out
    assert re.search(r"^same picture +1 +6\.2%$", out, re.MULTILINE)
    assert re.search(r"^near duplicate +1 +6\.2%$", out, re.MULTILINE)
    assert re.search(r"^same subject +8 +50\.0%$", out, re.MULTILINE)
    assert re.search(r"^any +10 +62\.5%$", out, re.MULTILINE)
    assert re.search(r"^without them: accuracy .*, 6 faces$", out, re.MULTILINE)
    assert all(name in out for name in CHANGED)


def test_parts_that_were_not_asked_for_are_absent(data, weights, capsys):
    assert main(["--data", str(data), "--weights", str(weights)]) == 0
    out = capsys.readouterr().out
    assert "calibration" in out
    assert "seen in training" not in out
    assert "robustness" not in out


def test_json_agrees_with_the_recogniser(data, weights, capsys):
    found, err = run_json(capsys, ["--data", str(data), "--weights", str(weights)])
    assert f"{data.name}: 16 faces" in err
    recognizer = EmotionRecognizer.load(weights)
    from emotion.datasets import load_dataset

    faces = load_dataset(data)
    probabilities = recognizer.classify(faces.faces)
    hits = probabilities.argmax(axis=1) == faces.labels
    assert found["version"] == 1
    assert found["faces"] == 16
    assert found["accuracy"] == hits.mean()
    assert found["intervals"]["accuracy"][0] <= hits.mean() <= found["intervals"]["accuracy"][1]
    assert (found["intervals"]["unit"], found["intervals"]["units"]) == ("subjects", 2)
    assert np.sum(found["confusion_matrix"]) == 16
    assert np.trace(found["confusion_matrix"]) == hits.sum()
    assert [row["emotion"] for row in found["emotions"]] == list(EMOTIONS)
    assert found["calibration"]["uncertain"] == pytest.approx((probabilities.max(axis=1) < 0.2).mean())
    assert found["leak"] is found["slices"] is found["train"] is None
    assert found["data"] == {"name": data.name, "paths": [str(data)]}
    assert found["weights"] == {
        "file": str(weights),
        "network": "original",
        "command": "train",
        "prior_share": 0.0,
        "temperature": 1.0,
        "min_confidence": 0.2,
    }
    assert found["command"] == f"python scripts/evaluate.py --data {data} --weights '{weights}' --json"


def test_json_of_leak_and_slices(data, weights, train_data, capsys):
    arguments = ["--data", str(data), "--weights", str(weights), "--train", str(train_data), "--slices"]
    found, _ = run_json(capsys, arguments)
    without = found["leak"].pop("without")
    assert found["leak"] == {"same_picture": 1, "near_duplicate": 1, "same_subject": 8, "any": 10}
    assert without["faces"] == 6
    assert [part["name"] for part in found["slices"]][3:] == CHANGED
    mirrored = found["slices"][-1]
    assert (mirrored["accuracy"], mirrored["changed"]) == (found["accuracy"], 0)
    assert found["slices"][0]["changed"] is None
    assert found["train"] == [str(train_data)]


def fields(value, prefix=""):
    """Yield the names of all fields, as the document writes them."""
    if isinstance(value, dict):
        for key, item in value.items():
            name = f"{prefix}.{key}".lstrip(".")
            if not isinstance(item, dict) or name in ("leak", "leak.without"):
                yield name if not (isinstance(item, list) and isinstance(item[0], dict)) or name == "slices" else ""
            yield from fields(item, name)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from fields(value[0], f"{prefix}[]")


def test_every_field_of_the_json_is_documented(data, weights, train_data, capsys):
    arguments = ["--data", str(data), "--weights", str(weights), "--train", str(train_data), "--slices"]
    found, _ = run_json(capsys, arguments)
    documented = re.findall(
        r"^\| `([\w.\[\]]+)` \|", DOCUMENT.read_text(encoding="utf-8").split("## The JSON object")[1], re.MULTILINE
    )
    assert len(documented) == len(set(documented))
    assert set(documented) == set(fields(found)) - {""}


def test_all_faces_seen_in_training(data, weights, capsys):
    arguments = ["--data", str(data), "--weights", str(weights), "--train", str(data)]
    found, _ = run_json(capsys, arguments)
    assert found["leak"]["any"] == found["leak"]["same_picture"] == 16
    assert found["leak"]["near_duplicate"] == 0
    assert found["leak"]["without"] is None
    assert main(arguments) == 0
    assert "no faces are left" in capsys.readouterr().out


def test_drawn_training_faces_have_a_seed_of_their_own(weights, capsys):
    arguments = ["--data", "drawn", "--identities", "1", "--seed", "3", "--weights", str(weights), "--train", "drawn"]
    assert run_json(capsys, arguments)[0]["leak"]["any"] == 0
    assert run_json(capsys, [*arguments, "--train-seed", "3"])[0]["leak"]["any"] == 8


def test_training_faces_are_compared_whatever_their_votes(weights, tmp_path, capsys):
    """A training face without a majority, which only --votes distribution uses, is found."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (48, 48), np.uint8)
    for folder, votes in (("FER2013Valid", "10,0,0,0,0,0,0,0,0,0"), ("FER2013Train", "5,5,0,0,0,0,0,0,0,0")):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / "a.png"), picture)
        (tmp_path / folder / "label.csv").write_text(f'a.png,"(0, 0, 48, 48)",{votes}\n')
    arguments = ["--data", str(tmp_path / "FER2013Valid"), "--weights", str(weights), "--train", str(tmp_path)]
    found, _ = run_json(capsys, arguments)
    assert found["leak"]["same_picture"] == 1
    assert found["intervals"]["accuracy"] == [None, None]
    assert run_json(capsys, [*arguments, "--votes", "distribution"])[0]["faces"] == 1


def test_parts_of_a_path_are_chosen_and_said(weights, tmp_path, capsys):
    """Without a name the test part is measured, and ``--train`` compares with the training part."""
    rng = np.random.default_rng(0)
    rows = [
        f"{emotion},{' '.join(map(str, rng.integers(0, 256, 48 * 48)))},{usage}"
        for emotion, usage in ((0, "Training"), (1, "PublicTest"), (2, "PrivateTest"), (3, "PrivateTest"))
    ]
    file = tmp_path / "faces.csv"
    file.write_text("\n".join(["emotion,pixels,Usage", *rows]))
    arguments = ["--weights", str(weights), "--data"]
    found, err = run_json(capsys, [*arguments, str(file), "--train", str(file)])
    assert (found["data"]["name"], found["faces"], found["leak"]["any"]) == ("faces.csv (test)", 2, 0)
    assert "faces.csv (train): 1 faces" in err
    found, _ = run_json(capsys, [*arguments, f"{file}:validation"])
    assert (found["data"]["name"], found["faces"]) == ("faces.csv (validation)", 1)


def test_labels_are_read_from_a_mapping(weights, tmp_path, capsys):
    for folder in "12":
        (tmp_path / "faces" / folder).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "faces" / folder / "a.png"), np.full((48, 48), 9, np.uint8))
    mapping = tmp_path / "m.toml"
    mapping.write_text('[labels]\n1 = "fear"\n2 = "happy"\n')
    arguments = ["--data", str(tmp_path / "faces"), "--weights", str(weights)]
    assert "found folders 1 to 2" in error(capsys, arguments)[1]
    found, _ = run_json(capsys, [*arguments, "--labels", str(mapping)])
    assert [row["emotion"] for row in found["emotions"] if row["faces"]] == ["fear", "happy"]
    assert "m.toml: cannot be read" in error(capsys, [*arguments, "--labels", "no/m.toml"])[1]


def test_figure_is_written(data, weights, tmp_path, capsys):
    figure = tmp_path / "matrix.svg"
    arguments = ["--data", str(data), "--weights", str(weights), "--figure", str(figure)]
    assert main(arguments) == 0
    assert capsys.readouterr().out.endswith(f"saved {figure}\n")
    texts = [text.text for text in ET.parse(figure).iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == f"{data.name}, weights {weights.name}"
    _, err = run_json(capsys, arguments)
    assert f"saved {figure}" in err
    assert list(tmp_path.iterdir()) == [figure]


def test_table_has_a_row_for_each_face(data, weights, train_data, tmp_path, capsys):
    file = tmp_path / "answers.csv"
    arguments = ["--data", str(data), "drawn", "--identities", "1", "--weights", str(weights), "--csv", str(file)]
    found, err = run_json(capsys, [*arguments, "--train", str(train_data)])
    assert f"saved {file}" in err
    with file.open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert tuple(rows[0]) == COLUMNS
    described = DOCUMENT.read_text(encoding="utf-8").split("## The answer for each face")[1].split("## ")[0]
    assert tuple(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", described, re.MULTILINE)))) == COLUMNS
    assert [row["name"] for row in rows[16:]] == [f"drawn {number}" for number in range(8)]
    for row in rows[:16]:
        picture = Path(row["name"])
        assert (picture.parent, picture.name[:4]) == (data / row["true_emotion"], row["subject"])
    assert sum(row["emotion"] == row["true_emotion"] for row in rows) == np.trace(found["confusion_matrix"])
    assert sum(row["uncertain"] == "true" for row in rows) == round(found["calibration"]["uncertain"] * 24)
    assert {row["seen_in_training"] for row in rows} == {"true", "false"}
    assert sum(row["seen_in_training"] == "true" for row in rows) == found["leak"]["any"]
    for row in rows:
        assert row[row["emotion"]] == row["confidence"] == max(row[emotion] for emotion in EMOTIONS)
    assert list(tmp_path.iterdir()) == [file]


def test_table_of_rows_without_training_faces(weights, tmp_path, capsys):
    pixels = " ".join(map(str, np.random.default_rng(0).integers(0, 256, 48 * 48)))
    source, file = tmp_path / "faces.csv", tmp_path / "answers.csv"
    source.write_text(f"emotion,pixels\n0,{pixels}\n")
    assert main(["--data", str(source), "--weights", str(weights), "--csv", str(file)]) == 0
    (row,) = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    assert (row["name"], row["subject"], row["seen_in_training"]) == (f"{source}, row 2", "", "")
    before = source.read_bytes()
    arguments = ["--data", f"{source}:test", "--weights", str(weights), "--csv", str(source)]
    assert "this is also an input" in error(capsys, arguments)[1]
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("--figure", "a.png"),
        ("--figure", "a"),
        ("--figure", "none/a.svg"),
        ("--csv", "none/a.csv"),
        ("--csv", ""),
        ("--csv", "a.txt"),
    ],
)
def test_file_that_cannot_be_written_is_refused_at_once(data, weights, tmp_path, capsys, option, name):
    arguments = ["--data", str(data), "--weights", str(weights), option, str(tmp_path / name)]
    out, line = error(capsys, arguments)
    assert line.startswith(f"error: {option} ")
    assert out == ""


@pytest.mark.parametrize("network", NETWORKS)
def test_network_chooses_included_weights(data, tmp_path, monkeypatch, capsys, network):
    from emotion import shipped_weights as module

    for name in NETWORKS:
        built = build_network(name, 0)
        size = {"original": 64, "resnet": 48}[name]
        EmotionRecognizer(built, Metadata(network=name, input_size=size)).save(tmp_path / f"{name}.npz")
    monkeypatch.setattr(module, "WEIGHT_FOLDERS", (tmp_path,))
    found, err = run_json(capsys, ["--data", str(data), "--network", network])
    assert found["weights"]["network"] == network
    assert found["weights"]["file"] == str(tmp_path / f"{network}.npz")
    assert f"weights of the network {network}" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seed", "-1"], "--seed is -1; it must be 0 or more"),
        (["--train-seed", "-1"], "--train-seed is -1"),
        (["--threads", "0"], "--threads is 0"),
        (["--train", "no/such/place"], "no/such/place: no such file or folder"),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_bad_input_is_one_line(data, weights, capsys, arguments, said, form):
    out, line = error(capsys, ["--data", str(data), "--weights", str(weights), *arguments, *form])
    assert said in line
    if form:
        assert out == ""


@pytest.mark.parametrize("arguments", [["--network", "vgg"], ["--network", "original", "--weights", "w.npz"]])
def test_impossible_choices(data, capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(["--data", str(data), *arguments])
    assert caught.value.code == 2
    assert "--network" in capsys.readouterr().err


def test_missing_weights_or_data(data, tmp_path, capsys):
    assert "no weights" in error(capsys, ["--data", str(data), "--weights", str(tmp_path / "none.npz")])[1]
    assert "no known layout" in error(capsys, ["--data", str(tmp_path)])[1]


def test_weights_are_not_changed(data, weights, capsys):
    before = weights.read_bytes()
    assert main(["--data", str(data), "--weights", str(weights)]) == 0
    assert weights.read_bytes() == before
    load_weights(build_network("original"), weights)
