import numpy as np
import pytest
import skimage.data

from emotion import cropping
from emotion.datasets import cohn_kanade, labelled_pictures, load_dataset
from emotion.detection import Detection
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.pictures import to_gray, write_picture

NO_FACE = 7


@pytest.fixture
def fake_detector(monkeypatch):
    """Replaces the detector: a face fills every picture, except pictures of gray level NO_FACE."""

    def find_faces(gray):
        height, width = gray.shape
        return [] if gray[0, 0] == NO_FACE else [Detection((0, 0, width, height), 1.0)]

    monkeypatch.setattr(labelled_pictures, "find_faces", find_faces)


def sequence(root, name, frames, label=None):
    """Write a sequence of uniformly gray frames, given as {number: gray level}, with a label file if label is given."""
    images = root / "cohn-kanade-images" / name
    labels = root / "Emotion" / name
    images.mkdir(parents=True)
    labels.mkdir(parents=True)
    stem = name.replace("/", "_")
    for number, level in frames.items():
        write_picture(images / f"{stem}_{number:02}.png", np.full((49, 64), level, np.uint8))
    if label is not None:
        (labels / f"{stem}_{max(frames, default=1):08}_emotion.txt").write_text(label)


def levels(data):
    return data.faces[:, 0, 0].tolist()


@pytest.fixture
def release(tmp_path, fake_detector):
    sequence(tmp_path, "S005/001", {number: number for number in range(100, 94, -1)}, "   3.0000000e+00\n")
    sequence(tmp_path, "S005/002", {1: 50, 2: 51}, None)
    sequence(tmp_path, "S010/004", {1: 11, 2: 12, 3: 13, 4: 14, 5: 15}, "   7.0000000e+00\n")
    return tmp_path


def test_first_frame_is_neutral_middle_and_last_have_the_label(release):
    data = load_dataset(release)
    assert levels(data) == [95, 98, 100, 11, 13, 15]
    expected = ["neutral", "disgust", "disgust", "neutral", "surprise", "surprise"]
    assert [EMOTIONS[label] for label in data.labels] == expected
    assert data.subjects.tolist() == ["S005"] * 3 + ["S010"] * 3
    assert data.sequences.tolist() == ["S005_001"] * 3 + ["S010_004"] * 3
    assert data.faces.shape == (6, 64, 64)
    assert data.labels.dtype == np.int64


@pytest.mark.parametrize(
    ("frames", "of_five", "neutral"),
    [
        ("first-last", [11, 15], 1),
        ("first-last-three", [11, 13, 14, 15], 1),
        ("first-three-last-three", [11, 12, 13, 14, 15], 2),
    ],
)
def test_other_choices_of_frames(release, frames, of_five, neutral):
    data = load_dataset(release, frames=frames).take(np.arange(-len(of_five), 0))
    assert levels(data) == of_five
    assert np.count_nonzero(data.labels == 0) == neutral


@pytest.mark.parametrize("frames", cohn_kanade.FRAME_CHOICES)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_short_sequences_use_no_frame_twice(tmp_path, fake_detector, frames, number):
    sequence(tmp_path, "S001/001", {index: 10 + index for index in range(number)}, "1")
    data = load_dataset(tmp_path, frames=frames)
    assert len(set(levels(data))) == len(data)
    assert data.labels[-1] == 1
    assert levels(data)[-1] == 10 + number - 1


def test_unknown_frames(release):
    with pytest.raises(InputError, match=r"'all'.*first-middle-last"):
        load_dataset(release, frames="all")


def test_hidden_files_are_ignored(release):
    for folder in ("cohn-kanade-images", "Emotion"):
        for name in (".DS_Store", "S005/.DS_Store", "S005/001/.DS_Store", "S005/001/._S005_001_00000001.png"):
            (release / folder / name).write_bytes(b"\0")
    for folder in ("S005/001/._S005_001_", "__MACOSX/001/S005_001_"):
        file = release / "Emotion" / f"{folder}00000100_emotion.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"\0")
    assert len(load_dataset(release)) == 6


