"""The included weights are found, and classify drawn and real faces correctly."""

from pathlib import Path

import numpy as np
import pytest

from emotion import shipped_weights as module
from emotion.datasets import load_dataset
from emotion.errors import InputError
from emotion.metrics import report
from emotion.recognizer import EmotionRecognizer
from emotion.shipped_weights import shipped_weights
from emotion.synthetic import load_drawn

EXAMPLES = Path(__file__).parents[2] / "data" / "test"


def test_folders_are_searched_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "WEIGHT_FOLDERS", (tmp_path / "a", tmp_path / "b"))
    with pytest.raises(InputError, match=r"original\.npz: the trained weights are missing"):
        EmotionRecognizer.load(network="original")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "original.npz").write_bytes(b"")
    assert shipped_weights("original") == tmp_path / "b" / "original.npz"


def test_unknown_network_is_reported():
    with pytest.raises(InputError, match="unknown network 'vgg'; choose from original, resnet"):
        shipped_weights("vgg")


@pytest.fixture(scope="module")
def shipped():
    return EmotionRecognizer.load()


def test_photograph_shows_a_happy_face(shipped, astronaut):
    (face,) = shipped.recognize(astronaut)
    assert face.emotion == "happy"


@pytest.mark.parametrize("emotion", ["anger", "disgust", "happy", "sadness", "surprise"])
def test_example_pictures_show_the_emotion_in_their_name(shipped, emotion):
    assert [face.emotion for face in shipped.recognize(EXAMPLES / f"{emotion}.png")] == [emotion]


def test_example_with_several_faces(shipped):
    faces = shipped.recognize(EXAMPLES / "several.png")
    assert [face.emotion for face in faces] == ["neutral", "fear", "happy", "contempt"]


def test_drawn_faces_of_people_not_seen_in_training(shipped):
    drawn = load_drawn(10, seed=987)
    assert report(drawn.labels, shipped.classify(drawn.faces).argmax(axis=1)).accuracy > 0.9


@pytest.mark.real_faces
def test_accuracy_on_the_validation_part_of_ferplus(shipped, real_faces):
    faces = load_dataset(f"{real_faces('ferplus')}:validation")
    figures = report(faces.labels, shipped.classify(faces.faces).argmax(axis=1))
    assert figures.accuracy > 0.74
    assert np.nanmin(figures.recall[[0, 1, 5, 6, 7]]) > 0.4
