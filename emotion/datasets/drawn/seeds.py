"""One random generator for each thing drawn, so that it does not depend on what else is drawn."""

from __future__ import annotations

import numpy as np

from emotion.errors import InputError


def numbered_generator(seed: int, number: int) -> np.random.Generator:
    """The generator of one person or picture, by its number, of all drawn from ``seed``.

    Raises InputError for a negative seed.
    """
    if seed < 0:
        raise InputError(f"the seed of drawn faces is {seed}; it must be 0 or more")
    return np.random.default_rng([seed, number])
