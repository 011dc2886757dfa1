"""Names of annotated copies."""

from pathlib import Path

import numpy as np
import pytest

from emotion.cli.copies import name_copies, write_copy
from emotion.cli.inputs import PictureInput
from emotion.errors import InputError
from emotion.pictures import ANNOTATED, read_picture


def inputs(*places):
    return [PictureInput(Path(f"folder {index}", place), Path(place)) for index, place in enumerate(places)]


def test_copies_are_next_to_their_pictures():
    copies = name_copies([PictureInput(Path("a/b.png"), Path("b.png")), PictureInput(None, Path("stdin"))])
    assert copies == [Path("a", "b.png" + ANNOTATED), None]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (["a.png", "b.png"], ["a.png", "b.png"]),
        (["a.png", "May/a.png"], ["a.png", "May/a.png"]),
        (["May/a.png", "May/a.png"], ["May/a.png", "May/a (2).png"]),
        (["a.png", "a.png", "a (2).png"], ["a.png", "a (3).png", "a (2).png"]),
        (["a (2).png", "a.png", "a.png", "a.png"], ["a (2).png", "a.png", "a (3).png", "a (4).png"]),
        (["a.png", "a (2).png", "a.png", "a (2).png"], ["a.png", "a (2).png", "a (3).png", "a (2) (2).png"]),
        (["stdin", "stdin"], ["stdin", "stdin (2)"]),
    ],
)
def test_copies_in_a_folder_have_different_names(tmp_path, places, expected):
    output = tmp_path / "new" / "deeper"
    assert name_copies(inputs(*places), output) == [output / (name + ANNOTATED) for name in expected]
    assert output.is_dir()


def test_the_output_must_be_a_folder(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="not a folder; give --output a folder"):
        name_copies(inputs("a.png"), tmp_path / "file")


def test_folders_of_copies_are_created_when_needed(tmp_path):
    picture = np.full((4, 5, 3), 7, np.uint8)
    (copy,) = name_copies(inputs("May/a.png"), tmp_path)
    assert not copy.parent.exists()
    write_copy(copy, picture)
    assert np.array_equal(read_picture(copy), picture)
    with pytest.raises(InputError, match="cannot be created"):
        write_copy(copy / "b.png", picture)
