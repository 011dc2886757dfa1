import numpy as np
import pytest

from emotion.datasets import load_dataset
from emotion.datasets.label_mapping import read_label_mapping
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.pictures import write_picture


def face(path, level=0, shape=(48, 48)):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, np.full(shape, level, np.uint8))


@pytest.fixture
def folder(tmp_path):
    face(tmp_path / "Happiness" / "S010_002_00000011.png", 10)
    face(tmp_path / "Happiness" / "S005_001_00000011.PNG", 20, (100, 80))
    face(tmp_path / "angry" / "mein Gesicht é.jpg", 30, (64, 64))
    face(tmp_path / "angry" / "S999_extra.png", 40)
    return tmp_path


def test_labels_subjects_and_sequences_are_sorted_by_name(folder):
    data = load_dataset(folder)
    assert data.name == folder.name
    assert data.faces.shape == (4, 64, 64)
    assert data.faces.dtype == np.uint8
    assert [EMOTIONS[label] for label in data.labels] == ["happy", "happy", "anger", "anger"]
    assert data.faces[:, 32, 32].tolist() == [20, 10, 40, 30]
    assert data.subjects.tolist() == ["S005", "S010", "", ""]
    assert data.sequences.tolist() == ["S005_001", "S010_002", "", ""]
    assert data.distributions is None


def test_two_spellings_of_an_emotion_are_one_class(folder):
    face(folder / "happy" / "another.png")
    assert load_dataset(folder).counts()["happy"] == 3


def test_hidden_folders_and_loose_files_are_ignored(folder):
    face(folder / "loose.png")
    (folder / ".cache").mkdir()
    face(folder / "__MACOSX" / "angry" / "a.png")
    for name in (".DS_Store", "angry/.DS_Store", "angry/._S005_001_00000011.png", "angry/Thumbs.db", "desktop.ini"):
        (folder / name).write_bytes(b"\0")
    assert len(load_dataset(folder)) == 4


def test_unknown_emotion_lists_known_ones(folder):
    face(folder / "bored" / "face.png")
    with pytest.raises(InputError, match=r"unknown emotion 'bored'; rename the folder or .*neutral, anger"):
        load_dataset(folder)


def test_emotion_folder_without_pictures(folder):
    (folder / "fear").mkdir()
    with pytest.raises(InputError, match="fear: no picture"):
        load_dataset(folder)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n truncated"])
def test_unreadable_picture_is_reported(folder, content):
    (folder / "angry" / "broken.png").write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.png"):
        load_dataset(folder)


def test_one_unreadable_picture_among_many_is_left_out(folder):
    for number in range(8):
        face(folder / "sad" / f"{number}.png", 100 + number)
    broken = folder / "Happiness" / "S001_001_00000001.png"
    broken.write_bytes(b"no picture")
    with pytest.warns(UserWarning, match=r"1 \(Happiness/S001_001_00000001\.png\)"):
        data = load_dataset(folder)
    assert len(data) == 12
    assert data.subjects.tolist()[:2] == ["S005", "S010"]
    assert [EMOTIONS[label] for label in data.labels[-8:]] == ["sadness"] * 8
    (left_out,) = data.left_out
    assert left_out.name == str(broken)
    assert ";" not in left_out.reason


def test_files_left_out_and_scenes_are_warned_of(folder):
    (next(folder.iterdir()) / "notes.txt").write_text("x")
    with pytest.warns(UserWarning, match=r"left out, not a picture: 1 \(.*/notes\.txt\)"):
        load_dataset(folder)
    (next(folder.iterdir()) / "notes.txt").unlink()
    write_picture(next(folder.iterdir()) / "party.png", np.zeros((40, 90), np.uint8))
    with pytest.warns(UserWarning, match=r"1 of 5 pictures are far from square or very large, such as party\.png"):
        load_dataset(folder)


@pytest.fixture
def numbered(tmp_path):
    for folder, name in (("0", "a.png"), ("1", "p7_b.png"), ("1", "c.png"), ("8", "d.png")):
        face(tmp_path / "faces" / folder / name)
    return tmp_path / "faces"


def mapping(path, text):
    path.write_text(text)
    return read_label_mapping(path)


AFFECTNET = '[labels]\n0 = "neutral"\n1 = "happiness"\n8 = ""\n'


def test_numbered_folders_with_a_mapping(numbered, tmp_path):
    labels = mapping(tmp_path / "affectnet.toml", AFFECTNET + '7 = "contempt"')
    with pytest.warns(UserWarning) as caught:
        data = load_dataset(numbered, labels=labels)
    assert [EMOTIONS[label] for label in data.labels] == ["neutral", "happy", "happy"]
    unused, left_out = (str(warning.message) for warning in caught)
    assert left_out.endswith("affectnet.toml gives their labels no emotion: 1 (8/d.png)")
    assert "no faces with the label 7; check that" in unused


def test_mapping_in_the_folder_goes_first_and_finds_subjects(numbered, tmp_path):
    mapping(numbered / "labels.toml", "subject = '(p\\d+)_'\n" + AFFECTNET.replace('""', '"fear"'))
    data = load_dataset(numbered, labels=mapping(tmp_path / "other.toml", '[labels]\n0 = "sad"\n1 = "sad"'))
    assert [EMOTIONS[label] for label in data.labels] == ["neutral", "happy", "happy", "fear"]
    assert data.subjects.tolist() == ["", "", "p7", ""]


def test_label_that_the_mapping_lacks(numbered, tmp_path):
    face(numbered / "9" / "e.png")
    with pytest.raises(InputError, match=r"unknown emotion '8', '9'; add it to .*rafdb\.toml"):
        load_dataset(numbered, labels=mapping(tmp_path / "rafdb.toml", '[labels]\n0 = "sad"\n1 = "fear"'))
