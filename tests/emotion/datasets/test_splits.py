import warnings

import numpy as np
import pytest

from emotion.datasets import FaceDataset
from emotion.datasets.splits import held_out, original_split, subject_folds
from emotion.errors import InputError

RARE = 2


def dataset(labels, subjects, sequences=None, faces=None):
    number = len(labels)
    if faces is None:  # all pictures are different
        faces = np.zeros((number, 64, 64), np.uint8)
        faces[:, 0, 0], faces[:, 0, 1] = np.divmod(np.arange(number), 256)
    return FaceDataset(
        "test set",
        faces,
        np.asarray(labels, np.int64),
        np.asarray(subjects, str),
        np.asarray([""] * number if sequences is None else sequences, str),
        np.full(number, ""),
    )


def many_subjects(seed=0):
    """60 subjects with 2 to 9 faces each; 12 of them have one face of a rare class."""
    rng = np.random.default_rng(seed)
    labels, subjects = [], []
    for subject in range(60):
        number = rng.integers(2, 10)
        labels += [*rng.choice([0, 1, 5, 7], number - 1, p=[0.6, 0.2, 0.1, 0.1]), RARE if subject < 12 else 0]
        subjects += [f"S{subject:03}"] * number
    order = rng.permutation(len(labels))
    return dataset(np.array(labels)[order], np.array(subjects)[order])


@pytest.mark.parametrize("folds", [2, 5, 10])
def test_each_face_is_tested_once_and_no_subject_is_on_both_sides(folds):
    data = many_subjects()
    splits = subject_folds(data, folds, np.random.default_rng(0))
    assert len(splits) == folds
    assert np.array_equal(np.sort(np.concatenate([split.test for split in splits])), np.arange(len(data)))
    for split in splits:
        assert np.array_equal(np.sort(np.concatenate([split.train, split.test])), np.arange(len(data)))
        assert not set(data.subjects[split.train]) & set(data.subjects[split.test])


def test_emotions_are_spread_evenly_over_folds():
    data = many_subjects()
    splits = subject_folds(data, 4, np.random.default_rng(0))
    counts = np.array([np.bincount(data.labels[split.test], minlength=8) for split in splits])
    assert counts[:, RARE].tolist() == [3, 3, 3, 3]
    assert np.all(np.ptp(counts, axis=0) <= np.maximum(2, 0.15 * counts.sum(axis=0)))


def test_as_many_folds_as_subjects_is_leave_one_subject_out():
    data = dataset([0, 0, 1, 1, 1], ["a", "a", "b", "c", "c"])
    splits = subject_folds(data, 3, np.random.default_rng(0))
    assert sorted(split.test.tolist() for split in splits) == [[0, 1], [2], [3, 4]]


def test_identical_pictures_without_subject_stay_on_one_side():
    faces = np.repeat(np.arange(20, dtype=np.uint8), 3)[:, None, None] * np.ones((64, 64), np.uint8)
    data = dataset(np.arange(60) % 2, [""] * 60, faces=faces)
    for split in subject_folds(data, 4, np.random.default_rng(0)):
        assert not set(data.faces[split.train, 0, 0]) & set(data.faces[split.test, 0, 0])


def test_different_pictures_without_subject_are_assigned_separately():
    data = dataset([0] * 10, [""] * 10)
    assert [len(split.test) for split in subject_folds(data, 10, np.random.default_rng(0))] == [1] * 10


def test_folds_depend_on_the_seed():
    data = many_subjects()
    first, again, other = (subject_folds(data, 5, np.random.default_rng(seed))[0].test for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(("folds", "message"), [(1, "at least 2"), (0, "at least 2"), (4, "from 3 subjects")])
def test_invalid_number_of_folds(folds, message):
    with pytest.raises(InputError, match=message):
        subject_folds(dataset([0, 1, 2], ["a", "b", "c"]), folds, np.random.default_rng(0))


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_held_out_share_of_every_emotion(share):
    data = many_subjects()
    split = held_out(data, share, np.random.default_rng(0))
    assert not set(data.subjects[split.train]) & set(data.subjects[split.test])
    assert len(split.train) + len(split.test) == len(data)
    assert len(split.test) / len(data) == pytest.approx(share, abs=0.03)
    rare = np.count_nonzero(data.labels[split.test] == RARE)
    assert rare == pytest.approx(12 * share, abs=1)


@pytest.mark.parametrize("share", [0, 1, -0.2, 1.5, float("nan")])
def test_held_out_share_out_of_range(share):
    with pytest.raises(InputError, match="between 0 and 1"):
        held_out(many_subjects(), share, np.random.default_rng(0))


@pytest.mark.parametrize("subjects", [[], ["a"], ["a", "a"]])
def test_held_out_needs_two_subjects(subjects):
    with pytest.raises(InputError, match="too few subjects"):
        held_out(dataset([0] * len(subjects), subjects), 0.5, np.random.default_rng(0))


@pytest.mark.parametrize(("number", "train", "test"), [(981, 784, 197), (1962, 1568, 394), (5, 4, 1)])
def test_original_split_keeps_the_proportion(number, train, test):
    split = original_split(dataset([0] * number, [""] * number), np.random.default_rng(0))
    assert (len(split.train), len(split.test)) == (train, test)
    assert np.array_equal(np.sort(np.concatenate([split.train, split.test])), np.arange(number))


def test_original_split_warns_about_shared_sequences():
    subjects = np.repeat([f"S{index:03}" for index in range(109)], 9)
    sequences = np.repeat([f"S{index // 3:03}_{index % 3:03}" for index in range(327)], 3)
    data = dataset([0] * 981, subjects, sequences)
    with pytest.warns(UserWarning, match="share a sequence") as caught:
        split = original_split(data, np.random.default_rng(0))
    same_sequence = sum(sequence in set(sequences[split.train]) for sequence in sequences[split.test])
    same_subject = sum(subject in set(subjects[split.train]) for subject in subjects[split.test])
    assert same_sequence > 150
    assert f"of 197 test images, {same_sequence} share a sequence" in str(caught[0].message)
    assert f" {same_subject} share a subject" in str(caught[0].message)


def test_original_split_does_not_warn_without_shared_subjects():
    with warnings.catch_warnings(record=True) as caught:
        original_split(dataset([0] * 20, [f"S{index:03}" for index in range(20)]), np.random.default_rng(0))
    assert caught == []


@pytest.mark.parametrize("number", [0, 1, 2])
def test_original_split_of_too_few_faces(number):
    with pytest.raises(InputError, match="too few"):
        original_split(dataset([0] * number, [""] * number), np.random.default_rng(0))
