"""From a video file to the faces in each frame."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.video import VideoRecognizer, recognize_video
from emotion.video.smoothing import ProbabilityAverage


def test_faces_in_a_video(recognizer, video: Path) -> None:
    results = list(recognize_video(video, recognizer, min_confidence=0.95))
    assert [(result.number, result.time) for result in results] == [(n, pytest.approx(n / 10)) for n in range(12)]
    assert all([face.id for face in result.faces] == [1, 2] for result in results)
    left, right = results[-1].faces
    assert left.box[0] < 128 < right.box[0]
    assert (left.emotion, left.uncertain, left.label) == ("happy", True, "1 happy? 93%")
    record = json.loads(json.dumps(results[-1].to_dict()))
    assert (record["frame"], record["time"]) == (11, 1.1)
    assert record["faces"][1]["id"] == 2
    assert record["faces"][1]["box"] == list(right.box)
    assert list(record["faces"][1]["probabilities"]) == list(EMOTIONS)


def test_probabilities_are_smoothed_for_each_face(recognizer, clip, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(8), (4, 2))
    video = VideoRecognizer(recognizer, time_constant=0.2)
    averages = [ProbabilityAverage(0.2), ProbabilityAverage(0.2)]
    for number in range(4):
        monkeypatch.setattr(recognizer, "classify", lambda crops, compiled, n=number: rows[n])
        faces = video.update(clip[number], number / 10)
        for face, average, row in zip(faces, averages, rows[number], strict=True):
            expected = average.update(row, number / 10)
            assert list(face.probabilities.values()) == pytest.approx(expected)
            assert face.confidence == pytest.approx(expected.max())


def test_what_is_wrong_is_said_at_once(recognizer, truncated: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        recognize_video(tmp_path / "nothing.mp4", recognizer)
    with pytest.raises(InputError, match="min_score"):
        recognize_video(truncated, recognizer, min_score=float("nan"))
    with pytest.raises(InputError, match="min_confidence"):
        recognize_video(truncated, recognizer, min_confidence=2)
    with pytest.warns(UserWarning, match="ends after"):
        assert list(recognize_video(truncated, recognizer))
