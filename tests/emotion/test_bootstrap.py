import numpy as np
import pytest

from emotion.bootstrap import bootstrap_intervals
from emotion.datasets import FaceDataset
from emotion.errors import InputError
from emotion.metrics import report


def dataset(labels, subjects=None, pictures=None):
    """Faces with these labels; all pictures are different unless their numbers are given."""
    number = len(labels)
    pictures = np.arange(number) if pictures is None else np.asarray(pictures)
    faces = np.zeros((number, 4, 4), np.uint8)
    faces[:, 0, 0], faces[:, 0, 1] = np.divmod(pictures, 256)
    unknown = np.full(number, "")
    subjects = unknown if subjects is None else np.asarray(subjects, str)
    return FaceDataset("faces", faces, np.asarray(labels, np.int64), subjects, unknown, unknown)


def random_answers(number, seed=0):
    """Labels of three classes, one of them rare, and predictions, of which about 70% are right."""
    rng = np.random.default_rng(seed)
    labels = rng.choice([0, 4, 5], number, p=[0.6, 0.05, 0.35])
    return labels, np.where(rng.random(number) < 0.7, labels, rng.choice([0, 4, 5], number))


def naive(labels, predictions, groups, rng, resamples):
    """Resample group by group, in a loop, and compute each report anew."""
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    figures = []
    for _ in range(resamples):
        chosen = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        figures.append(report(labels[chosen], predictions[chosen]))
    values = [[figure.accuracy for figure in figures], [figure.macro_recall for figure in figures]]
    return np.quantile(values, [0.025, 0.975], axis=1).T


def test_intervals_of_single_faces_agree_with_a_loop():
    labels, predictions = random_answers(300)
    found = bootstrap_intervals(dataset(labels), predictions, np.random.default_rng(0))
    expected = naive(labels, predictions, np.arange(300), np.random.default_rng(1), 1000)
    np.testing.assert_allclose([found.accuracy, found.macro_recall], expected, atol=0.02)
    assert (found.unit, found.units) == ("faces", 300)


def test_intervals_by_subject_agree_with_a_loop_and_are_wider():
    labels, predictions = random_answers(30)
    labels, predictions = np.repeat(labels, 10), np.repeat(predictions, 10)  # ten equal faces of each subject
    groups = np.repeat(np.arange(30), 10)
    by_subject = bootstrap_intervals(
        dataset(labels, subjects=[f"S{group:03}" for group in groups]), predictions, np.random.default_rng(0), 2000
    )
    expected = naive(labels, predictions, groups, np.random.default_rng(1), 1000)
    np.testing.assert_allclose([by_subject.accuracy, by_subject.macro_recall], expected, atol=0.04)
    assert (by_subject.unit, by_subject.units) == ("subjects", 30)
    by_face = bootstrap_intervals(dataset(labels), predictions, np.random.default_rng(0))
    assert np.ptp(by_subject.accuracy) > 2 * np.ptp(by_face.accuracy)


def test_identical_faces_of_unknown_subjects_count_as_one():
    labels, predictions = random_answers(30)
    pictures = np.repeat(np.arange(10), 3)
    assert bootstrap_intervals(dataset(labels, pictures=pictures), predictions, np.random.default_rng(0)).units == 10


def test_interval_contains_the_figures_and_depends_on_the_seed_only():
    labels, predictions = random_answers(200)
    first, again, other = (
        bootstrap_intervals(dataset(labels), predictions, np.random.default_rng(seed)) for seed in (3, 3, 4)
    )
    assert first == again != other
    figures = report(labels, predictions)
    assert first.accuracy[0] < figures.accuracy < first.accuracy[1]
    assert first.macro_recall[0] < figures.macro_recall < first.macro_recall[1]


def test_perfect_answers_have_an_interval_without_width():
    labels = np.arange(8).repeat(3)
    assert bootstrap_intervals(dataset(labels), labels, np.random.default_rng(0)).accuracy == (1, 1)


def test_one_subject_has_no_interval():
    labels, predictions = random_answers(20)
    found = bootstrap_intervals(dataset(labels, subjects=["S1"] * 20), predictions, np.random.default_rng(0))
    assert np.isnan([found.accuracy, found.macro_recall]).all()


def test_no_faces():
    with pytest.raises(InputError, match="no faces"):
        bootstrap_intervals(dataset([]), np.array([], np.int64), np.random.default_rng(0))
