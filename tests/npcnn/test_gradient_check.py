"""The gradient check must find wrong backward passes, and only those."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import ELU, BatchNorm2D, Conv2D, Dense, Dropout, GradientError, Layer, Sequential, SoftmaxCrossEntropy
from npcnn.gradient_check import check_gradients, check_loss_gradients


class WrongInputGradient(Dense):
    """Off by a part in a thousand."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return super().backward(dy) * 1.001


class TransposedWeightGradient(Dense):
    """Right only for symmetric gradients."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dx = super().backward(dy)
        self.grads["w"] = np.ascontiguousarray(self.grads["w"].T)
        return dx


class OneWrongEntry(ELU):
    """A single number is wrong, as an off-by-one at a border makes it."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dx = super().backward(dy)
        dx[-1, -1] = 0
        return dx


class MissingGradient(Dense):
    """Forgets its bias."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dx = super().backward(dy)
        del self.grads["b"]
        return dx


class NanGradient(Dense):
    """Gives NaN for its bias."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dx = super().backward(dy)
        self.grads["b"] *= np.nan
        return dx


class Absolute(Layer):
    """``y = |x|``, with a kink at zero."""

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        self._keep(x)
        return np.abs(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * np.sign(self._recall())


class Scale(Layer):
    """``y = w x``, element by element."""

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        self._check(x, self.params["w"].shape)
        self._keep(x)
        return np.ascontiguousarray(self.params["w"] * x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.grads = {"w": dy * self._recall()}
        return dy * self.params["w"]


def test_a_right_backward_passes_and_every_array_is_looked_at(rng: np.random.Generator) -> None:
    network = Sequential(Dense(4, 3, rng), ELU(), Dense(3, 2, rng))
    errors = check_gradients(network, rng.standard_normal((5, 4)))
    assert errors.keys() == {"0/w", "0/b", "2/w", "2/b", "x"}
    assert 0 < max(errors.values()) <= 1e-6


def test_arrays_may_have_any_order(rng: np.random.Generator) -> None:
    layer = Scale()
    layer.params["w"] = np.asfortranarray(rng.standard_normal((3, 4)))
    assert check_gradients(layer, np.asfortranarray(rng.standard_normal((3, 4)))).keys() == {"w", "x"}


@pytest.mark.parametrize(("layer", "array"), [(WrongInputGradient, "x"), (TransposedWeightGradient, "w")])
def test_a_wrong_backward_fails_and_the_array_is_named(layer: type, array: str, rng: np.random.Generator) -> None:
    with pytest.raises(GradientError, match=rf"gradient of {array} is off by .*backward gives .*central differences"):
        check_gradients(layer(4, 4, rng), rng.standard_normal((5, 4)))


def test_a_gradient_of_another_shape_fails(rng: np.random.Generator) -> None:
    with pytest.raises(GradientError, match=r"gradient of w has shape \(3, 4\), the array \(4, 3\)"):
        check_gradients(TransposedWeightGradient(4, 3, rng), rng.standard_normal((5, 4)))


def test_one_wrong_element_fails_and_its_index_is_named(rng: np.random.Generator) -> None:
    with pytest.raises(GradientError, match=r"at \(4, 3\) backward gives 0, "):
        check_gradients(OneWrongEntry(), rng.standard_normal((5, 4)), samples=20)


def test_nan_is_no_gradient(rng: np.random.Generator) -> None:
    with pytest.raises(GradientError, match="gradient of b is off by nan"):
        check_gradients(NanGradient(4, 3, rng), rng.standard_normal((5, 4)))


@pytest.mark.parametrize("size", [4, 12])
def test_the_zero_gradient_of_a_bias_before_batch_normalisation_is_no_failure(
    size: int, rng: np.random.Generator
) -> None:
    network = Sequential(Conv2D(2, 3, 3, rng=rng), BatchNorm2D(3))
    errors = check_gradients(network, 5 * rng.standard_normal((4, 2, size, size)), training=True)
    assert max(errors.values()) <= 1e-6


def test_zero_gradients_are_no_failure(rng: np.random.Generator) -> None:
    class Centred(Layer):
        """Subtracts whatever is the same for the whole batch, such as a bias before it."""

        def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
            return x - x.mean(axis=0)

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return dy - dy.mean(axis=0)

    errors = check_gradients(Sequential(Dense(5, 4, rng), Centred()), rng.standard_normal((3, 5)))
    assert 0 < errors["0/b"] <= 1e-6


def test_a_missing_gradient_fails(rng: np.random.Generator) -> None:
    with pytest.raises(GradientError, match="b"):
        check_gradients(MissingGradient(4, 3, rng), rng.standard_normal((5, 4)))


def test_kinks_nearer_than_the_step_are_stepped_round() -> None:
    x = np.array([1.0, -2e-6, 3e-7, 5e-6, -0.5])
    assert check_gradients(Absolute(), x)["x"] <= 1e-6


def test_random_layers_draw_the_same_each_time_and_are_left_untouched(rng: np.random.Generator) -> None:
    dropout, x = Dropout(0.5, rng), rng.standard_normal((6, 5), np.float32)
    network = Sequential(Dense(5, 4, rng), dropout)
    weights, state = network.params["0/w"].copy(), rng.bit_generator.state
    check_gradients(network, x, training=True)
    np.testing.assert_array_equal(network.params["0/w"], weights)
    assert network.params["0/w"].dtype == np.float32
    assert rng.bit_generator.state == state
    assert network.grads == {}


def test_a_wrong_loss_gradient_fails(rng: np.random.Generator) -> None:
    class Unscaled(SoftmaxCrossEntropy):
        def backward(self) -> np.ndarray:
            return 5 * super().backward()

    with pytest.raises(GradientError, match="gradient of logits"):
        check_loss_gradients(Unscaled(), rng.standard_normal((5, 3)), np.array([0, 1, 2, 0, 1]))
