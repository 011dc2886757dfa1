import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from emotion.cropping import MIRRORED, crop_face, crops_around
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.networks.original import build_network
from emotion.pictures import to_gray, write_picture
from emotion.preprocessing import prepare_faces
from emotion.recognizer import BATCH_SIZE, EmotionRecognizer
from npcnn import predict
from npcnn.serialization import WeightsError, save_weights


def test_face_in_a_photograph(recognizer, astronaut):
    (face,) = recognizer.recognize(astronaut)
    x, y, width, height = face.box
    assert x < 225 < x + width
    assert y < 115 < y + height
    assert face.emotion == "happy"
    assert face.confidence == face.probabilities["happy"] == pytest.approx(0.928, abs=0.01)
    assert tuple(face.probabilities) == EMOTIONS
    assert sum(face.probabilities.values()) == pytest.approx(1.0)
    assert all(type(probability) is float for probability in face.probabilities.values())


def test_all_picture_types_give_the_same_faces(recognizer, astronaut, tmp_path):
    expected = recognizer.recognize(astronaut)
    opaque = np.full((*astronaut.shape[:2], 1), 255, np.uint8)
    assert recognizer.recognize(np.concatenate([astronaut, opaque], axis=2)) == expected
    assert recognizer.recognize(to_gray(astronaut)) == expected
    assert recognizer.recognize(astronaut.astype(np.uint16) * 257) == expected
    path = tmp_path / "Frau im Anzug ä.png"
    write_picture(path, astronaut)
    assert recognizer.recognize(path) == recognizer.recognize(str(path)) == expected


