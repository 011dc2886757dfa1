"""The data set of drawn faces, and the example pictures."""

import cv2
import numpy as np
import pytest

from emotion.detection import find_faces
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.synthetic.loader import draw_examples, load_drawn, numbered_generator


def test_generators_depend_on_seed_and_number():
    values = [numbered_generator(seed, number).random() for seed in range(3) for number in range(3)]
    assert len(set(values)) == 9
    assert numbered_generator(2, 1).random() == numbered_generator(2, 1).random()


def test_negative_seed_is_rejected():
    with pytest.raises(InputError, match="seed of drawn faces is -1"):
        numbered_generator(-1, 0)


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


def test_every_crop_contains_a_different_face(drawn):
    assert drawn.faces.std(axis=(1, 2)).min() > 10
    assert len(np.unique(drawn.faces.reshape(48, -1), axis=0)) == 48


def test_same_seed_gives_the_same_faces_for_any_number_of_people(drawn):
    fewer = load_drawn(2, seed=3)
    assert np.array_equal(fewer.faces, drawn.faces[:16])
    assert np.array_equal(fewer.subjects, drawn.subjects[:16])


def test_other_seeds_give_other_people_and_names(drawn):
    others = load_drawn(2, seed=4)
    assert not set(others.subjects) & set(drawn.subjects)
    assert not np.array_equal(others.faces, drawn.faces[:16])


def test_track_wraps_the_people():
    seen = []
    load_drawn(3, seed=0, track=lambda people: (seen.append(person) or person for person in people))
    assert seen == [0, 1, 2]


@pytest.mark.parametrize(("identities", "seed"), [(0, 1), (-3, 1), (2, -1)])
def test_invalid_numbers_are_rejected(identities, seed):
    with pytest.raises(InputError, match=r"at least 1|0 or more"):
        load_drawn(identities, seed)


def test_example_names_and_detectable_faces():
    pictures = draw_examples(0)
    assert set(pictures) - set(EMOTIONS) == {"several"}
    for name, picture in pictures.items():
        found = find_faces(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
        assert len(found) == (4 if name == "several" else 1), name
