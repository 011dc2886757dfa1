from dataclasses import replace

import numpy as np

from emotion.datasets.dataset import FaceDataset, concatenate
from emotion.labels import EMOTIONS


def dataset(labels, name="set", distributions=None):
    number = len(labels)
    return FaceDataset(
        name,
        np.arange(number, dtype=np.uint8)[:, None, None] * np.ones((64, 64), np.uint8),
        np.array(labels, np.int64),
        np.array([f"{name}{index}" for index in range(number)]),
        np.array([f"{name}{index}_001" for index in range(number)]),
        np.array([f"{name}{index}.png" for index in range(number)], object),
        distributions,
    )


def soft(number):
    return np.random.default_rng(0).dirichlet(np.ones(8), number).astype(np.float32)


def test_targets_are_labels_unless_there_are_distributions():
    hard, votes = dataset([3, 1]), soft(2)
    assert hard.targets is hard.labels
    assert dataset([3, 1], distributions=votes).targets is votes


def test_take_indexes_all_arrays():
    data = dataset([3, 1, 4], distributions=soft(3))
    part = data.take(np.array([2, 0, 2]))
    assert len(part) == 3
    assert part.faces[:, 0, 0].tolist() == [2, 0, 2]
    assert part.labels.tolist() == [4, 3, 4]
    assert part.subjects.tolist() == ["set2", "set0", "set2"]
    assert part.sequences.tolist() == ["set2_001", "set0_001", "set2_001"]
    assert part.names.tolist() == ["set2.png", "set0.png", "set2.png"]
    assert np.array_equal(part.distributions, data.distributions[[2, 0, 2]])


def test_take_a_mask():
    assert dataset([3, 1, 4]).take(np.array([True, False, True])).labels.tolist() == [3, 4]


def test_counts_include_every_emotion():
    counts = dataset([1, 1, 7]).counts()
    assert tuple(counts) == EMOTIONS
    assert (counts["anger"], counts["surprise"], counts["fear"], sum(counts.values())) == (2, 1, 0, 3)


def test_concatenate_single_data_set():
    data = dataset([0])
    assert concatenate([data]) is data


def test_concatenate_hard_labels():
    both = concatenate([replace(dataset([0, 1], "a"), left_out=(("x.png", "damaged"),)), dataset([2], "longer")])
    assert both.left_out == (("x.png", "damaged"),)
    assert both.name == "a + longer"
    assert both.labels.tolist() == [0, 1, 2]
    assert both.subjects.tolist() == ["a0", "a1", "longer0"]
    assert both.names.tolist() == ["a0.png", "a1.png", "longer0.png"]
    assert both.distributions is None


def test_concatenate_hard_labels_with_distributions():
    votes = soft(2)
    both = concatenate([dataset([5], "a"), dataset([0, 1], "b", votes)])
    assert both.distributions.dtype == np.float32
    assert np.array_equal(both.distributions, np.vstack([np.eye(8)[5], votes]))
