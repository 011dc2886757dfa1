"""Where the convolution kernels could go wrong although their results on ordinary numbers agree with the reference."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import kernels, reference

GEOMETRIES = [  # kernel size, stride, padding
    ((2, 2), (1, 1), (0, 1, 0, 1)),
    ((3, 3), (1, 1), (1, 1, 1, 1)),
    ((3, 2), (2, 3), (2, 0, 0, 1)),
    ((4, 4), (4, 4), (0, 0, 0, 0)),
    ((1, 1), (2, 2), (0, 0, 0, 0)),
]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("kernel_size", "stride", "padding"), GEOMETRIES)
def test_a_broken_pixel_shows_in_the_outputs_that_see_it_and_in_no_other(
    kernel_size: tuple, stride: tuple, padding: tuple, value: float, rng: np.random.Generator
) -> None:
    x, w = rng.standard_normal((9, 2, 8, 8)), rng.standard_normal((3, 2, *kernel_size))
    x[4, 1, 3, 3] = x[0, 0, 0, 0] = x[8, 1, 7, 7] = value
    ours, theirs = (module.conv2d_forward(x, w, np.zeros(3), stride, padding) for module in (kernels, reference))
    np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(theirs))


@pytest.mark.parametrize(("kernel_size", "stride", "padding"), GEOMETRIES)
def test_nan_stays_visible_in_the_gradients(
    kernel_size: tuple, stride: tuple, padding: tuple, rng: np.random.Generator
) -> None:
    x, w = rng.standard_normal((9, 2, 8, 8)), rng.standard_normal((3, 2, *kernel_size))
    dy = reference.conv2d_forward(x, w, np.zeros(3), stride, padding)
    x[4, 1, 0, 0] = dy[4, 1, 0, 0] = np.nan
    dx, seen = (module.conv2d_backward_input(dy, w, (8, 8), stride, padding) for module in (kernels, reference))
    assert np.isnan(dx[np.isnan(seen)]).all()
    assert np.isfinite(np.delete(dx, 4, axis=0)).all()
    dw, db = kernels.conv2d_backward_weights(dy, x, kernel_size, stride, padding)
    assert np.isnan(dw[1]).all()
    assert np.isnan(db).tolist() == [False, True, False]


@pytest.mark.parametrize("padding", [(3, 0, 4, 0), (0, 5, 0, 5), (7, 7, 7, 7)])
def test_padding_may_be_wider_than_the_kernel_and_the_image(padding: tuple, rng: np.random.Generator) -> None:
    x, w = rng.standard_normal((2, 1, 1, 1)), rng.standard_normal((2, 1, 3, 3))
    y = reference.conv2d_forward(x, w, np.ones(2), (3, 3), padding)
    np.testing.assert_allclose(kernels.conv2d_forward(x, w, np.ones(2), (3, 3), padding), y, atol=1e-14)
    for name, arguments in [
        ("conv2d_backward_input", (y, w, (1, 1), (3, 3), padding)),
        ("conv2d_backward_weights", (y, x, (3, 3), (3, 3), padding)),
    ]:
        ours, theirs = (getattr(module, name)(*arguments) for module in (kernels, reference))
        np.testing.assert_allclose(ours[0], theirs[0], atol=1e-13)


@pytest.mark.parametrize(
    "padding", [(0, 0, 0, 0), (1, 1, 1, 1), (0, 2, 1, 0), (2, 2, 1, 1), (3, 0, 0, 2), (4, 4, 4, 4)]
)
@pytest.mark.parametrize("kernel_size", [(3, 2), (1, 1)])
def test_input_gradient_with_a_stride_of_one(kernel_size: tuple, padding: tuple, rng: np.random.Generator) -> None:
    w = rng.standard_normal((3, 2, *kernel_size))
    dy = reference.conv2d_forward(rng.standard_normal((2, 2, 6, 7)), w, np.zeros(3), (1, 1), padding)
    ours, theirs = (module.conv2d_backward_input(dy, w, (6, 7), (1, 1), padding) for module in (kernels, reference))
    np.testing.assert_allclose(ours, theirs, atol=1e-13)


def test_no_images_give_no_outputs() -> None:
    x, w = np.zeros((0, 2, 5, 5), np.float32), np.ones((3, 2, 2, 2), np.float32)
    y = kernels.conv2d_forward(x, w, np.zeros(3, np.float32), (1, 1), (0, 0, 0, 0))
    assert y.shape == (0, 3, 4, 4)
    assert kernels.conv2d_backward_input(y, w, (5, 5), (1, 1), (0, 0, 0, 0)).shape == x.shape
    assert not kernels.conv2d_backward_weights(y, x, (2, 2), (1, 1), (0, 0, 0, 0))[0].any()


def test_an_image_gives_the_same_output_alone_and_among_others(rng: np.random.Generator) -> None:
    x = rng.standard_normal((40, 1, 6, 6)).astype(np.float32)
    w, b = rng.standard_normal((5, 1, 3, 3)).astype(np.float32), np.zeros(5, np.float32)
    together = kernels.conv2d_forward(x, w, b, (1, 1), (0, 0, 0, 0))
    alone = [kernels.conv2d_forward(x[n : n + 1], w, b, (1, 1), (0, 0, 0, 0)) for n in range(40)]
    np.testing.assert_allclose(together, np.concatenate(alone), rtol=1e-5, atol=1e-6)
