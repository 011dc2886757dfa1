"""Shading of the skin, and folds caused by expression and age."""

import numpy as np
import pytest

from emotion.synthetic.expression import Expression
from emotion.synthetic.geometry import Turn, shape_face
from emotion.synthetic.head import shade, skin_folds, warm
from emotion.synthetic.identity import random_identity

X = np.linspace(-1.0, 1.0, 81)
Y = np.linspace(-1.5, 1.8, 133)


def brightness(light):
    identity, expression = random_identity(np.random.default_rng(0)), Expression({}, {})
    light = np.array(light) / np.linalg.norm(light)
    return shade(X, Y, shape_face(identity, expression, Turn()), expression, light)


def mean_around(values, x, y):
    column, row = np.abs(X - x).argmin(), np.abs(Y - y).argmin()
    return values[row - 3 : row + 4, column - 3 : column + 4].mean()


def test_light_from_above_darkens_eye_sockets_and_below_the_nose():
    values = brightness([0.0, -0.5, 0.9])
    assert values.shape == (133, 81)
    assert mean_around(values, 0.5, -0.2) < mean_around(values, 0.5, 0.45) - 0.05
    assert mean_around(values, 0.0, 0.75) < mean_around(values, 0.0, 0.45) - 0.1


@pytest.mark.parametrize("side", [-1, 1])
def test_side_facing_the_light_is_brighter(side):
    values = brightness([side * 0.6, -0.3, 0.8])
    assert mean_around(values, side * 0.8, 0.6) > mean_around(values, -side * 0.8, 0.6) + 0.2


def test_frontal_light_is_even():
    values = brightness([0.0, 0.0, 1.0])
    np.testing.assert_allclose(values, values[:, ::-1], atol=1e-3)


def test_shadows_are_warm():
    blue, green, red = warm(0.5)
    assert blue < green < red < 1
    np.testing.assert_allclose(warm(1.0), 1.0)
    shares = np.full((2, 3), 0.5, np.float32)
    np.testing.assert_allclose(warm(shares)[:, 1, 2], warm(0.5))


def depths(identity, units):
    expression = Expression(dict.fromkeys(units, 1.0), dict.fromkeys(units, 1.0))
    return np.array([fold.depth for fold in skin_folds(identity, expression, shape_face(identity, expression, Turn()))])


def test_action_units_only_deepen_folds():
    identity = random_identity(np.random.default_rng(1))
    rest = depths(identity, [])
    for unit in (4, 6, 9, 12, 14, 15, 17):
        change = depths(identity, [unit]) - rest
        assert change.max() > 0.2, unit
        assert change.min() >= 0, unit


def test_folds_deepen_with_age():
    rng = np.random.default_rng(2)
    people = sorted((random_identity(rng) for _ in range(40)), key=lambda person: person.age)
    assert depths(people[-1], []).sum() > depths(people[0], []).sum() + 0.5
