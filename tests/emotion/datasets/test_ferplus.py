import numpy as np
import pytest

from emotion.datasets import load_dataset
from emotion.datasets.votes import VOTE_COLUMNS
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.pictures import write_picture

VOTES = {"happy": "0,10,0,0,0,0,0,0,0,0", "anger": "0,0,0,3,7,0,0,0,0,0", "tie": "5,0,0,5,0,0,0,0,0,0"}


def pixels(level, number=48 * 48):
    return " ".join([str(level)] * number)


def fer2013(folder, rows=None):
    rows = rows or [
        f"0,{pixels(10)},Training",
        f"3,{pixels(20)},Training",
        f"6,{pixels(30)},PublicTest",
        f"1,{pixels(40)},Training",
        f"5,{pixels(50)},PrivateTest",
    ]
    file = folder / "fer2013.csv"
    file.write_text("\n".join(["emotion,pixels,Usage", *rows]) + "\n")
    return file


def fer2013new(folder, rows=None):
    rows = rows or [
        f"Training,fer0.png,{VOTES['happy']}",
        f"Training,fer1.png,{VOTES['tie']}",
        f"PublicTest,fer2.png,{VOTES['anger']}",
        f"Training,,{VOTES['anger']}",
        f"PrivateTest,fer4.png,{VOTES['happy']}",
    ]
    (folder / "fer2013new.csv").write_text("\n".join([f"Usage,Image name,{','.join(VOTE_COLUMNS)}", *rows]) + "\n")


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


def test_fer2013_without_votes_uses_its_own_labels(tmp_path):
    fer2013(tmp_path)
    data = load_dataset(tmp_path)
    assert emotions(data) == ["anger", "happy", "disgust"]
    assert data.faces.shape == (3, 64, 64)
    assert data.faces[:, 0, 0].tolist() == [10, 20, 40]
    assert data.subjects.tolist() == data.sequences.tolist() == ["", "", ""]
    assert data.distributions is None


@pytest.mark.parametrize(("part", "emotion", "level"), [("valid", "neutral", 30), ("test", "surprise", 50)])
def test_other_parts_by_usage(tmp_path, part, emotion, level):
    data = load_dataset(fer2013(tmp_path), part=part)
    assert emotions(data) == [emotion]
    assert data.faces[0, 5, 5] == level


def test_pixels_are_read_row_by_row(tmp_path):
    values = np.random.default_rng(0).integers(0, 256, 48 * 48)
    fer2013(tmp_path, [f"2,{' '.join(map(str, values))},Training"])
    picture = values.reshape(48, 48).astype(np.uint8)
    write_picture(part_folder(tmp_path / "FER2013Valid", ["happy"]) / "fer0.png", picture)
    assert np.array_equal(load_dataset(tmp_path).faces, load_dataset(tmp_path / "FER2013Valid").faces)


def test_votes_replace_fer2013_labels_row_by_row(tmp_path):
    fer2013(tmp_path)
    fer2013new(tmp_path)
    data = load_dataset(tmp_path)
    assert emotions(data) == ["happy", "anger"]
    assert data.faces[:, 0, 0].tolist() == [10, 40]


def test_fer2013_with_vote_distributions(tmp_path):
    fer2013(tmp_path)
    fer2013new(tmp_path)
    data = load_dataset(tmp_path, votes="distribution")
    assert emotions(data) == ["happy", "neutral", "anger"]
    assert data.distributions[1].tolist() == [0.5, 0, 0, 0, 0, 0, 0.5, 0]
    np.testing.assert_allclose(data.distributions.sum(axis=1), 1, rtol=1e-6)


def test_votes_must_match_images(tmp_path):
    fer2013(tmp_path)
    fer2013new(tmp_path, [f"Training,fer0.png,{VOTES['happy']}"])
    with pytest.raises(InputError, match=r"fer2013new\.csv: 1 Training rows, but fer2013\.csv has 3"):
        load_dataset(tmp_path)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (f"7,{pixels(1)},Training", "the emotion is '7'"),
        (f"happy,{pixels(1)},Training", "the emotion is 'happy'"),
        (f"0,{pixels(1, 2303)},Training", "2303 pixels instead of 48 x 48"),
        ("0,,Training", "0 pixels"),
        (f"0,{pixels(256)},Training", "not an integer from 0 to 255"),
        (f"0,{pixels('x')},Training", "not an integer from 0 to 255"),
        (f"0,{pixels(1)},Trainning", "the usage is 'Trainning'"),
        (f"0,{pixels(1)}", "2 fields, but the header has 3"),
    ],
)
def test_invalid_fer2013_row_is_reported(tmp_path, row, message):
    fer2013(tmp_path, [f"0,{pixels(1)},Training", row])
    with pytest.raises(InputError, match=rf"fer2013\.csv, row 3: .*{message}"):
        load_dataset(tmp_path)


def test_invalid_vote_row_is_reported(tmp_path):
    fer2013(tmp_path, [f"0,{pixels(1)},Training"])
    fer2013new(tmp_path, ["Training,fer0.png,1,2,three,0,0,0,0,0,0,0"])
    with pytest.raises(InputError, match=r"fer2013new\.csv, row 2: the votes are 1, 2, three"):
        load_dataset(tmp_path)


def test_unrelated_csv_file(tmp_path):
    (tmp_path / "sales.csv").write_text("year,sum\n2020,7\n")
    with pytest.raises(InputError, match=r"sales\.csv: no column Usage, emotion, pixels"):
        load_dataset(tmp_path / "sales.csv")


def test_part_without_rows(tmp_path):
    fer2013(tmp_path, [f"0,{pixels(1)},Training"])
    with pytest.raises(InputError, match=r"fer2013\.csv \(test\): no labelled face"):
        load_dataset(tmp_path, part="test")


def test_path_of_a_part_folder(tmp_path):
    data = load_dataset(part_folder(tmp_path / "FER2013Valid"))
    assert data.name == "FER2013Valid"
    assert emotions(data) == ["happy", "anger"]
    assert data.faces[:, 0, 0].tolist() == [0, 2]
    assert data.distributions is None


def test_path_of_the_parent_of_part_folders(tmp_path):
    part_folder(tmp_path / "FER2013Train")
    part_folder(tmp_path / "FER2013Valid", ["anger"])
    assert emotions(load_dataset(tmp_path)) == ["happy", "anger"]
    assert emotions(load_dataset(tmp_path, part="valid")) == ["anger"]
    assert emotions(load_dataset(tmp_path, votes="distribution")) == ["happy", "neutral", "anger"]
    with pytest.raises(InputError, match="the part 'test' is missing; found train, valid"):
        load_dataset(tmp_path, part="test")


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


@pytest.mark.parametrize("option", [{"votes": "plurality"}, {"part": "dev"}])
def test_unknown_option_lists_known_ones(tmp_path, option):
    fer2013(tmp_path)
    with pytest.raises(InputError, match=r"unknown .*'(plurality|dev)'; choose from (majority|train), "):
        load_dataset(tmp_path, **option)


@pytest.mark.real_faces
def test_vote_rules_on_the_real_validation_part(real_faces):
    ferplus = real_faces("ferplus")
    assert len(load_dataset(ferplus, part="valid")) == 3191
    assert len(load_dataset(ferplus, part="valid", votes="distribution")) == 3558