def test_frames_without_a_face_are_skipped_and_counted(tmp_path, fake_detector):
    sequence(tmp_path, "S001/001", {1: 10, 2: NO_FACE, 3: 30}, "5")
    with pytest.warns(UserWarning, match=r"left out, no face found: 1 \(001/S001_001_02\.png\)"):
        data = load_dataset(tmp_path)
    assert levels(data) == [10, 30]
    assert data.labels.tolist() == [0, 5]


def test_an_unreadable_frame_is_left_out(tmp_path, fake_detector):
    for number in range(4):
        sequence(tmp_path, f"S00{number}/001", {1: 10, 2: 20, 3: 30}, "5")
    broken = tmp_path / "cohn-kanade-images" / "S002" / "001" / "S002_001_02.png"
    broken.write_bytes(b"")
    with pytest.warns(UserWarning, match=r"left out, empty \(0 bytes\): 1"):
        data = load_dataset(tmp_path)
    assert len(data) == 11
    assert data.left_out == ((str(broken), "empty (0 bytes)"),)


def test_track_sees_every_frame_after_all_labels_are_read(release):
    tracked = []

    def track(frames):
        for frame in frames:
            tracked.append(frame.file.name)
            yield frame

    assert len(load_dataset(release, track=track)) == 6
    assert tracked[:3] == ["S005_001_95.png", "S005_001_98.png", "S005_001_100.png"]
    sequence(release, "S999/001", {1: 10}, "broken")
    tracked.clear()
    with pytest.raises(InputError, match="S999_001"):
        load_dataset(release, track=track)
    assert tracked == []


def test_no_face_in_any_frame(tmp_path, fake_detector):
    sequence(tmp_path, "S001/001", {1: NO_FACE, 2: NO_FACE}, "5")
    with pytest.raises(InputError, match="no face found in any of 2 pictures"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("text", ["", "happy", "8.0", "-1", "2.5", "nan", "inf", "1 2", "\ufffd"])
def test_invalid_label_is_reported(release, text):
    sequence(release, "S011/001", {1: 10}, text)
    with pytest.raises(InputError, match=r"S011_001_00000001_emotion\.txt: the label is .* from 0 to 7"):
        load_dataset(release)


def test_label_without_images(release):
    sequence(release, "S011/001", {}, "1")
    with pytest.raises(InputError, match=r"S011_001_00000001_emotion\.txt: .*no usable images"):
        load_dataset(release)


def test_label_without_image_folder(release):
    sequence(release, "S011/001", {}, "1")
    (release / "cohn-kanade-images" / "S011" / "001").rmdir()
    with pytest.raises(InputError, match=r"S011_001_00000001_emotion\.txt: .*no such file or folder"):
        load_dataset(release)


def test_frame_without_number(release):
    write_picture(release / "cohn-kanade-images" / "S005" / "001" / "cover.png", np.zeros((8, 8), np.uint8))
    with pytest.raises(InputError, match=r"cover\.png.*frame number"):
        load_dataset(release)


def test_images_without_labels(tmp_path):
    (tmp_path / "cohn-kanade-images").mkdir()
    with pytest.raises(InputError, match=r"Emotion: no label file"):
        load_dataset(tmp_path)


def test_real_face_is_detected_and_cropped(tmp_path, monkeypatch):
    boxes = []

    def crop_face(gray, box):
        boxes.append(box)
        return cropping.crop_face(gray, box)

    monkeypatch.setattr(labelled_pictures, "crop_face", crop_face)
    frame = np.full((490, 640), 128, np.uint8)
    frame[:, 64:576] = to_gray(skimage.data.astronaut())[:490]
    sequence(tmp_path, "S001/001", {1: 0, 2: 0, 3: 0}, "   5.0000000e+00\n")
    for file in (tmp_path / "cohn-kanade-images" / "S001" / "001").iterdir():
        write_picture(file, frame)
    data = load_dataset(tmp_path)
    assert data.labels.tolist() == [0, 5, 5]
    for x, y, width, height in boxes:  # the nose is at (222, 112) in the photograph
        assert (x + width / 2, y + height / 2) == pytest.approx((64 + 222, 112), abs=15)
        assert 60 < width < 160
    assert data.faces.std() > 20
