"""The networks that classify faces, by name: ``original``, and ``resnet``, which is more accurate."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from emotion.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from npcnn import Sequential

NETWORKS = ("original", "resnet")
"""The names of the networks; each is a module of this package."""

DEFAULT_NETWORK = "resnet"


def build_network(name: str, rng: np.random.Generator | int | None = None) -> Sequential:
    """Build a network with random weights, which ``rng`` initialises. Raises InputError for an unknown name."""
    return _module(name).build_network(rng)


def input_shape(name: str) -> tuple[int, int, int]:
    """Return channels, height and width of one face. Raises InputError for an unknown name."""
    return _module(name).INPUT_SHAPE


def explained_layer(name: str) -> int:
    """Return the layer whose output `emotion.explanation` maps. Raises InputError for an unknown name."""
    return _module(name).EXPLAINED_LAYER


def _module(name: str) -> ModuleType:
    if name not in NETWORKS:
        raise InputError(f"unknown network {name!r}; choose from {', '.join(NETWORKS)}")
    return import_module(f"emotion.networks.{name}")
