import numpy as np
import pytest

from emotion.datasets import load_dataset, parts_at
from emotion.errors import InputError
from emotion.pictures import write_picture


def face(path, level=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, np.full((8, 8), level, np.uint8))


@pytest.fixture
def divided(tmp_path):
    """Like the FER2013 of Kaggle, which has no validation part; the test pictures are brighter."""
    for emotion in ("happy", "sad"):
        face(tmp_path / "Train" / emotion / "a.png", 10)
        face(tmp_path / "test" / emotion / "a.png", 20)
        face(tmp_path / "__MACOSX" / "test" / emotion / "a.png")
    return tmp_path


def test_part_folders(divided):
    assert parts_at(divided) == ["train", "test"]
    assert parts_at(f"{divided}:test") == parts_at(divided / "test") == []
    train, test = load_dataset(str(divided)), load_dataset(f"{divided}:test")
    assert (train.name, test.name) == (f"{divided.name} (train)", f"{divided.name} (test)")
    assert train.faces[:, 0, 0].tolist() == [10, 10]
    assert test.faces[:, 0, 0].tolist() == [20, 20]
    with pytest.raises(InputError, match=r"has no part validation, only train and test; choose one, as in .*:train"):
        load_dataset(divided, parts=["validation"])
    with pytest.raises(InputError, match="has no parts; leave out ':test'"):
        load_dataset(f"{divided / 'Train'}:test")


def test_folder_without_labelled_faces_is_no_part(divided):
    face(divided / "val" / "unlabelled.png")
    assert parts_at(divided) == ["train", "test"]


def test_numbered_folders_in_parts_share_a_mapping(tmp_path):
    for folder in ("train/1", "train/2", "test/1", "test/2"):
        face(tmp_path / folder / "a.png")
    (tmp_path / "labels.toml").write_text('[labels]\n1 = "surprise"\n2 = "fear"\n')
    assert load_dataset(f"{tmp_path}:test").labels.tolist() == [7, 4]
