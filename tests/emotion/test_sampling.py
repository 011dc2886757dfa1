import numpy as np
import pytest

from emotion.errors import InputError
from emotion.sampling import oversample

LABELS = np.repeat([0, 3, 5], [20, 7, 1])


def counts(indices):
    return np.bincount(LABELS[indices], minlength=8)


def test_full_strength_balances_the_classes_that_occur():
    assert counts(oversample(LABELS, np.random.default_rng(0))).tolist() == [20, 0, 0, 20, 0, 20, 0, 0]


def test_zero_strength_leaves_the_data_as_they_are():
    assert np.array_equal(oversample(LABELS, np.random.default_rng(0), 0), np.arange(len(LABELS)))


def test_half_strength_is_the_geometric_mean():
    expected = [20, 0, 0, round((20 * 7) ** 0.5), 0, round(20**0.5), 0, 0]
    assert counts(oversample(LABELS, np.random.default_rng(0), 0.5)).tolist() == expected


@pytest.mark.parametrize("strength", [0.0, 0.3, 0.7, 1.0])
def test_every_face_stays_and_repeats_are_spread_evenly(strength):
    repeats = np.bincount(oversample(LABELS, np.random.default_rng(1), strength), minlength=len(LABELS))
    for label in np.unique(LABELS):
        of_class = repeats[label == LABELS]
        assert of_class.min() >= 1
        assert of_class.max() - of_class.min() <= 1


def test_same_seed_same_indices_and_another_seed_others():
    first, again, other = (oversample(LABELS, np.random.default_rng(seed)) for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_labels_no_indices():
    indices = oversample(np.array([], np.int64), np.random.default_rng(0))
    assert indices.shape == (0,)
    assert indices.dtype == np.int64


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_strength_out_of_range(strength):
    with pytest.raises(InputError, match="between 0 and 1"):
        oversample(LABELS, np.random.default_rng(0), strength)
