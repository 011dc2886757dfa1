import numpy as np
import pytest

from emotion.datasets import load_dataset
from emotion.errors import InputError
from emotion.pictures import write_picture


def face(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, np.full((8, 8), 0, np.uint8))


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
