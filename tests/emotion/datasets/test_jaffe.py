import numpy as np
import pytest

from emotion.datasets import load_dataset


def test_jaffe(tmp_path, write_portraits, described):
    names = ["KA.AN1.39.tiff", "KA.NE2.27.tiff", "YM.SA3.5.tiff", "nm.fe1.90.tiff"]
    write_portraits(tmp_path, *names, "__MACOSX/KA.AN1.39.tiff")
    data = load_dataset(tmp_path)
    assert described(data) == [("KA", "anger"), ("KA", "neutral"), ("YM", "sadness"), ("NM", "fear")]
    assert np.all(data.faces == 200)
    (tmp_path / "README").write_text("x")
    with pytest.warns(UserWarning, match=r"left out, not named like a picture of JAFFE: 1 \(.*/README\)"):
        load_dataset(tmp_path)
