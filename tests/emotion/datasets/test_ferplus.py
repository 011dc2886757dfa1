import numpy as np
import pytest

from emotion.datasets import load_dataset
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.pictures import write_picture

VOTES = {"happy": "0,10,0,0,0,0,0,0,0,0", "anger": "0,0,0,3,7,0,0,0,0,0", "tie": "5,0,0,5,0,0,0,0,0,0"}


def part_folder(folder, rows=("happy", "tie", "anger")):
    folder.mkdir(parents=True)
    lines = []
    for index, row in enumerate(rows):
        write_picture(folder / f"fer{index}.png", np.full((48, 48), index, np.uint8))
        lines.append(f'fer{index}.png,"(0, 0, 48, 48)",{VOTES[row]}')
    (folder / "label.csv").write_text("\n".join(lines) + "\n")
    return folder


def emotions(data):
    return [EMOTIONS[label] for label in data.labels]


def test_path_of_a_part_folder(tmp_path):
    data = load_dataset(part_folder(tmp_path / "FER2013Valid"))
    assert data.name == "FER2013Valid"
    assert emotions(data) == ["happy", "anger"]
    assert data.faces[:, 0, 0].tolist() == [0, 2]
    assert data.distributions is None
    with pytest.raises(InputError, match=r"part of the labelled faces in its folder; give .*FER2013Valid "):
        load_dataset(tmp_path / "FER2013Valid" / "label.csv")


def test_path_of_the_parent_of_part_folders(tmp_path):
    part_folder(tmp_path / "FER2013Train")
    part_folder(tmp_path / "FER2013Valid", ["anger"])
    assert emotions(load_dataset(tmp_path)) == ["happy", "anger"]
    assert emotions(load_dataset(tmp_path, parts=["validation"])) == ["anger"]
    assert emotions(load_dataset(tmp_path, votes="distribution")) == ["happy", "neutral", "anger"]
    assert load_dataset(tmp_path, parts=["test", "validation"]).name == f"{tmp_path.name} (validation)"
    with pytest.raises(InputError, match="has no part test, only train and validation"):
        load_dataset(f"{tmp_path}:test")


def test_missing_picture_is_reported_with_its_row(tmp_path):
    folder = part_folder(tmp_path / "FER2013Train")
    (folder / "fer2.png").unlink()
    with pytest.raises(InputError, match=r"label\.csv, row 3: .*fer2\.png: no such file"):
        load_dataset(tmp_path)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("fer0.png,1,2,3", "4 fields"),
        ('fer0.png,"(0, 0, 48, 48)",1,2,3,x,0,0,0,0,0,0', "the votes are"),
    ],
)
def test_invalid_label_row_is_reported(tmp_path, row, message):
    folder = part_folder(tmp_path / "FER2013Train")
    with (folder / "label.csv").open("a") as file:
        file.write(row + "\n")
    with pytest.raises(InputError, match=rf"label\.csv, row 4: .*{message}"):
        load_dataset(tmp_path)


def test_pictures_and_rows_that_cannot_be_used_are_left_out(tmp_path):
    folder = part_folder(tmp_path / "FER2013Train", ["happy", "anger"] * 12)
    (folder / "fer3.png").write_bytes(b"no picture")
    with (folder / "label.csv").open("a") as file:
        file.write("fer0.png,1,2,3\n")
    with pytest.warns(UserWarning, match="left out"):
        data = load_dataset(folder, votes="distribution")
    assert data.faces[:, 0, 0].tolist() == [0, 1, 2, *range(4, 24)]
    assert emotions(data)[2:4] == ["happy", "happy"]
    assert len(data.distributions) == 23
    assert len(data.left_out) == 2


def test_unknown_rule_lists_known_ones(tmp_path):
    with pytest.raises(InputError, match="unknown vote rule 'plurality'; choose from majority, distribution"):
        load_dataset(part_folder(tmp_path / "FER2013Train"), votes="plurality")


@pytest.mark.real_faces
def test_vote_rules_on_the_real_validation_part(real_faces):
    validation = f"{real_faces('ferplus')}:validation"
    assert len(load_dataset(validation)) == 3191
    assert len(load_dataset(validation, votes="distribution")) == 3558
