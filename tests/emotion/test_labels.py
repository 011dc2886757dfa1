import subprocess
import sys

import pytest

from emotion.errors import InputError
from emotion.labels import EMOTIONS, emotion_index


def test_order_matches_cohn_kanade_files():
    assert EMOTIONS == ("neutral", "anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")


@pytest.mark.parametrize("index", range(len(EMOTIONS)))
def test_emotion_names_are_valid_spellings(index):
    assert emotion_index(EMOTIONS[index]) == index


@pytest.mark.parametrize(
    ("name", "emotion"),
    [("Angry", "anger"), (" happiness ", "happy"), ("SAD", "sadness"), ("Surprised", "surprise"), ("fearful", "fear")],
)
def test_common_spellings(name, emotion):
    assert emotion_index(name) == EMOTIONS.index(emotion)


@pytest.mark.parametrize("name", ["", "bored", "happy2", "unknown"])
def test_unknown_emotion_lists_known_ones(name):
    with pytest.raises(InputError, match=f"'{name}'.*neutral, anger, .*, surprise"):
        emotion_index(name)


def test_importing_labels_imports_no_heavy_packages():
    code = "import sys, emotion.labels; print({'numpy', 'numba', 'cv2'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
