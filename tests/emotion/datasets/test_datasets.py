import pytest

from emotion.datasets import load_dataset, parts_at
from emotion.errors import InputError


@pytest.mark.parametrize("function", [load_dataset, parts_at])
def test_missing_path(tmp_path, function):
    with pytest.raises(InputError, match="nowhere: no such file or folder"):
        function(tmp_path / "nowhere")
