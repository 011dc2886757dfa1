"""Dense layers."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import Dense, check_gradients, glorot_uniform


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (5, 3), (130, 7), (4, 129)])
def test_gradients(inputs: int, outputs: int, rng: np.random.Generator) -> None:
    errors = check_gradients(Dense(inputs, outputs, rng), rng.standard_normal((3, inputs)))
    assert errors.keys() == {"w", "b", "x"}
    assert max(errors.values()) <= 1e-6


def test_biases_start_at_zero_and_weights_by_the_initializer() -> None:
    layer = Dense(30, 20, np.random.default_rng(5), glorot_uniform)
    assert not layer.params["b"].any()
    np.testing.assert_array_equal(layer.params["w"], glorot_uniform((30, 20), np.random.default_rng(5)))


def test_the_first_layer_can_do_without_an_input_gradient(rng: np.random.Generator) -> None:
    layer = Dense(4, 2, rng)
    y = layer.forward(rng.standard_normal((3, 4), np.float32))
    assert layer.skip_input_gradient() is False
    assert layer.backward(y) is None
    assert layer.grads["w"].shape == (4, 2)


def test_output_shape_refuses_another_number_of_inputs() -> None:
    assert Dense(6, 2).output_shape((6,)) == (2,)
    with pytest.raises(ValueError, match=r"Dense expected an input of shape \(6,\), got \(2, 3\)"):
        Dense(6, 2).output_shape((2, 3))


@pytest.mark.parametrize("sizes", [(0, 5), (5, 0)])
def test_sizes_of_zero_are_refused(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="Dense: inputs and outputs must be at least 1, got"):
        Dense(*sizes)
