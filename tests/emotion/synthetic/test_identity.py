import numpy as np

from emotion.synthetic.identity import random_identity


def people(count, seed=0):
    rng = np.random.default_rng(seed)
    return [random_identity(rng) for _ in range(count)]


def test_same_seed_gives_the_same_person():
    (first,), (again,) = people(1), people(1)
    np.testing.assert_equal(first.__dict__, again.__dict__)


def test_people_are_distinct():
    everybody = people(200)
    assert len({person.head_width for person in everybody}) == 200
    assert len({tuple(person.skin) for person in everybody}) == 200


def test_people_are_diverse():
    everybody = people(300)
    assert {person.glasses for person in everybody} == {"none", "round", "square"}
    assert {person.hair is None for person in everybody} == {True, False}
    assert {person.beard > 0 for person in everybody} == {True, False}
    assert min(person.skin.mean() for person in everybody) < 90
    assert max(person.skin.mean() for person in everybody) > 190
    assert min(person.age for person in everybody) < 0.1
    assert max(person.age for person in everybody) > 0.85


def test_parameters_stay_in_range():
    for person in people(300, seed=1):
        for colour in (person.skin, person.hair_colour, person.iris, person.clothes):
            assert colour.shape == (3,)
            assert (colour >= 0).all()
            assert (colour <= 255).all()
        amounts = (person.age, person.lashes, person.lip_colour, person.moustache, person.beard)
        assert all(0 <= amount <= 1 for amount in amounts)
        assert all(0.7 < factor < 1.4 for factor in (person.head_width, person.jaw_width, person.eye_size))
