import pytest

from emotion.datasets.drawn.seeds import numbered_generator
from emotion.errors import InputError


def test_generators_are_told_apart_by_seed_and_number():
    values = [numbered_generator(seed, number).random() for seed in range(3) for number in range(3)]
    assert len(set(values)) == 9
    assert numbered_generator(2, 1).random() == numbered_generator(2, 1).random()


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match="seed of drawn faces is -1"):
        numbered_generator(-1, 0)
