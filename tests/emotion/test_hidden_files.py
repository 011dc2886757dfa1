import pytest

from emotion.hidden_files import is_hidden
from emotion.pictures import picture_files


@pytest.mark.parametrize("name", [".DS_Store", "._happy.png", "__MACOSX", "Thumbs.db", "desktop.ini", "DESKTOP.INI"])
def test_hidden(name):
    assert is_hidden(name)


@pytest.mark.parametrize("name", ["happy", "MACOSX", "thumbs.png", "a.DS_Store"])
def test_not_hidden(name):
    assert not is_hidden(name)


def test_folders_of_archives_have_no_pictures(tmp_path):
    for name in ("photos/a.png", "__MACOSX/photos/b.png", "photos/Thumbs.db"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    left_out = []
    assert picture_files(tmp_path, left_out.append, recursive=True) == [tmp_path / "photos" / "a.png"]
    assert left_out == []
