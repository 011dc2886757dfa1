"""Adam: its first steps by hand, decay, clipping, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest

from npcnn import Adam


def test_the_first_steps_by_hand() -> None:
    params = {"w": np.array([[1.0, -2.0]]), "b": np.array([0.5])}
    adam = Adam(params, learning_rate=0.1, beta1=0.9, beta2=0.99)
    adam.step({"w": np.array([[3.0, -0.01]]), "b": np.array([0.0])})
    # Corrected, the first means are the gradient and its square: a step of the learning rate against its sign.
    np.testing.assert_allclose(params["w"], [[0.9, -1.9]], atol=1e-6)
    assert params["b"] == 0.5
    adam.step({"w": np.array([[-1.0, -0.01]]), "b": np.array([0.0])})
    mean, square = (0.27 - 0.1) / 0.19, (0.0891 + 0.01) / 0.0199
    np.testing.assert_allclose(params["w"], [[0.9 - 0.1 * mean / math.sqrt(square), -1.8]], atol=1e-6)
    assert adam.steps == 2


def test_parameters_move_in_place_and_gradients_stay() -> None:
    w, dw = np.ones((3, 4), np.float32), np.full((3, 4), 2, np.float32)
    Adam({"w": w}, learning_rate=0.5).step({"w": dw})
    np.testing.assert_allclose(w, 0.5, rtol=1e-5)
    assert (dw == 2).all()


def test_the_learning_rate_can_change_between_steps() -> None:
    w = np.zeros((1, 1))
    adam = Adam({"w": w}, learning_rate=0.0)
    adam.step({"w": np.ones((1, 1))})
    assert w == 0
    adam.learning_rate = 1.0
    adam.step({"w": np.ones((1, 1))})
    np.testing.assert_allclose(w, -1, atol=1e-6)


def test_decay_shrinks_weights_and_leaves_biases_alone() -> None:
    params = {"w": np.full((2, 2), 3.0), "b": np.full(2, 3.0), "kernel": np.full((1, 1, 2, 2), -3.0)}
    adam = Adam(params, learning_rate=0.1, weight_decay=0.5)
    for _ in range(2):
        adam.step({key: np.zeros_like(w) for key, w in params.items()})
    np.testing.assert_allclose(params["w"], 3 * 0.95**2)
    np.testing.assert_allclose(params["kernel"], -3 * 0.95**2)
    np.testing.assert_array_equal(params["b"], 3)


def test_decay_is_decoupled_from_the_gradient() -> None:
    plain, decayed = np.full((1, 1), 2.0), np.full((1, 1), 2.0)
    Adam({"w": plain}, learning_rate=0.1).step({"w": np.ones((1, 1))})
    Adam({"w": decayed}, learning_rate=0.1, weight_decay=0.3).step({"w": np.ones((1, 1))})
    np.testing.assert_allclose(plain - decayed, 0.1 * 0.3 * 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_are_clipped_to_a_norm_over_all_weights(dtype: type) -> None:
    params = {"w": np.zeros((1, 1), dtype), "b": np.zeros(1, dtype)}
    adam = Adam(params, clip_norm=1.0)
    adam.step({"w": np.full((1, 1), 3, dtype), "b": np.full(1, -4, dtype)})  # of norm 5
    np.testing.assert_allclose(adam.m["w"], 0.1 * 3 / 5, rtol=1e-5)
    np.testing.assert_allclose(adam.m["b"], 0.1 * -4 / 5, rtol=1e-5)
    assert adam.m["w"].dtype == dtype


def test_small_gradients_are_not_clipped() -> None:
    grads = {"w": np.array([[0.3, 0.4]])}
    clipped, free = (Adam({"w": np.zeros((1, 2))}, clip_norm=norm) for norm in (0.5, None))
    clipped.step(grads)
    free.step(grads)
    np.testing.assert_array_equal(clipped.m["w"], free.m["w"])


def test_it_finds_the_bottom_of_a_bowl(rng: np.random.Generator) -> None:
    goal, w = rng.standard_normal((4, 5)), np.zeros((4, 5))
    adam = Adam({"w": w}, learning_rate=0.05)
    for _ in range(400):
        adam.step({"w": w - goal})
    np.testing.assert_allclose(w, goal, atol=1e-3)


@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": -1},
        {"beta1": 1.0},
        {"beta2": -0.1},
        {"epsilon": 0},
        {"weight_decay": -0.1},
        {"clip_norm": 0},
    ],
)
def test_impossible_settings_are_refused(options: dict) -> None:
    with pytest.raises(ValueError, match=r"Adam: (needs|clip_norm must be above 0)"):
        Adam({}, **options)


def test_parameters_that_are_not_contiguous_are_refused() -> None:
    with pytest.raises(ValueError, match=r"parameter w is not C-contiguous; use numpy\.ascontiguousarray"):
        Adam({"b": np.zeros(3), "w": np.zeros((3, 2)).T})
