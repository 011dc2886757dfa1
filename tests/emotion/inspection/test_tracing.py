"""A trace has a step for each layer, and computes what the network computes."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.inspection.tracing import trace
from emotion.networks import NETWORKS, build_network, input_shape
from npcnn import ELU, Conv2D, Layer, ReLU, Residual, Sequential, parameter_count, use_backend


def leaves(layer: Layer) -> list[Layer]:
    """All layers that are no containers."""
    return [part for part in layer.walk() if not part.children()]


@pytest.mark.parametrize("name", NETWORKS)
def test_trace_computes_what_the_network_computes(name: str) -> None:
    network = build_network(name, 0)
    x = np.random.default_rng(0).standard_normal((1, *input_shape(name)), np.float32)
    steps = trace(network, x)
    with use_backend("reference"):
        np.testing.assert_allclose(steps[-1].output, network.forward(x), rtol=1e-5)
    assert sorted(map(id, leaves(network))) == sorted(
        id(step.layer) for step in steps if not isinstance(step.layer, Residual)
    )
    assert sum(step.parameters for step in steps) == parameter_count(network)
    named = {f"{step.name}/{key}" for step in steps if step.parameters for key in step.layer.params}
    assert named == network.params.keys()


def test_residual_blocks() -> None:
    inner = Residual(Sequential(ReLU()), activation=ELU())
    network = Sequential(Conv2D(1, 2, 3, rng=0), Residual(Sequential(inner), Conv2D(2, 2, 1, rng=0)))
    x = np.random.default_rng(0).standard_normal((1, 1, 4, 4), np.float32)
    steps = {step.name: step for step in trace(network, x)}
    assert list(steps) == [
        "0",
        "1/body/0/body/0",
        "1/body/0",
        "1/body/0/activation",
        "1/shortcut",
        "1",
    ]
    body, shortcut = steps["1"].inputs
    np.testing.assert_array_equal(body, steps["1/body/0/activation"].output)
    np.testing.assert_array_equal(shortcut, steps["1/shortcut"].output)
    np.testing.assert_array_equal(steps["1"].output, body + shortcut)
    np.testing.assert_array_equal(steps["1/body/0"].inputs[1], steps["0"].output)  # the input itself
    assert steps["1"].parameters == 0
