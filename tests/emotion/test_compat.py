"""The interfaces of deepface and fer."""

import numpy as np
import pytest

from emotion import compat
from emotion.compat import FER, analyze
from emotion.errors import InputError
from emotion.labels import EMOTIONS, emotion_index
from emotion.pictures import write_picture
from emotion.recognizer import EmotionRecognizer

NAMES = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "contempt"]


@pytest.fixture(autouse=True)
def included(recognizer, monkeypatch):
    """Replaces the included weights by a recogniser that classifies every face as happy."""
    monkeypatch.setattr(EmotionRecognizer, "load", lambda: recognizer)
    compat._included.cache_clear()
    yield
    compat._included.cache_clear()


@pytest.fixture
def ramp(recognizer, monkeypatch):
    """The recogniser, with a different probability for each emotion: contempt is the most probable."""
    row = np.array([0.05, 0.1, 0.3, 0.02, 0.08, 0.2, 0.15, 0.1], np.float32)
    monkeypatch.setattr(recognizer, "_probabilities", lambda logits: np.tile(row, (len(logits), 1)))
    return dict(zip(EMOTIONS, row.tolist(), strict=True))


def test_names_are_those_of_the_emotions(ramp, astronaut):
    (face,) = analyze(astronaut)
    assert list(face["emotion"]) == NAMES
    for name, value in face["emotion"].items():
        assert value == pytest.approx(100 * ramp[EMOTIONS[emotion_index(name)]])
    assert sum(face["emotion"].values()) == pytest.approx(100)
    assert face["dominant_emotion"] == "contempt"
    (face,) = FER().detect_emotions(astronaut)
    assert face["emotions"] == {name: round(ramp[EMOTIONS[emotion_index(name)]], 2) for name in NAMES}


def test_result_of_deepface(recognizer, astronaut, tmp_path):
    (found,) = recognizer.recognize(astronaut)
    (face,) = results = analyze(img_path=astronaut, actions=["emotion"])
    assert list(face) == ["emotion", "dominant_emotion", "region", "face_confidence"]
    assert face["dominant_emotion"] == "happy"
    assert face["region"] == dict(zip("xywh", found.box, strict=True))
    assert face["face_confidence"] == pytest.approx(found.score / (1 + found.score), abs=0.006)
    write_picture(tmp_path / "a.png", astronaut)
    assert analyze(str(tmp_path / "a.png"), actions="emotion") == results
    assert analyze([astronaut, str(tmp_path / "a.png")]) == [results, results]
    assert analyze(astronaut, recognizer=EmotionRecognizer(recognizer.network)) == results


def test_pictures_without_a_face_as_in_deepface(astronaut):
    wall = np.full((60, 80, 3), 99, np.uint8)
    with pytest.raises(ValueError, match="enforce_detection=False"):
        analyze(wall)
    with pytest.raises(ValueError, match="enforce_detection=False"):
        analyze([wall])
    whole = {"x": 0, "y": 0, "w": 80, "h": 60}
    for options in ({"enforce_detection": False}, {"detector_backend": "skip"}):
        (face,) = analyze(wall, **options)
        assert face["region"] == whole
        assert face["face_confidence"] == 0
    (face,) = analyze(astronaut, detector_backend="skip")
    assert face["region"]["w"] == 512


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"actions": ["emotion", "age"]}, "'age' is not recognised here"),
        ({"actions": "race"}, "'race' is not recognised here"),
        ({"detector_backend": "retinaface"}, "must be 'opencv' or 'skip'"),
    ],
)
def test_what_is_not_available_is_said(astronaut, options, message):
    with pytest.raises(InputError, match=message):
        analyze(astronaut, **options)
    with pytest.raises(InputError, match="mtcnn is not available"):
        FER(mtcnn=True)


def test_result_of_fer(recognizer, astronaut):
    detector = FER(recognizer=recognizer)
    (found,) = recognizer.recognize(astronaut)
    (face,) = detector.detect_emotions(astronaut)
    assert face["box"] == list(found.box)
    assert detector.top_emotion(astronaut) == ("happy", 0.93)
    wall = np.full((60, 80, 3), 99, np.uint8)
    assert detector.detect_emotions(wall) == []
    assert detector.top_emotion(wall) == (None, None)
    (face,) = detector.detect_emotions(wall, [(10, 10, 20, 20)])
    assert face["box"] == [10, 10, 20, 20]


def test_boxes_are_inside_the_picture():
    faces = FER().detect_emotions(np.full((60, 80), 99, np.uint8), [(-5, 10, 20, 20), (70, 50, 20, 20)])
    assert [face["box"] for face in faces] == [[0, 10, 15, 20], [70, 50, 10, 10]]


def test_top_emotion_is_that_of_the_largest_face(monkeypatch):
    detector = FER()
    found = [
        {"box": [0, 0, 20, 20], "emotions": {"sad": 0.9, "happy": 0.1}},
        {"box": [30, 0, 40, 40], "emotions": {"sad": 0.2, "happy": 0.8}},
    ]
    monkeypatch.setattr(detector, "detect_emotions", lambda img: found)
    assert detector.top_emotion("a.png") == ("happy", 0.8)
