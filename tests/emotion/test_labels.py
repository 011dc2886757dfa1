import subprocess
import sys

import pytest

from emotion.errors import InputError
from emotion.labels import EMOTIONS, emotion_index


def test_order_is_that_of_the_cohn_kanade_files():
    assert EMOTIONS == ("neutral", "anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")


@pytest.mark.parametrize("index", range(len(EMOTIONS)))
def test_every_emotion_is_its_own_spelling(index):
    assert emotion_index(EMOTIONS[index]) == index


@pytest.mark.parametrize(
    ("name", "emotion"),
    [("Angry", "anger"), (" happiness ", "happy"), ("SAD", "sadness"), ("Surprised", "surprise"), ("fearful", "fear")],
)
def test_usual_spellings(name, emotion):
    assert emotion_index(name) == EMOTIONS.index(emotion)


@pytest.mark.parametrize("name", ["", "bored", "happy2", "unknown"])
def test_an_unknown_name_lists_the_known_ones(name):
    with pytest.raises(InputError, match=f"'{name}'.*neutral, anger, .*, surprise"):
        emotion_index(name)


def test_importing_labels_brings_nothing_heavy():
    code = "import sys, emotion.labels; print({'numpy', 'numba', 'cv2'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
