import numpy as np
import pytest

from emotion.datasets import load_dataset
from emotion.datasets.votes import VOTE_COLUMNS
from emotion.errors import InputError
from emotion.labels import EMOTIONS

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


@pytest.mark.parametrize(("part", "emotion", "level"), [("validation", "neutral", 30), ("test", "surprise", 50)])
def test_other_parts_by_usage(tmp_path, part, emotion, level):
    data = load_dataset(f"{fer2013(tmp_path)}:{part}")
    assert data.name == f"fer2013.csv ({part})"
    assert emotions(data) == [emotion]
    assert data.faces[0, 5, 5] == level


def test_pixels_are_read_row_by_row(tmp_path):
    values = np.random.default_rng(0).integers(0, 256, 48 * 48)
    fer2013(tmp_path, [f"2,{' '.join(map(str, values))},Training"])
    assert np.array_equal(load_dataset(tmp_path, size=48).faces[0], values.reshape(48, 48))


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
    with pytest.raises(InputError, match=r"fer2013new\.csv: fewer rows than fer2013\.csv"):
        load_dataset(tmp_path)
    fer2013new(tmp_path, [f"{usage},x.png,{VOTES['happy']}" for usage in ["PublicTest"] * 2 + ["Training"] * 3])
    with pytest.raises(InputError, match=r"row 2: the usage is not 'Training' as in fer2013\.csv"):
        load_dataset(tmp_path)


def test_rows_that_cannot_be_used_are_left_out_with_their_votes(tmp_path):
    rows = [f"0,{pixels(level)},Training" for level in range(30)]
    votes = [f"Training,x.png,{VOTES['happy']}"] * 30
    rows[3], rows[7], votes[5] = f"0,{pixels(3)}", f"0,{pixels('x')},Training", "Training,x.png,1,2,three,0,0,0,0,0,0,0"
    file = fer2013(tmp_path, rows)
    with pytest.warns(UserWarning, match="left out"):
        assert len(load_dataset(tmp_path)) == 28
    fer2013new(tmp_path, votes)
    with pytest.warns(UserWarning, match="left out"):
        data = load_dataset(tmp_path)
    assert data.faces[:, 0, 0].tolist() == sorted(set(range(30)) - {3, 5, 7})
    assert data.left_out[0] == (f"{file}, row 5", "2 fields, but the header has 3")
    assert [item.name.partition(", ")[2] for item in data.left_out] == ["row 5", "row 7", "row 9"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (f"8,{pixels(1)},Training", "the emotion is '8'"),
        (f"happy,{pixels(1)},Training", "the emotion is 'happy'"),
        (f"0,{pixels(1, 2303)},Training", "2303 pixels instead of 48 x 48"),
        ("0,,Training", "0 pixels"),
        (f"0,{pixels(256)},Training", "not an integer from 0 to 255"),
        (f"0,{pixels('x')},Training", "not an integer from 0 to 255"),
        (f"0,{pixels(1)},Trainning", "unknown part 'Trainning'"),
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


@pytest.mark.parametrize("name", ["icml_face_data.csv", "faces.CSV"])
def test_file_may_have_any_name_and_order_of_columns(tmp_path, name):
    """As in the archive of the challenge, with spaces in the header, and next to its file without parts."""
    rows = [f"0,Training,{pixels(10)}", f"7,PrivateTest,{pixels(20)}"]
    (tmp_path / name).write_text("\n".join(["emotion, Usage, pixels", *rows]))
    (tmp_path / "train.csv").write_text(f"emotion,pixels\n3,{pixels(30)}\n")
    (tmp_path / "test.csv").write_text(f"pixels\n{pixels(40)}\n")
    assert emotions(load_dataset(tmp_path)) == ["anger"]
    assert emotions(load_dataset(f"{tmp_path}:test")) == ["contempt"]
    assert emotions(load_dataset(tmp_path / "train.csv")) == ["happy"]
    with pytest.raises(InputError, match=r"train\.csv: has no parts; leave out ':test'"):
        load_dataset(f"{tmp_path / 'train.csv'}:test")


def test_several_files_with_faces(tmp_path):
    fer2013(tmp_path).rename(tmp_path / "b.csv")
    fer2013(tmp_path)
    with pytest.raises(InputError, match=r"several files with faces; give one of b\.csv, fer2013\.csv"):
        load_dataset(tmp_path)


def test_part_without_rows(tmp_path):
    fer2013(tmp_path, [f"0,{pixels(1)},Training"])
    with pytest.raises(InputError, match=r"has no part test, only train; choose one, as in .*fer2013\.csv:train"):
        load_dataset(f"{tmp_path / 'fer2013.csv'}:test")