def test_faces_are_sorted_from_left_to_right(recognizer, astronaut):
    head = astronaut[20:220, 120:330]
    faces = recognizer.recognize(np.hstack([head // 2 + 60, head, head // 3 + 90]))
    assert [face.box[0] // 210 for face in faces] == [0, 1, 2]


def test_no_face_gives_an_empty_list(recognizer):
    assert recognizer.recognize(np.full((100, 100, 3), 90, np.uint8)) == []
    assert recognizer.network.batches == []


def test_min_confidence_decides_what_is_uncertain(recognizer, astronaut):
    assert [recognizer.recognize(astronaut, min_confidence=p)[0].uncertain for p in (0, 0.9, 0.95, 1)] == [0, 0, 1, 1]
    assert not recognizer.recognize(astronaut)[0].uncertain
    recognizer.metadata = replace(recognizer.metadata, min_confidence=0.95)
    assert recognizer.recognize(astronaut)[0].uncertain
    for p in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match="min_confidence is"):
            recognizer.recognize(astronaut, min_confidence=p)


def test_min_score_is_passed_to_the_detector(recognizer, astronaut):
    assert recognizer.recognize(astronaut, min_score=10.0) == []


def test_non_pictures_are_rejected(recognizer, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        recognizer.recognize(tmp_path / "nothing.png")
    with pytest.raises(InputError, match="float64"):
        recognizer.recognize(np.zeros((50, 50)))


@pytest.fixture
def crops_seen(recognizer, monkeypatch):
    """The crops that the network saw."""
    seen = []
    outputs = recognizer._outputs

    def record(crops, mirrored, compiled=None):
        seen.extend(crops)
        return outputs(crops, mirrored, compiled)

    monkeypatch.setattr(recognizer, "_outputs", record)
    return seen


def test_boxes_of_the_caller_replace_the_detection(recognizer, astronaut, crops_seen):
    (detected,) = recognizer.recognize(astronaut)
    boxes = [(300, 20, 50, 80), detected.box]
    far, near = recognizer.recognize(astronaut, boxes=boxes)
    assert [far.box, near.box] == boxes
    assert near.score is far.score is None
    assert near.probabilities == detected.probabilities
    first, far_crop, near_crop = (crop_face(to_gray(astronaut), box) for box in (detected.box, *boxes))
    assert all(map(np.array_equal, crops_seen, [first] * 2 + [far_crop, near_crop] * 2))
    assert len(crops_seen) == 6
    (rounded,) = recognizer.recognize(astronaut, boxes=np.array([[10.4, 20.6, 30.0, 29.5]]))
    assert rounded.box == (10, 21, 30, 30)
    assert all(type(length) is int for length in rounded.box)
    assert recognizer.recognize(astronaut, boxes=[]) == []


def test_the_network_looks_again_at_faces_without_a_clear_answer(recognizer, astronaut, crops_seen, monkeypatch):
    gray = to_gray(astronaut)
    (detected,) = recognizer.recognize(astronaut)
    crops_seen.clear()
    unclear, clear = np.full((2, 8), 0.02, np.float32)
    unclear[0], clear[0] = 0.79, 0.81
    monkeypatch.setattr(recognizer, "classify", lambda crops: np.stack([unclear, clear, unclear][: len(crops)]))
    averaged = []
    monkeypatch.setattr(
        "emotion.recognizer.average_boxes", lambda *given: averaged.append(given[1:]) or [(160, 50, 110, 110)]
    )
    assert recognizer.recognize(astronaut, 1.5)[0].box == detected.box
    assert averaged == [([detected.box], 1.5)]
    assert all(map(np.array_equal, crops_seen, crops_around(gray, (160, 50, 110, 110))))
    assert len(crops_seen) == len(MIRRORED)
    crops_seen.clear()
    boxes = [(300, 20, 50, 80), (10, 10, 30, 30), detected.box]
    answers = recognizer.recognize(astronaut, boxes=boxes)
    assert [answer.emotion for answer in answers] == ["happy", "neutral", "happy"]
    assert [answer.confidence for answer in answers] == pytest.approx([0.928, 0.81, 0.928], abs=0.01)
    assert all(map(np.array_equal, crops_seen, crops_around(gray, boxes[0]) + crops_around(gray, boxes[2])))
    assert len(crops_seen) == 2 * len(MIRRORED)
    assert len(averaged) == 1


def test_the_outputs_for_the_crops_around_an_unclear_face_are_averaged(astronaut):
    recognizer = EmotionRecognizer(build_network(0))
    boxes = [(170, 60, 110, 110), (300, 20, 50, 80)]
    for box, face in zip(boxes, recognizer.recognize(astronaut, boxes=boxes), strict=True):
        x = prepare_faces(crops_around(to_gray(astronaut), box))
        x[list(MIRRORED)] = x[list(MIRRORED), ..., ::-1]
        logits = predict(recognizer.network, x)
        assert np.ptp(logits, axis=0).max() > 1e-3
        expected = recognizer.metadata.probabilities(logits.mean(axis=0, keepdims=True))[0]
        np.testing.assert_allclose(list(face.probabilities.values()), expected, rtol=1e-4)


def test_a_mirrored_picture_has_the_same_answer(astronaut):
    recognizer = EmotionRecognizer(build_network(0))
    (face,) = recognizer.recognize(astronaut, boxes=[(170, 60, 110, 110)])
    (mirrored,) = recognizer.recognize(astronaut[:, ::-1], boxes=[(512 - 280, 60, 110, 110)])
    np.testing.assert_allclose(list(mirrored.probabilities.values()), list(face.probabilities.values()), rtol=1e-2)
    (moved,) = recognizer.recognize(astronaut[:, ::-1], boxes=[(512 - 275, 60, 110, 110)])
    assert not np.allclose(list(moved.probabilities.values()), list(face.probabilities.values()), rtol=1e-2)


def test_impossible_boxes_are_rejected(recognizer, astronaut):
    with pytest.raises(InputError, match=r"box 1: .* not in the picture of 512 x 512 pixels"):
        recognizer.recognize(astronaut, boxes=[(10, 10, 20, 20), (512, 0, 10, 10)])


def test_pictures_that_are_faces_are_classified_whole(recognizer, astronaut, crops_seen, tmp_path):
    crop = astronaut[60:180, 170:280]
    write_picture(tmp_path / "face.png", crop)
    first, second = recognizer.recognize_faces([crop[..., ::-1], tmp_path / "face.png"], 0.95, color="rgb")
    assert first == second
    assert first.box == (0, 0, 110, 120)
    assert first.score is None
    assert first.uncertain
    assert np.array_equal(crops_seen[0], to_gray(crop))
    assert recognizer.recognize_faces([]) == []
    with pytest.raises(InputError, match=r"picture 1: .*float64"):
        recognizer.recognize_faces([crop, np.zeros((5, 5))])


def test_many_pictures_are_recognised_in_order_and_lazily(recognizer, astronaut):
    asked = []

    def pictures():
        for index, picture in enumerate([astronaut, np.zeros((5, 5)), np.full((90, 90), 90, np.uint8), astronaut]):
            asked.append(index)
            yield picture

    answers = recognizer.recognize_many(pictures(), min_confidence=0.95)
    assert asked == []
    first = next(answers)
    assert asked == [0]
    assert first == recognizer.recognize(astronaut, min_confidence=0.95)
    bad, empty, last = answers
    assert isinstance(bad, InputError)
    assert "float64" in str(bad)
    assert empty == []
    assert last == first
    with pytest.raises(InputError, match="min_confidence"):
        recognizer.recognize_many([], min_confidence=2)


def test_workers_recognise_pictures_of_all_types(astronaut, tmp_path):
    recognizer = EmotionRecognizer(build_network(0))
    small = astronaut[:260, 80:340]
    write_picture(tmp_path / "photo.png", small)
    content = (tmp_path / "photo.png").read_bytes()

    def pictures():
        files = io.BytesIO(content), memoryview(content)
        return [tmp_path / "photo.png", small[..., ::-1], b"text", content, *files, np.zeros((5, 5)), 7]

    one, two = (list(recognizer.recognize_many(pictures(), color="rgb", workers=workers)) for workers in (1, 2))
    assert [isinstance(answer, InputError) for answer in two] == [False, False, True, False, False, False, True, True]
    for expected, answer in zip(one, two, strict=True):
        if isinstance(expected, InputError):
            assert str(answer) == str(expected)
        else:
            assert [(face.box, face.emotion) for face in answer] == [(face.box, face.emotion) for face in expected]
    with pytest.raises(InputError, match="workers is 0"):
        recognizer.recognize_many([], workers=0)


def test_the_compiled_network_recognises_a_long_list(monkeypatch):
    monkeypatch.setattr("emotion.recognizer._MANY_PICTURES", 3)
    flat = np.full((90, 90), 90, np.uint8)
    for pictures, compiled in (([flat] * 2, None), (iter([flat] * 3), None), ([flat] * 3, True)):
        recognizer = EmotionRecognizer(build_network(0))
        assert not any(recognizer.recognize_many(pictures))
        assert recognizer.compiled is compiled


def test_many_pictures_survive_one_that_needs_too_much_memory(recognizer, monkeypatch):
    def run_out(*_, **__):
        raise MemoryError("no memory")

    monkeypatch.setattr(recognizer, "recognize", run_out)
    (error,) = recognizer.recognize_many([np.zeros((9, 9), np.uint8)])
    assert isinstance(error, InputError)
    assert "no memory" in str(error)


@pytest.mark.parametrize(
    "one", ["a.png", b"\x89PNG", np.zeros((9, 9), np.uint8), np.zeros((9, 9, 3), np.uint8), 7, io.BytesIO()]
)
def test_one_picture_in_place_of_several_is_rejected(recognizer, one):
    for method in (recognizer.recognize_many, recognizer.recognize_faces):
        with pytest.raises(InputError, match="give them in a list"):
            method(one)


def test_classify_accepts_crops_of_any_size(recognizer):
    crops = [np.full(shape, 9, np.uint8) for shape in ((48, 48), (64, 64), (200, 180), (1, 1))]
    probabilities = recognizer.classify(crops)
    assert probabilities.shape == (4, 8)
    assert probabilities.dtype == np.float32
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert recognizer.classify(np.zeros((3, 48, 48), np.uint8)).shape == (3, 8)
    assert recognizer.classify([]).shape == recognizer.classify(np.zeros((0, 48, 48), np.uint8)).shape == (0, 8)


def test_classify_works_in_chunks_of_bounded_size(recognizer, monkeypatch):
    batches = []

    class Recorder:
        def predict(self, x):
            batches.append(len(x))
            return np.zeros((len(x), 8), np.float32)

    monkeypatch.setitem(vars(recognizer), "_compiled", Recorder())
    assert recognizer.classify(np.zeros((BATCH_SIZE + 5, 8, 8), np.uint8)).shape == (BATCH_SIZE + 5, 8)
    assert batches == [BATCH_SIZE, BATCH_SIZE, 2 * 5]  # each face as it is and mirrored


def test_few_faces_are_classified_without_loading_the_compiler(run_python):
    program = """
import sys
import numpy as np
from emotion import EmotionRecognizer
from emotion.networks.original import build_network
print(EmotionRecognizer(build_network(0)).classify(np.zeros((3, 48, 48), np.uint8)).shape, "numba" in sys.modules)
"""
    assert run_python(program) == "(3, 8) False"


def test_compiled_network_gives_the_same_probabilities():
    faces = np.random.default_rng(0).integers(0, 256, (2, 64, 64), np.uint8)
    recognizer = EmotionRecognizer(build_network(np.random.default_rng(3)))
    eager = recognizer.classify(faces)
    assert "_compiled" not in vars(recognizer)
    np.testing.assert_allclose(recognizer.classify(faces, compiled=True), eager, rtol=1e-4)
    assert "_compiled" in vars(recognizer)


@pytest.mark.parametrize(("number", "preference", "expected"), [(3, None, False), (65, None, True), (3, True, True)])
def test_when_the_compiled_network_is_used(number, preference, expected, monkeypatch):
    recognizer = EmotionRecognizer(build_network(0), compiled=preference)
    used = []
    monkeypatch.setattr(EmotionRecognizer, "_compiled", property(lambda self: used.append(self) or self))
    monkeypatch.setattr(EmotionRecognizer, "predict", lambda self, x: np.zeros((len(x), 8), np.float32), raising=False)
    recognizer.classify(np.zeros((number, 9, 9), np.uint8))
    assert bool(used) == expected
    used.clear()
    recognizer.classify(np.zeros((3, 9, 9), np.uint8), compiled=False)
    assert not used


def test_mirrored_face_gives_the_same_probabilities():
    faces = np.random.default_rng(0).integers(0, 256, (3, 64, 64), np.uint8)
    recognizer = EmotionRecognizer(build_network(np.random.default_rng(3)))
    np.testing.assert_allclose(recognizer.classify(faces), recognizer.classify(faces[:, :, ::-1]), rtol=1e-5)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((48, 48, 3), np.uint8), r"face 1: .*gray array \(H, W\).*\(48, 48, 3\)"),
        (np.zeros((48, 48), np.float32), "face 1: .*uint8.*float32"),
        (np.zeros((0, 48), np.uint8), "face 1: "),
        ("face.png", "face 1: "),
    ],
)
def test_classify_reports_invalid_crops(recognizer, bad, message):
    with pytest.raises(InputError, match=message):
        recognizer.classify([np.zeros((48, 48), np.uint8), bad])


def test_loaded_weights_are_used(tmp_path):
    network = build_network(np.random.default_rng(3))
    save_weights(network, tmp_path / "w.npz")
    faces = np.random.default_rng(0).integers(0, 256, (5, 48, 48), np.uint8)
    loaded = EmotionRecognizer.load(tmp_path / "w.npz").classify(faces)
    assert np.array_equal(loaded, EmotionRecognizer(network).classify(faces))
    assert not np.array_equal(loaded, EmotionRecognizer(build_network(np.random.default_rng(4))).classify(faces))


def test_invalid_weights_are_reported(tmp_path):
    with pytest.raises(WeightsError, match="nothing"):
        EmotionRecognizer.load(tmp_path / "nothing.npz")
    (tmp_path / "text.npz").write_bytes(b"no archive")
    with pytest.raises(WeightsError, match="text"):
        EmotionRecognizer.load(str(tmp_path / "text.npz"))


def test_weights_that_overflow_give_no_answer():
    network = build_network(0)
    for w in network.params.values():
        w[...] = 1e30
    with pytest.raises(WeightsError, match="not numbers"), np.errstate(all="ignore"):
        EmotionRecognizer(network).classify(np.zeros((1, 48, 48), np.uint8) + np.arange(48, dtype=np.uint8))


def test_threads_share_a_recognizer(recognizer, astronaut):
    pictures = [astronaut[:size, :size] for size in (250, 300, 350, 400)]
    expected = [recognizer.recognize(picture) for picture in pictures]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(recognizer.recognize, pictures * 4)) == expected * 4


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_min_score_must_be_a_number(recognizer, astronaut, score):
    with pytest.raises(InputError, match="min_score is"):
        recognizer.recognize(astronaut, min_score=score)


def test_a_minimum_score_that_is_no_number_is_refused_at_once(recognizer):
    with pytest.raises(InputError, match="min_score is nan"):
        recognizer.recognize_many([], min_score=float("nan"))
