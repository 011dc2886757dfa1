import numpy as np
import pytest

from emotion.datasets import FaceDataset
from emotion.robustness import CHANGES, brightness_thirds, format_slices, measure_slices


def dataset(faces, labels):
    unknown = np.full(len(labels), "")
    return FaceDataset("faces", np.asarray(faces, np.uint8), np.asarray(labels, np.int64), unknown, unknown, unknown)


@pytest.fixture
def spot():
    """One face of 48 x 48 pixels with a bright spot, 20 pixels to the right of the centre and 10 above it."""
    face = np.zeros((1, 48, 48), np.uint8)
    face[0, 12:16, 42:46] = 250  # centre: row 13.5, column 43.5; that of the face is 23.5
    return face


def centre(faces):
    """Row and column of the centre of mass of the first face."""
    rows, columns = np.indices(faces.shape[1:])
    weights = faces[0] / faces[0].sum(dtype=np.float64)
    return (rows * weights).sum(), (columns * weights).sum()


@pytest.mark.parametrize(
    ("name", "row", "column"),
    [
        ("shifted left by 5%", 13.5, 43.5 - 2.4),
        ("shifted right by 5%", 13.5, 43.5 + 2.4),
        ("shifted up by 5%", 13.5 - 2.4, 43.5),
        ("shifted down by 5%", 13.5 + 2.4, 43.5),
        ("zoomed out by 10%", 23.5 - 9, 23.5 + 18),
        ("rotated left by 10°", 23.5 - 13.32, 23.5 + 17.96),
        ("rotated right by 10°", 23.5 - 6.37, 23.5 + 21.43),
        ("mirrored", 13.5, 47 - 43.5),
    ],
)
def test_changes_move_a_spot(spot, name, row, column):
    before = spot.copy()
    padded = np.pad(spot, ((0, 0), (0, 0), (0, 0)))
    changed = CHANGES[name](padded)
    assert (changed.shape, changed.dtype) == (spot.shape, np.uint8)
    assert centre(changed) == (pytest.approx(row, abs=0.5), pytest.approx(column, abs=0.5))
    assert np.array_equal(spot, before)


def test_zoom_enlarges_about_the_centre():
    face = np.zeros((1, 48, 48), np.uint8)
    face[0, 14:34, 14:34] = 200
    assert CHANGES["zoomed in by 10%"](face).sum() == pytest.approx(1.21 * face.sum(), rel=0.03)
    assert CHANGES["zoomed out by 10%"](face).sum() == pytest.approx(0.81 * face.sum(), rel=0.03)


def test_border_is_repeated():
    face = np.full((1, 48, 48), 90, np.uint8)
    assert all(np.array_equal(change(face), face) for name, change in CHANGES.items() if "exposed" not in name)


def test_exposure_is_clipped():
    faces = np.array([0, 40, 155, 200, 255], np.uint8)[:, None, None]
    assert CHANGES["over-exposed by 1.5"](faces).ravel().tolist() == [0, 60, 232, 255, 255]
    assert CHANGES["under-exposed by 1.5"](255 - faces).ravel().tolist() == [255, 195, 23, 0, 0]


def test_reduced_faces_lose_detail():
    stripes = np.tile(np.array([0, 255], np.uint8), (1, 48, 24))
    contrast = [CHANGES[f"reduced to {side} pixels"](stripes).std() for side in (32, 24)]
    assert 100 > contrast[0] > contrast[1]
    assert CHANGES["reduced to 24 pixels"](stripes).shape == (1, 48, 48)


def test_brightness_thirds():
    faces = np.array([50, 200, 10, 220, 100, 90, 240], np.uint8)[:, None, None] * np.ones((4, 4), np.uint8)
    thirds = brightness_thirds(faces)
    assert {name: members.tolist() for name, members in thirds.items()} == {
        "dark third": [2, 0, 5],
        "medium third": [4, 1],
        "bright third": [3, 6],
    }


def test_slices_count_right_and_changed_answers():
    faces = np.zeros((6, 8, 8), np.uint8)
    faces[:, :, :4] = np.array([10, 20, 30, 40, 50, 60])[:, None, None]
    data = dataset(faces, [0, 0, 0, 5, 5, 5])

    def classify(faces):
        """Neutral if the face is bright on the left."""
        return np.where(faces[:, :, 0].mean(axis=1) > faces[:, :, -1].mean(axis=1), 0, 5)

    predictions = classify(faces)
    slices = {part.name: part for part in measure_slices(data, predictions, classify)}
    assert list(slices)[:3] == ["dark third", "medium third", "bright third"]
    assert list(slices)[3:] == list(CHANGES)
    assert [slices[name].figures.accuracy for name in list(slices)[:3]] == [1, 0.5, 0]
    assert all(np.isnan(slices[name].changed) for name in list(slices)[:3])
    assert slices["mirrored"].changed == 1
    assert slices["mirrored"].figures.accuracy == 0.5
    assert slices["zoomed in by 10%"].changed == 0
    assert slices["zoomed in by 10%"].figures.support.sum() == 6


def test_table_shows_differences():
    faces = np.arange(6, dtype=np.uint8)[:, None, None] * np.ones((8, 8), np.uint8)
    data = dataset(faces, [0, 0, 0, 5, 5, 5])
    predictions = np.zeros(6, int)
    slices = measure_slices(data, predictions, lambda faces: np.full(len(faces), 5))
    from emotion.metrics import report

    lines = format_slices(slices, report(data.labels, predictions)).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[1].split() == ["all", "faces", "6", "50.0%", "-", "50.0%", "-"]
    assert lines[2].split() == ["dark", "third", "2", "100.0%", "+50.0", "100.0%", "-"]
    assert lines[-1].split() == ["mirrored", "6", "50.0%", "+0.0", "50.0%", "100.0%"]


def test_fewer_faces_than_thirds():
    data = dataset(np.zeros((1, 8, 8)), [0])
    names = [part.name for part in measure_slices(data, np.zeros(1, int), lambda faces: np.zeros(len(faces), int))]
    assert names == ["dark third", *CHANGES]
