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


def test_missing_path(tmp_path):
    with pytest.raises(InputError, match="nowhere: no such file or folder"):
        load_dataset(tmp_path / "nowhere")


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


PIXELS = " ".join(["1"] * 48 * 48)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "found no file; there must be a folder of pictures per emotion"),
        (["notes.txt"], "found the file notes.txt; there must be a folder of pictures per emotion"),
        (["holiday/a.png", "work/b.png"], "found the folders holiday, work; there must be a folder"),
        (["happy/a.png"], "found only the folder happy named after an emotion"),
        (["a.png", "b.png"], "found 2 picture(s) without labels"),
        (["0/a.png", "6/a.png", "10/a.png"], "found folders 0 to 10; name them after their emotions, or say what"),
        (["train/1/a.png", "train/2/a.png"], "in train, found folders 1 to 2; name them"),
        (["archive/images/happy/a.png", "archive/images/sad/a.png"], "found the folder archive; there must be"),
        (["images/happy/a.png", "images/sad/a.png"], "found labelled faces in images; give"),
        (["fer2013.tar.gz"], "found the archive fer2013.tar.gz; unpack"),
        (["sales.csv"], "in sales.csv, found the columns year, sum; its first row must name emotion and pixels, or"),
        (["__MACOSX/happy/a.png", "__MACOSX/sad/a.png", "Thumbs.db"], "found no file"),
    ],
)
def test_unknown_layout_says_what_was_found(tmp_path, files, said):
    for name in files:
        if name.endswith(".png"):
            face(tmp_path / name)
        else:
            (tmp_path / name).write_text("year,sum\n2020,7\n")
    with pytest.raises(InputError) as caught:
        load_dataset(tmp_path)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}: no known layout of labelled faces: ")
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("face.png", "", "found a picture; give a folder"),
        ("fer2013.zip", "", "found an archive; unpack it"),
        ("faces.parquet", "", "found a .parquet file; give a folder, or a CSV file"),
        ("a.csv", "\0\xff", "found the column"),
        ("test.csv", f"pixels\n{PIXELS}\n", "found the column pixels; its first row must name"),
        ("fer2013new.csv", "Usage,Image name,neutral,contempt,NF\n", "found votes of FER+ without pictures"),
    ],
)
def test_file_without_layout(tmp_path, name, content, said):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError) as caught:
        load_dataset(tmp_path / name)
    assert said in str(caught.value)
