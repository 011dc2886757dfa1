import pytest

from emotion.datasets.csv_rows import checked, read_columns, read_rows
from emotion.errors import InputError


def test_rows_have_file_row_numbers_and_blank_rows_are_skipped(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('\ufeffa, b \n\n"(0, 0)",2\n', encoding="utf-8")
    assert list(read_rows(file)) == [(f"{file}, row 1", ["a", "b"]), (f"{file}, row 3", ["(0, 0)", "2"])]


def test_columns_are_returned_in_the_requested_order(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("one,two,three\n1,2,3\n4,5,6\n")
    assert [fields for _, fields in read_columns(file, ("three", "one"))] == [["3", "1"], ["6", "4"]]


@pytest.mark.parametrize("text", ["", "one,two\n1,2\n", "\n"])
def test_missing_column_is_reported(tmp_path, text):
    file = tmp_path / "a.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=r"a\.csv: no column .*three"):
        list(read_columns(file, ("one", "three")))


@pytest.mark.parametrize("row", ["1", "1,2,3"])
def test_row_with_wrong_length_is_reported(tmp_path, row):
    file = tmp_path / "a.csv"
    file.write_text(f"one,two\n1,2\n{row}\n5,6\n")
    first, bad, last = read_columns(file, ("one",))
    assert [checked(first)[1], checked(last)[1]] == [["1"], ["5"]]
    with pytest.raises(InputError, match=r"a\.csv, row 3: \d fields, but the header has 2"):
        checked(bad)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'a,"' + b"x" * 200_000])
def test_not_a_csv_file(tmp_path, content):
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.csv: cannot be read as a CSV file"):
        list(read_rows(file))


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"gone\.csv: cannot be read"):
        list(read_rows(tmp_path / "gone.csv"))
