import numpy as np
import pytest

from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.synthetic.expression import EMOTION_UNITS, LEFT, RIGHT, UNITS, Expression, random_expression


def test_table_has_all_emotions_and_only_known_units():
    assert tuple(EMOTION_UNITS) == EMOTIONS
    assert {unit for units in EMOTION_UNITS.values() for unit in units} <= set(UNITS)


@pytest.mark.parametrize("emotion", [emotion for emotion in EMOTIONS if emotion != "contempt"])
def test_units_of_an_emotion_are_near_peak_on_both_sides(emotion, rng):
    for _ in range(50):
        expression = random_expression(emotion, rng)
        for unit in EMOTION_UNITS[emotion]:
            right, left = expression.unit(unit, RIGHT), expression.unit(unit, LEFT)
            assert 0.5 < right <= 1.0
            assert abs(right - left) < 0.15


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_other_units_have_only_trace_intensity(emotion, rng):
    others = set(UNITS) - set(EMOTION_UNITS[emotion]) - {17, 25}
    traces = [random_expression(emotion, rng).mean(unit) for _ in range(30) for unit in others]
    assert max(traces) < 0.25
    assert np.mean(traces) < 0.06


def test_contempt_is_one_sided_on_a_random_side(rng):
    sides = set()
    for _ in range(40):
        expression = random_expression("contempt", rng)
        right, left = expression.unit(12, RIGHT), expression.unit(12, LEFT)
        assert max(right, left) > 0.5
        assert min(right, left) < 0.25
        assert (expression.unit(14, RIGHT) > expression.unit(14, LEFT)) == (right > left)
        sides.add(right > left)
    assert sides == {True, False}


def test_emotion_can_be_given_by_label_or_name():
    expected = random_expression(1, np.random.default_rng(5))
    assert random_expression("Angry", np.random.default_rng(5)) == expected
    assert random_expression(np.int64(1), np.random.default_rng(5)) == expected
    with pytest.raises(InputError, match="unknown emotion 'hungry'"):
        random_expression("hungry", np.random.default_rng(5))


def test_mean_averages_both_sides():
    expression = Expression(right={12: 0.8}, left={12: 0.2, 26: 1.0})
    assert expression.mean(12) == pytest.approx(0.5)
    assert expression.mean(26) == pytest.approx(0.5)
    assert expression.mean(1) == 0.0
