import numpy as np
import pytest

from emotion.datasets import LAYOUTS, load_dataset
from emotion.errors import InputError
from emotion.pictures import write_picture


def test_missing_path(tmp_path):
    with pytest.raises(InputError, match="nowhere: no such file or folder"):
        load_dataset(tmp_path / "nowhere")


@pytest.mark.parametrize("content", [None, "notes.txt", "holiday/", "happy/"])
def test_unknown_layout_lists_supported_layouts(tmp_path, content):
    if content and content.endswith("/"):
        (tmp_path / content).mkdir()
    elif content:
        (tmp_path / content).write_text("no faces here")
    with pytest.raises(InputError) as caught:
        load_dataset(tmp_path)
    message = str(caught.value)
    assert str(tmp_path) in message
    assert all(layout in message for layout in LAYOUTS)
    assert "\n" not in message


def test_non_csv_file_has_no_layout(tmp_path):
    picture = tmp_path / "face.png"
    write_picture(picture, np.zeros((8, 8), np.uint8))
    with pytest.raises(InputError, match="no known layout"):
        load_dataset(picture)


def test_path_may_be_str(tmp_path):
    for emotion in ("happy", "sad"):
        (tmp_path / emotion).mkdir()
        write_picture(tmp_path / emotion / "face.png", np.zeros((8, 8), np.uint8))
    assert len(load_dataset(str(tmp_path))) == 2
