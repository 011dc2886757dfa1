"""The trained weights that ship with the project, and where they are."""

from __future__ import annotations

from pathlib import Path

from emotion.errors import InputError
from emotion.networks import DEFAULT_NETWORK, NETWORKS

_PACKAGE = Path(__file__).parent
WEIGHT_FOLDERS = (_PACKAGE / "weights", _PACKAGE.parent / "weights")
"""Where the trained weights are: in an installed package, and at the top of a checkout."""


def shipped_weights(network: str = DEFAULT_NETWORK) -> Path:
    """Return the path of the trained weights of a network, in the package or the checkout.

    Raises InputError for an unknown network, or if there are no weights.
    """
    if network not in NETWORKS:
        raise InputError(f"unknown network {network!r}; choose from {', '.join(NETWORKS)}")
    paths = [folder / f"{network}.npz" for folder in WEIGHT_FOLDERS]
    for path in paths:
        if path.is_file():
            return path
    raise InputError(f"{paths[-1]}: the trained weights are missing; train a network or give the path of its weights")
