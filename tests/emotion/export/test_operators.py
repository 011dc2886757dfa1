"""Each layer's ONNX operator computes what the layer computes."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.errors import InputError
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
    predict,
    use_backend,
)

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

CASES = {
    "same padding of an even kernel": Conv2D(3, 4, 2, rng=0),
    "same padding with a stride": Conv2D(3, 4, 3, stride=2, rng=0),
    "kernel and stride of two numbers": Conv2D(3, 4, (4, 3), stride=(3, 2), rng=0),
    "four paddings": Conv2D(3, 4, 3, padding=(0, 1, 2, 3), rng=0),
    "no padding": Conv2D(3, 4, 5, padding="valid", rng=0),
    "no bias": Conv2D(3, 4, 3, rng=0, bias=False),
    "batch normalisation": BatchNorm2D(3, epsilon=1e-2),
    "max-pooling that drops pixels": MaxPool2D(3),
    "overlapping max-pooling": MaxPool2D((3, 2), stride=(2, 1)),
    "average pooling that drops pixels": AvgPool2D((2, 4)),
    "overlapping average pooling": AvgPool2D(3, stride=2),
    "global average": GlobalAvgPool2D(),
    "ELU": ELU(0.7),
    "ReLU": ReLU(),
    "dropout": Sequential(ReLU(), Dropout(0.5, 0)),
    "dense": Sequential(Flatten(), Dense(3 * 10 * 11, 7, 0)),
    "identity shortcut": Residual(Conv2D(3, 3, 3, rng=0)),
    "shortcut and activation": Residual(
        Sequential(Conv2D(3, 6, 3, stride=2, rng=0), BatchNorm2D(6)), Conv2D(3, 6, 1, stride=2, rng=1), ELU(0.5)
    ),
    "residual in residual": Residual(Sequential(Residual(ReLU(), activation=ELU()), ReLU())),
}


def run(network: Layer, x: np.ndarray) -> np.ndarray:
    """The output of a network in ONNX Runtime."""
    from emotion.export.operators import Operators

    operators = Operators()
    output = operators.layer(network, "x", "layer", x.shape[1:])
    float32 = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        operators.nodes,
        "test",
        [onnx.helper.make_tensor_value_info("x", float32, ["N", *x.shape[1:]])],
        [onnx.helper.make_tensor_value_info(output, float32, ["N", *network.output_shape(x.shape[1:])])],
        operators.constants,
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def randomize(network: Layer, rng: np.random.Generator) -> None:
    """Give all parameters and buffers values that are neither 0 nor 1; variances are positive."""
    for array in network.state_dict().values():
        array[...] += rng.uniform(0.1, 0.5, array.shape)


@pytest.mark.parametrize("network", CASES.values(), ids=CASES)
def test_operator_computes_what_the_layer_computes(network: Layer) -> None:
    rng = np.random.default_rng(0)
    randomize(network, rng)
    x = rng.standard_normal((2, 3, 10, 11), np.float32)
    with use_backend("reference"):
        expected = predict(network, x)
    np.testing.assert_allclose(run(network, x), expected, rtol=1e-5, atol=1e-5)


def test_other_layers_are_refused() -> None:
    from emotion.export.operators import Operators

    class Squared(ReLU):
        pass

    with pytest.raises(InputError, match="layer 0/1: Squared has no ONNX operator"):
        Operators().layer(Sequential(Sequential(ReLU(), Squared())), "x", "", (3, 4, 4))
