"""Winograd's method gives what the definition of convolution gives, wherever it is used."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import ELU, BatchNorm2D, Conv2D, Residual, Sequential, compile_network, kernels, reference
from npcnn.inference.interpreter import CONV2D_IN_TILES
from npcnn.inference.plan import ExecutionPlan
from npcnn.kernels.conv2d.winograd import is_suitable


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the kernels that are launched."""
    from npcnn.kernels.conv2d import operations

    names: list[str] = []
    launch = operations.launch

    def recording_launch(kernel, *arguments, **options):
        names.append(kernel.__name__)
        launch(kernel, *arguments, **options)

    monkeypatch.setattr(operations, "launch", recording_launch)
    return names


@pytest.mark.parametrize(
    ("channels", "output_channels", "size", "padding"),
    [
        (16, 8, (6, 6), (1, 1, 1, 1)),
        (16, 20, (6, 8), (0, 2, 1, 1)),
        (32, 16, (20, 8), (1, 1, 1, 1)),  # more tiles than a block holds
        (16, 40, (8, 8), (0, 0, 0, 0)),
        (16, 3, (6, 6), (3, 1, 0, 2)),
    ],
)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_agrees_with_the_reference(
    channels: int, output_channels: int, size: tuple, padding: tuple, dtype: type, tolerance: float,
    calls: list[str], rng: np.random.Generator,
) -> None:  # fmt: skip
    x = rng.standard_normal((3, channels, *size)).astype(dtype)
    w = rng.standard_normal((output_channels, channels, 3, 3)).astype(dtype)
    b = rng.standard_normal(output_channels).astype(dtype)
    ours, theirs = (module.conv2d_forward(x, w, b, (1, 1), padding) for module in (kernels, reference))
    assert calls == ["forward_tiles"]
    np.testing.assert_allclose(ours, theirs, atol=tolerance)
    ours, theirs = (
        module.conv_block_forward(x, w, b, (1, 1), padding, (1, 1), 0.7)[0] for module in (kernels, reference)
    )
    np.testing.assert_allclose(ours, theirs, atol=tolerance)


@pytest.mark.parametrize(
    ("w_shape", "stride", "window", "output_size", "suitable"),
    [
        ((8, 16, 3, 3), (1, 1), (1, 1), (6, 6), True),
        ((8, 16, 3, 3), (1, 1), (1, 1), (7, 6), False),
        ((8, 16, 3, 3), (1, 1), (1, 1), (4, 8), False),
        ((8, 15, 3, 3), (1, 1), (1, 1), (6, 6), False),
        ((8, 16, 3, 2), (1, 1), (1, 1), (6, 6), False),
        ((8, 16, 3, 3), (2, 1), (1, 1), (6, 6), False),
        ((8, 16, 3, 3), (1, 1), (2, 2), (6, 6), False),
    ],
)
def test_other_convolutions_are_left_to_the_other_kernel(
    w_shape: tuple, stride: tuple, window: tuple, output_size: tuple, suitable: bool
) -> None:
    assert is_suitable(w_shape, stride, window, output_size) == suitable


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_broken_pixel_shows_in_the_outputs_that_see_it(value: float, rng: np.random.Generator) -> None:
    x, w = rng.standard_normal((2, 16, 8, 8)), rng.standard_normal((16, 16, 3, 3))
    x[1, 3, 2, 5] = value
    ours, theirs = (module.conv2d_forward(x, w, np.zeros(16), (1, 1), (1, 1, 1, 1)) for module in (kernels, reference))
    assert not np.isfinite(ours[~np.isfinite(theirs)]).any()
    assert np.isfinite(ours[0]).all()
    assert np.isfinite(ours[1, :, 4:]).all()


def test_compiled_inference_of_residual_blocks(rng: np.random.Generator) -> None:
    body = [Conv2D(16, 16, 3, rng=rng), BatchNorm2D(16), ELU(), Conv2D(16, 16, 3, rng=rng), BatchNorm2D(16)]
    network = Sequential(Residual(Sequential(*body), None, ELU()), Conv2D(16, 24, 3, rng=rng), ELU())
    x = rng.standard_normal((3, 16, 8, 10)).astype(np.float32)
    for layer in body[1::3]:
        layer.buffers["running_mean"][:] = rng.standard_normal(16)
        layer.buffers["running_var"][:] = rng.uniform(0.5, 2, 16)
    operations = ExecutionPlan(network, x.shape[1:], x.dtype, 1).instructions[:, 0].tolist()
    assert operations.count(CONV2D_IN_TILES) == 3
    np.testing.assert_allclose(compile_network(network, x.shape[1:]).predict(x), network.forward(x), atol=1e-5)
