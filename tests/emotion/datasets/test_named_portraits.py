"""JAFFE and KDEF: portraits whose names say everything."""

import warnings

import numpy as np
import pytest

from emotion.datasets import labelled_pictures, load_dataset
from emotion.detection import Detection
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.pictures import write_picture


@pytest.fixture(autouse=True)
def fake_detector(monkeypatch):
    """Replaces the detector: there is a face in the upper left quarter of every picture."""
    monkeypatch.setattr(
        labelled_pictures, "find_faces", lambda gray: [Detection((0, 0, gray.shape[1] // 2, gray.shape[0] // 2), 1.0)]
    )


def write(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture = np.full((64, 64), 9, np.uint8)
        picture[:40, :40] = 200
        write_picture(folder / name, picture)


def described(data):
    return list(zip(data.subjects.tolist(), (EMOTIONS[label] for label in data.labels), strict=True))


def test_jaffe(tmp_path):
    names = ["KA.AN1.39.tiff", "KA.NE2.27.tiff", "YM.SA3.5.tiff", "nm.fe1.90.tiff"]
    write(tmp_path, *names, "__MACOSX/KA.AN1.39.tiff")
    data = load_dataset(tmp_path)
    assert described(data) == [("KA", "anger"), ("KA", "neutral"), ("YM", "sadness"), ("NM", "fear")]
    assert np.all(data.faces == 200)
    (tmp_path / "README").write_text("x")
    with pytest.warns(UserWarning, match=r"1 file\(s\) left out, such as README: not named like"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("folders", [("AF01/", "BF01/", "AM30/"), ("", "", "")])
def test_kdef(tmp_path, folders):
    one, two, three = folders
    write(tmp_path, f"{one}AF01AFS.JPG", f"{two}BF01SUS.JPG", f"{three}AM30HAS.jpg")
    expected = [("F01", "fear"), ("M30", "happy"), ("F01", "surprise")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert described(load_dataset(tmp_path)) == expected
    write(tmp_path, f"{one}AF01AFHL.JPG", f"{one}AF01AFFR.JPG")
    with pytest.warns(UserWarning, match=r"2 file\(s\) left out, such as AF01AF(HL|FR)\.JPG: not taken from the front"):
        assert described(load_dataset(tmp_path)) == expected


def test_kdef_from_the_side_only(tmp_path):
    write(tmp_path, "AF01AFHL.JPG")
    with (
        pytest.warns(UserWarning, match="not taken from the front"),
        pytest.raises(InputError, match="no pictures taken from the front"),
    ):
        load_dataset(tmp_path)
