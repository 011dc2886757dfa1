"""Training batches: oversampling, preprocessing and reproducibility."""

import cv2
import numpy as np
import pytest

from emotion.datasets.dataset import FaceDataset
from emotion.errors import InputError
from emotion.preprocessing import prepare_faces
from emotion.training.augmentation import Augmentation
from emotion.training.data import FaceBatches, oversample

LABELS = np.repeat([0, 3, 5], [20, 7, 1])


def counts(indices):
    return np.bincount(LABELS[indices], minlength=8)


def test_full_strength_balances_existing_classes():
    assert counts(oversample(LABELS, np.random.default_rng(0))).tolist() == [20, 0, 0, 20, 0, 20, 0, 0]


def test_zero_strength_changes_nothing():
    assert np.array_equal(oversample(LABELS, np.random.default_rng(0), 0), np.arange(len(LABELS)))


def test_half_strength_is_the_geometric_mean():
    expected = [20, 0, 0, round((20 * 7) ** 0.5), 0, round(20**0.5), 0, 0]
    assert counts(oversample(LABELS, np.random.default_rng(0), 0.5)).tolist() == expected


@pytest.mark.parametrize("strength", [0.0, 0.3, 0.7, 1.0])
def test_every_face_is_kept_and_repeats_are_even(strength):
    repeats = np.bincount(oversample(LABELS, np.random.default_rng(1), strength), minlength=len(LABELS))
    for label in np.unique(LABELS):
        of_class = repeats[label == LABELS]
        assert of_class.min() >= 1
        assert of_class.max() - of_class.min() <= 1


def test_oversampling_depends_on_the_seed():
    first, again, other = (oversample(LABELS, np.random.default_rng(seed)) for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_labels_give_no_indices():
    indices = oversample(np.array([], np.int64), np.random.default_rng(0))
    assert indices.shape == (0,)
    assert indices.dtype == np.int64


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_strength_out_of_range(strength):
    with pytest.raises(InputError, match="between 0 and 1"):
        oversample(LABELS, np.random.default_rng(0), strength)


def dataset(labels, distributions=None):
    labels = np.array(labels)
    faces = np.random.default_rng(0).integers(0, 256, (len(labels), 64, 64), np.uint8)
    faces[:, 0, 0] = np.arange(len(labels))
    unknown = np.full(len(labels), "")
    return FaceDataset("made", faces, labels, unknown, unknown, unknown, distributions)


def test_balanced_epoch_shows_every_face_once():
    data = dataset([0, 1] * 9)
    batches = FaceBatches(data, batch_size=4)
    x, targets = zip(*batches.epoch(np.random.default_rng(0)), strict=True)
    assert [len(part) for part in x] == [4, 4, 4, 4, 2]
    assert len(batches) == 5
    shown = np.concatenate(x)
    assert shown.dtype == np.float32
    assert shown.shape == (18, 1, 64, 64)
    expected = prepare_faces(data.faces)
    order = [int(np.flatnonzero((expected == face).all(axis=(1, 2, 3)))[0]) for face in shown]
    assert sorted(order) == list(range(18))
    assert order != list(range(18))
    np.testing.assert_array_equal(np.concatenate(targets), data.labels[order])


def test_rare_emotions_are_as_frequent_as_common_ones():
    batches = FaceBatches(dataset([0] * 30 + [4] * 3), batch_size=10, balance=1.0)
    targets = np.concatenate([part for _, part in batches.epoch(np.random.default_rng(0))])
    assert np.bincount(targets)[[0, 4]].tolist() == [30, 30]
    assert len(batches) == 6


def test_targets_are_vote_distributions_if_available():
    votes = np.full((6, 8), 1 / 8, np.float32)
    batches = FaceBatches(dataset([0, 1, 2, 3, 4, 5], votes), batch_size=6)
    (_, targets), *_ = batches.epoch(np.random.default_rng(0))
    np.testing.assert_array_equal(targets, votes)


@pytest.mark.parametrize("augmentation", [None, Augmentation()])
def test_same_seed_gives_the_same_batches(augmentation):
    batches = FaceBatches(dataset([0, 1, 2] * 8), 5, augmentation)
    first, second, other = (list(batches.epoch(np.random.default_rng(seed))) for seed in (1, 1, 2))
    for (x, targets), (x_again, targets_again) in zip(first, second, strict=True):
        np.testing.assert_array_equal(x, x_again)
        np.testing.assert_array_equal(targets, targets_again)
    assert any((x != y).any() for (x, _), (y, _) in zip(first, other, strict=True) if x.shape == y.shape)


def test_epoch_draws_one_number_from_the_callers_generator():
    rng, expected = np.random.default_rng(3), np.random.default_rng(3)
    list(FaceBatches(dataset([0, 1] * 20), 4, Augmentation()).epoch(rng))
    expected.integers(2**63)
    assert rng.bit_generator.state == expected.bit_generator.state


def test_abandoned_epoch_stops_its_thread():
    epoch = FaceBatches(dataset([0, 1] * 20), 4, Augmentation()).epoch(np.random.default_rng(0))
    next(epoch)
    epoch.close()
    with pytest.raises(StopIteration):
        next(epoch)


def test_opencv_is_single_threaded_only_during_an_epoch():
    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    epoch = FaceBatches(dataset([0, 1] * 20), 4, Augmentation()).epoch(np.random.default_rng(0))
    next(epoch)
    inside = cv2.getNumThreads()
    epoch.close()
    after = cv2.getNumThreads()
    cv2.setNumThreads(before)
    assert (inside, after) == (1, 3)


def test_non_faces_are_added_with_equal_probabilities():
    batches = FaceBatches(dataset([0, 1] * 20), 16, non_faces=0.25)
    epoch = list(batches.epoch(np.random.default_rng(0)))
    assert len(epoch) == len(batches)
    assert [len(x) for x, _ in epoch] == [20, 20, 10]
    for x, targets in epoch:
        faces = round(len(x) / 1.25)
        assert targets.dtype == np.float32
        np.testing.assert_array_equal(targets[:faces].max(axis=1), 1)
        np.testing.assert_array_equal(targets[faces:], 1 / 8)
        assert x[faces:].std(axis=(1, 2, 3)) == pytest.approx(1, abs=0.01)
