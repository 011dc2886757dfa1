"""Random number generators: how to ask for one, and where layers hold theirs."""

from __future__ import annotations

import numpy as np

from npcnn.layers.layer import Layer

Seed = int | np.random.Generator | None
"""A seed, a generator to share, or None for a generator with an unpredictable seed."""


def as_generator(rng: Seed) -> np.random.Generator:
    """The generator itself, or a new one from a seed. Raises TypeError for anything else, ValueError below 0."""
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is not None and (isinstance(rng, bool) or not isinstance(rng, int | np.integer)):
        raise TypeError(f"rng must be an int seed, a numpy.random.Generator or None, got {type(rng).__name__}")
    if rng is not None and rng < 0:
        raise ValueError(f"rng must be a seed of at least 0, got {rng}")
    return np.random.default_rng(rng)


def generators_of(layer: Layer) -> list[np.random.Generator]:
    """All generators that are attributes of the layer or of the layers inside it, each once."""
    attributes = [value for part in layer.walk() for value in vars(part).values()]
    return list({id(value): value for value in attributes if isinstance(value, np.random.Generator)}.values())
