import pytest

from emotion.datasets.csv_rows import read_columns, read_rows
from emotion.errors import InputError


def test_rows_are_counted_as_in_the_file_and_blank_ones_left_out(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('\ufeffa, b \n\n"(0, 0)",2\n', encoding="utf-8")
    assert list(read_rows(file)) == [(f"{file}, row 1", ["a", "b"]), (f"{file}, row 3", ["(0, 0)", "2"])]


def test_columns_by_name_in_the_order_asked_for(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("one,two,three\n1,2,3\n4,5,6\n")
    assert [fields for _, fields in read_columns(file, ("three", "one"))] == [["3", "1"], ["6", "4"]]


@pytest.mark.parametrize("text", ["", "one,two\n1,2\n", "\n"])
def test_a_missing_column_is_named(tmp_path, text):
    file = tmp_path / "a.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=r"a\.csv: no column .*three"):
        list(read_columns(file, ("one", "three")))


@pytest.mark.parametrize("row", ["1", "1,2,3"])
def test_a_row_of_another_length_is_named(tmp_path, row):
    file = tmp_path / "a.csv"
    file.write_text(f"one,two\n1,2\n{row}\n")
    with pytest.raises(InputError, match=r"a\.csv, row 3: \d fields where the header has 2"):
        list(read_columns(file, ("one",)))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'a,"' + b"x" * 200_000])
def test_what_is_no_csv_text(tmp_path, content):
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.csv: can't be read as a csv file"):
        list(read_rows(file))


def test_a_file_that_is_missing(tmp_path):
    with pytest.raises(InputError, match=r"gone\.csv: can't be read"):
        list(read_rows(tmp_path / "gone.csv"))
