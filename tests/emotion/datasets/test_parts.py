from pathlib import Path

import pytest

from emotion.datasets.parts import choose_part, part_folders, part_named, split_part
from emotion.errors import InputError


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Training", "train"),
        ("FER2013Train", "train"),
        ("train_set", "train"),
        ("PublicTest", "validation"),
        ("VAL", "validation"),
        ("PrivateTest", "test"),
        ("tests", None),
        ("", None),
    ],
)
def test_names_of_parts(name, part):
    assert part_named(name) == part


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("fer2013.csv:test", ("fer2013.csv", "test")),
        ("C:\\data\\fer2013.csv:valid", ("C:\\data\\fer2013.csv", "validation")),
        ("C:\\data\\test", ("C:\\data\\test", None)),
        ("C:/data/faces", ("C:/data/faces", None)),
        (":test", (":test", None)),
        ("faces", ("faces", None)),
    ],
)
def test_part_at_the_end_of_a_path(path, expected):
    assert split_part(path) == (Path(expected[0]), expected[1])


def test_path_that_exists_is_not_split(tmp_path):
    (tmp_path / "odd:test").mkdir()
    assert split_part(tmp_path / "odd:test") == (tmp_path / "odd:test", None)
    assert split_part(f"{tmp_path / 'odd:test'}:train") == (tmp_path / "odd:test", "train")
    with pytest.raises(InputError, match="unknown part 'dev'; choose from train, validation, test"):
        split_part(f"{tmp_path}:dev")


@pytest.mark.parametrize(
    ("found", "named", "wanted", "chosen"),
    [
        ({"test", "train"}, None, ["train"], "train"),
        ({"test", "train"}, "test", ["train"], "test"),
        ({"train", "validation"}, None, ["test", "validation"], "validation"),
        (set(), None, ["test"], None),
    ],
)
def test_choice(found, named, wanted, chosen):
    assert choose_part(Path("faces"), found, named, wanted) == chosen


def test_two_folders_of_the_same_part(tmp_path):
    for name in ("val", "valid", "train"):
        (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="val and valid are the same part"):
        part_folders(tmp_path)
