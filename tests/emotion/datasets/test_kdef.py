import warnings

import pytest

from emotion.datasets import load_dataset
from emotion.errors import InputError


@pytest.mark.parametrize("folders", [("AF01/", "BF01/", "AM30/"), ("", "", "")])
def test_kdef(tmp_path, write_portraits, described, folders):
    one, two, three = folders
    write_portraits(tmp_path, f"{one}AF01AFS.JPG", f"{two}BF01SUS.JPG", f"{three}AM30HAS.jpg")
    expected = [("F01", "fear"), ("M30", "happy"), ("F01", "surprise")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert described(load_dataset(tmp_path)) == expected
    write_portraits(tmp_path, f"{one}AF01AFHL.JPG", f"{one}AF01AFFR.JPG")
    with pytest.warns(UserWarning, match=r"left out, not taken from the front: 2 \(.*/AF01AF(HL|FR)\.JPG"):
        assert described(load_dataset(tmp_path)) == expected


def test_kdef_from_the_side_only(tmp_path, write_portraits):
    write_portraits(tmp_path, "AF01AFHL.JPG")
    with pytest.raises(InputError, match="no pictures taken from the front"):
        load_dataset(tmp_path)
