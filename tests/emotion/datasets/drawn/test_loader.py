import numpy as np
import pytest

from emotion.datasets.drawn.loader import load_drawn
from emotion.errors import InputError
from emotion.labels import EMOTIONS


@pytest.fixture(scope="module")
def drawn():
    return load_drawn(6, seed=3)


def test_every_person_shows_every_emotion(drawn):
    assert drawn.faces.shape == (48, 64, 64)
    assert drawn.faces.dtype == np.uint8
    assert drawn.labels.dtype == np.int64
    assert drawn.counts() == dict.fromkeys(EMOTIONS, 6)
    for name in set(drawn.subjects):
        assert sorted(drawn.labels[drawn.subjects == name]) == list(range(8))
    assert drawn.distributions is None


def test_faces_are_drawn_into_every_crop_and_differ(drawn):
    assert drawn.faces.std(axis=(1, 2)).min() > 10
    assert len(np.unique(drawn.faces.reshape(48, -1), axis=0)) == 48


def test_the_same_seed_gives_the_same_faces_and_more_people_only_add(drawn):
    fewer = load_drawn(2, seed=3)
    assert np.array_equal(fewer.faces, drawn.faces[:16])
    assert np.array_equal(fewer.subjects, drawn.subjects[:16])


def test_another_seed_gives_other_people_with_other_names(drawn):
    others = load_drawn(2, seed=4)
    assert not set(others.subjects) & set(drawn.subjects)
    assert not np.array_equal(others.faces, drawn.faces[:16])


def test_the_way_through_the_people_can_be_followed():
    seen = []
    load_drawn(3, seed=0, track=lambda people: (seen.append(person) or person for person in people))
    assert seen == [0, 1, 2]


@pytest.mark.parametrize(("identities", "seed"), [(0, 1), (-3, 1), (2, -1)])
def test_impossible_numbers_are_refused(identities, seed):
    with pytest.raises(InputError, match=r"at least 1|0 or more"):
        load_drawn(identities, seed)
