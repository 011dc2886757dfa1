"""Compiled networks against the same networks layer by layer."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from npcnn import (
    ELU,
    AvgPool2D,
    BatchNorm2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    Layer,
    MaxPool2D,
    ReLU,
    Residual,
    Sequential,
    compile_network,
    predict,
    use_backend,
)
from npcnn.inference import engine

SHAPE = (2, 18, 16)


def exact_network(rng: np.random.Generator) -> Sequential:
    """Layers that compiled inference computes to the last bit: all but batch normalisation."""
    return Sequential(
        Residual(
            Sequential(Conv2D(2, 6, 3, rng=rng), MaxPool2D(2), ELU(0.5), Conv2D(6, 5, 2, rng=rng), ELU()),
            Sequential(Conv2D(2, 5, 2, stride=2, padding="valid", rng=rng)),
        ),
        Dropout(0.5, rng),
        Residual(Sequential(Conv2D(5, 5, 3, rng=rng), ReLU()), activation=ELU(0.7)),
        MaxPool2D(3, 1),
        Sequential(Conv2D(5, 7, 3, stride=2, bias=False, rng=rng), ReLU()),
        AvgPool2D(2, 1),
        ELU(),
        Flatten(),
        Dense(7 * 3 * 2, 70, rng),
        ELU(2.0),
        Dense(70, 3, rng),
    )


def resnet(rng: np.random.Generator) -> Sequential:
    """Residual blocks with batch normalisation, whose parameters and statistics are random."""
    network = Sequential(
        Conv2D(2, 8, 3, stride=2, bias=False, rng=rng),
        BatchNorm2D(8),
        MaxPool2D(2),
        ReLU(),
        Residual(Sequential(Conv2D(8, 8, 3, rng=rng), BatchNorm2D(8)), activation=ReLU()),
        Residual(
            Sequential(Conv2D(8, 19, 3, stride=2, rng=rng), BatchNorm2D(19), ELU(), Conv2D(19, 19, 3, rng=rng)),
            Sequential(AvgPool2D(2), Conv2D(8, 19, 1, rng=rng), BatchNorm2D(19)),
            ELU(),
        ),
        GlobalAvgPool2D(),
        Dense(19, 4, rng),
    )
    for layer in network.walk():
        if isinstance(layer, BatchNorm2D):
            for name, array in layer.state_dict().items():
                array[:] = rng.uniform(0.5, 2, array.shape) if name == "running_var" else rng.normal(size=array.shape)
    return network


def images(rng: np.random.Generator, count: int, dtype: type = np.float32) -> np.ndarray:
    return rng.standard_normal((count, *SHAPE)).astype(dtype)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 3, 70])
def test_it_gives_the_bits_of_the_layers(
    count: int, threads: int, set_threads: Callable, rng: np.random.Generator
) -> None:
    set_threads(threads)
    network, x = exact_network(rng), images(rng, count)
    compiled = compile_network(network, SHAPE)
    for _ in range(3):
        np.testing.assert_array_equal(compiled.predict(x), network.forward(x))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("threads", [2, 3])
def test_an_image_that_threads_share_gives_the_bits_of_one_in_a_batch(
    threads: int, dtype: type, set_threads: Callable, rng: np.random.Generator
) -> None:
    set_threads(threads)
    wide = Sequential(Conv2D(2, 48, 3, rng=rng), ELU(), Residual(Conv2D(48, 48, 3, rng=rng), activation=ELU()))
    network = Sequential(wide, MaxPool2D(2), Conv2D(48, 70, 3, rng=rng), AvgPool2D(2)).astype(dtype)
    compiled, x = compile_network(network, SHAPE), images(rng, 4, dtype)
    expected = compiled.predict(x)
    for _ in range(20):
        for n in range(4):
            np.testing.assert_array_equal(compiled.predict(x[n : n + 1])[0], expected[n])


def test_batch_normalisation_is_folded_into_the_convolutions(rng: np.random.Generator) -> None:
    network, x = resnet(rng), images(rng, 5)
    np.testing.assert_allclose(predict(network, x), network.forward(x), rtol=1e-4, atol=1e-5)
    with use_backend("reference"):
        expected = predict(network.astype(np.float64), x.astype(np.float64))
    np.testing.assert_allclose(predict(network, x.astype(np.float64)), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "layers",
    [
        lambda rng: (Residual(Sequential(Dropout(0.5)), Conv2D(2, 2, 3, rng=rng)),),
        lambda rng: (Residual(Sequential(), None, ELU()),),
        lambda rng: (Residual(Conv2D(2, 2, 3, rng=rng), Residual(Conv2D(2, 2, 2, rng=rng))),),
        lambda rng: (Residual(Residual(Conv2D(2, 2, 3, rng=rng)), Conv2D(2, 2, 2, rng=rng)),),
        lambda rng: (
            Residual(Conv2D(2, 2, 3, rng=rng), Sequential(Conv2D(2, 2, 3, rng=rng), ELU()), ReLU()),
            Conv2D(2, 40, 5, rng=rng),
        ),
        lambda rng: (Residual(Residual(Residual(Conv2D(2, 2, 3, rng=rng), None, ELU()))), ReLU()),
        lambda rng: (ELU(), BatchNorm2D(2), Conv2D(2, 3, 3, rng=rng)),
        lambda rng: (Conv2D(2, 3, 3, rng=rng), ELU(), MaxPool2D(2, 1), MaxPool2D(2), AvgPool2D(3, 2)),
        lambda rng: (Flatten(), Dense(2 * 18 * 16, 3, rng)),
        lambda rng: (Dropout(0.5),),
    ],
)
def test_any_order_of_layers_gives_their_output(layers: Callable, rng: np.random.Generator) -> None:
    network, x = Sequential(*layers(rng)), images(rng, 3)
    np.testing.assert_allclose(predict(network, x), network.forward(x), rtol=1e-5, atol=1e-6)


class Doubled(Layer):
    """A layer that compiled inference does not know."""

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        return 2 * x


def test_unknown_layers_and_all_behind_them_run_eagerly(rng: np.random.Generator) -> None:
    network, x = Sequential(Conv2D(2, 3, 3, rng=rng), Doubled(), Conv2D(3, 3, 3, rng=rng)), images(rng, 3)
    np.testing.assert_array_equal(predict(network, x), network.forward(x))
    inside = Sequential(ELU(), Residual(Sequential(Conv2D(2, 2, 3, rng=rng), Doubled())))
    np.testing.assert_array_equal(predict(inside, x), inside.forward(x))


def test_a_prediction_sees_what_has_changed_in_the_network(rng: np.random.Generator) -> None:
    network, x = exact_network(rng), images(rng, 2)

    def check() -> None:
        np.testing.assert_array_equal(predict(network, x), network.forward(x))

    check()
    network.params["0/body/0/w"][:] += 1
    check()
    network[0].body[2].alpha = 0.9
    check()
    network[4][0].padding = (0, 2, 1, 1)
    check()
    network[4].forward = lambda x, training=False: -Sequential.forward(network[4], x)
    check()


def test_a_compiled_network_is_a_copy(rng: np.random.Generator) -> None:
    network, x = exact_network(rng), images(rng, 2)
    compiled, before = compile_network(network, SHAPE), network.forward(x)
    for array in network.state_dict().values():
        array[:] = 7
    np.testing.assert_array_equal(compiled.predict(x), before)
    alive = weakref.ref(network)
    del network
    gc.collect()
    assert alive() is None


def test_batches_of_any_size_give_the_same(rng: np.random.Generator) -> None:
    network, x = resnet(rng), images(rng, 10)
    compiled = compile_network(network, SHAPE)
    expected = compiled.predict(x)
    for batch_size in (1, 3, 10, 11):
        np.testing.assert_allclose(compiled.predict(x, batch_size), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(compiled.predict(np.asfortranarray(x)), expected)


def test_several_threads_may_predict_at_once(rng: np.random.Generator) -> None:
    network = resnet(rng)
    compiled, batches = compile_network(network, SHAPE), [images(rng, count) for count in (1, 2, 5, 9)]
    expected = [compiled.predict(x) for x in batches]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(compiled.predict, batches * 25))
    for result, wanted in zip(results, expected * 25, strict=True):
        np.testing.assert_array_equal(result, wanted)


def test_threads_without_memory_of_their_own_do_not_take_part(
    rng: np.random.Generator, set_threads: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled, x = compile_network(resnet(rng), SHAPE), images(rng, 2000)  # enough for workers to begin
    expected = compiled.predict(x)
    memory = np.zeros((3, 100_000), np.float32)
    monkeypatch.setattr(engine, "thread_count", lambda: 1)  # as if threads were added just then
    monkeypatch.setattr(engine, "empty", lambda shape, dtype: memory[:1] if len(shape) == 2 else np.empty(shape, dtype))
    set_threads(3)
    np.testing.assert_array_equal(compiled.predict(x), expected)
    assert memory[0].any()
    assert not memory[1:].any()


def test_images_that_do_not_fit_are_refused(rng: np.random.Generator) -> None:
    network = exact_network(rng)
    with pytest.raises(ValueError, match="Conv2D expected an image"):
        predict(network, rng.standard_normal((2, 3, 16, 16), np.float32))
    with pytest.raises(ValueError, match=r"expected float32 images of shape \(N, 2, 18, 16\), got float64"):
        predict(network, images(rng, 2, np.float64))
    with pytest.raises(ValueError, match="Dense"):
        predict(Sequential(Conv2D(2, 3, 2, rng=rng), ELU(), Dense(192, 3, rng)), images(rng, 2))
    with pytest.raises(ValueError, match="the body gives"):
        compile_network(Residual(Conv2D(2, 3, 2, rng=rng)), SHAPE)


def test_no_images_give_no_output(rng: np.random.Generator) -> None:
    network = exact_network(rng)
    assert predict(network, images(rng, 0)).shape == (0, 3)
    assert compile_network(network, SHAPE).predict(images(rng, 0)).shape == (0, 3)
