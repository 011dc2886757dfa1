"""The networks by name."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.errors import InputError
from emotion.networks import NETWORKS, build_network, input_shape


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_maps_its_faces_to_eight_logits(name: str) -> None:
    network = build_network(name, 0)
    assert network.output_shape(input_shape(name)) == (8,)
    other = build_network(name, np.random.default_rng(0))
    assert all(np.array_equal(w, other.params[key]) for key, w in network.params.items())


def test_an_unknown_name_is_refused() -> None:
    for function in (build_network, input_shape):
        with pytest.raises(InputError, match="unknown network 'vgg'; choose from original, resnet"):
            function("vgg")
