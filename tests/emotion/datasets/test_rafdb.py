import numpy as np
import pytest

from emotion.datasets import load_dataset, parts_at
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.pictures import write_picture

ROWS = "train_00001.jpg 5\ntrain_00002.jpg 1\ntest_0001.jpg 7\n"


@pytest.fixture(params=["Image/aligned", "aligned"])
def release(tmp_path, request):
    (tmp_path / "EmoLabel").mkdir()
    (tmp_path / "EmoLabel" / "list_patition_label.txt").write_text(ROWS)
    folder = tmp_path / request.param
    folder.mkdir(parents=True)
    for name in ("train_00001", "train_00002", "test_0001"):
        write_picture(folder / f"{name}_aligned.jpg", np.full((8, 8), 9, np.uint8))
    return tmp_path


def test_parts_and_labels(release):
    assert set(parts_at(release)) == {"train", "test"}
    data = load_dataset(release)
    assert [EMOTIONS[label] for label in data.labels] == ["sadness", "surprise"]
    assert data.name == f"{release.name} (train)"
    test = load_dataset(f"{release / 'EmoLabel' / 'list_patition_label.txt'}:test")
    assert [EMOTIONS[label] for label in test.labels] == ["neutral"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train_00001.jpg 8", "row 1: the label is '8'; it must be a number from 1 to 7"),
        ("train_00001.jpg", "row 1: 'train_00001.jpg'; it must be a file and a label"),
        ("a.jpg 5", "row 1: 'a.jpg 5'"),
        ("\n", "lists no files"),
        ("train_7.jpg 1", "no train_7_aligned.jpg there; unpack the aligned faces"),
        (ROWS + "train_7.jpg 1", "row 4: "),
    ],
)
def test_invalid_list(release, text, said):
    (release / "EmoLabel" / "list_patition_label.txt").write_text(text)
    with pytest.raises(InputError) as caught:
        load_dataset(release)
    assert said in str(caught.value)
