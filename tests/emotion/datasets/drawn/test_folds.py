import numpy as np

from emotion.datasets.drawn.expression import Expression
from emotion.datasets.drawn.folds import skin_folds
from emotion.datasets.drawn.geometry import Turn
from emotion.datasets.drawn.identity import random_identity
from emotion.datasets.drawn.shaping import shape_face


def depths(identity, units):
    expression = Expression(dict.fromkeys(units, 1.0), dict.fromkeys(units, 1.0))
    return np.array([fold.depth for fold in skin_folds(identity, expression, shape_face(identity, expression, Turn()))])


def test_units_deepen_folds_and_none_smooths_one():
    identity = random_identity(np.random.default_rng(1))
    rest = depths(identity, [])
    for unit in (4, 6, 9, 12, 14, 15, 17):
        change = depths(identity, [unit]) - rest
        assert change.max() > 0.2, unit
        assert change.min() >= 0, unit


def test_the_old_have_deeper_folds_than_the_young():
    rng = np.random.default_rng(2)
    people = sorted((random_identity(rng) for _ in range(40)), key=lambda person: person.age)
    assert depths(people[-1], []).sum() > depths(people[0], []).sum() + 0.5
