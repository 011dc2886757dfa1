import numpy as np
import pytest

from emotion.datasets import load_dataset, parts_at
from emotion.datasets.label_mapping import read_label_mapping
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.pictures import write_picture


@pytest.fixture
def table(tmp_path):
    """A function that writes a table, next to the pictures a.png, b.png and images/c.png of increasing gray level."""
    (tmp_path / "images").mkdir()
    for level, name in enumerate(("a.png", "b.png", "images/c.png")):
        write_picture(tmp_path / name, np.full((8, 8), level, np.uint8))

    def write(text):
        (tmp_path / "list.csv").write_text(text)
        return tmp_path

    return write


def read(tmp_path, text):
    (tmp_path / "m.toml").write_text(text)
    return read_label_mapping(tmp_path / "m.toml")


def emotions(data):
    return [EMOTIONS[label] for label in data.labels]


def test_columns_are_found_by_common_names(table):
    folder = table("id,Image Name,Expression,Subject ID\n1,b.png,happy,p1\n2,images\\c.png,Sad,p2\n")
    data = load_dataset(folder)
    assert (data.name, emotions(data)) == ("list.csv", ["happy", "sadness"])
    assert data.faces[:, 0, 0].tolist() == [1, 2]
    assert data.subjects.tolist() == ["p1", "p2"]
    assert np.array_equal(load_dataset(folder / "list.csv").faces, data.faces)


def test_parts_are_a_column(table):
    folder = table("file,label,split\na.png,fear,train\nb.png,happy,val\n")
    assert set(parts_at(folder)) == {"train", "validation"}
    assert emotions(load_dataset(folder)) == ["fear"]
    data = load_dataset(f"{folder}:validation")
    assert (data.name, emotions(data)) == ("list.csv (validation)", ["happy"])
    with pytest.raises(InputError, match=r"list\.csv, row 2: unknown part 'first'"):
        load_dataset(table("file,label,split\na.png,fear,first\n"))


def test_mapping_names_columns_labels_root_and_subjects(table, tmp_path):
    folder = table("was,wie,label\nc.png,3,x\nc.png,4,x\nc.png,8,x\n")
    text = "file = 'was'\nemotion = 'wie'\nroot = 'images'\nsubject = '^[a-z]'\n[labels]\n3 = 'joy'\n4 = 'fear'\n8 = ''"
    with pytest.warns(UserWarning, match=r"left out, .*m\.toml gives their labels no emotion: 1 \(images/c\.png\)"):
        data = load_dataset(folder, labels=read(tmp_path, text))
    assert (emotions(data), data.subjects.tolist()) == (["happy", "fear"], ["c", "c"])


def test_the_column_of_the_part_must_be_there_if_it_is_named(table, tmp_path):
    with pytest.raises(InputError, match=r"list\.csv: no column fold for the part, as .*m\.toml says"):
        load_dataset(table("file,label,split\na.png,fear,test\n"), labels=read(tmp_path, "part = 'fold'"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,emotion\na.png,5\nb.png,bored\n", "list.csv: unknown emotion '5', 'bored'; say what it means in a file"),
        ("file,emotion,label\na.png,happy,2\n", "the emotion may be in the columns emotion and label; say which"),
        ("file,emotion\na.png\n", "row 2: 1 fields, but the header has 2"),
        ("file,emotion\na.png,happy\nz.png,happy\n", "list.csv, row 3: "),
        ("file,emotion\n", "no labelled faces"),
    ],
)
def test_invalid_table_is_reported(table, text, said):
    with pytest.raises(InputError) as caught:
        load_dataset(table(text))
    assert said in str(caught.value)


def test_rows_and_pictures_that_cannot_be_used_are_left_out(table):
    rows = ["a.png,happy,train"] * 40 + ["a.png,happy", "a.png,happy,first", "z.png,fear,train"]
    with pytest.warns(UserWarning, match=r"left out") as caught:
        data = load_dataset(table("file,label,split\n" + "\n".join(rows)))
    assert len(data) == 40
    assert len(caught) == 3
    assert [item.name.rpartition("/")[2] for item in data.left_out] == ["list.csv, row 42", "list.csv, row 43", "z.png"]


def test_several_tables(table):
    folder = table("file,emotion\na.png,happy\n")
    (folder / "more.csv").write_text("file,emotion\nb.png,happy\n")
    with pytest.raises(InputError, match=r"several tables of faces; give one of list\.csv, more\.csv"):
        load_dataset(folder)
