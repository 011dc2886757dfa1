"""ONNX operators for the layers of npcnn, a function a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

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
)
from npcnn.layers.layer import Shape


class Operators:
    """The nodes and constants of an ONNX graph, in order.

    A node is named after its output, and a constant as the array is named in weight files, such as "0/body/0/w".
    """

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, name: str, array: NDArray) -> str:
        """Add a constant and return its name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node with one output and return the name of the output."""
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def layer(self, layer: Layer, x: str, name: str, shape: Shape) -> str:
        """Add what a layer does in inference and return the name of its output; dropout adds nothing.

        x: the name of its input, which has the shape ``shape`` without N.
        name: the name of the layer, "" for a whole network; its output is named like it.
        Raises InputError for a layer that is not one of npcnn's own.
        """
        add = _LAYERS.get(type(layer))
        if add is None or not layer.is_unmodified(type(layer)):
            raise InputError(f"layer {name or 'network'}: {type(layer).__name__} has no ONNX operator here")
        return add(self, layer, x, name, shape)


def _conv2d(operators: Operators, layer: Conv2D, x: str, name: str, shape: Shape) -> str:
    weights = [operators.constant(f"{name}/{key}", layer.params[key]) for key in ("w", "b") if key in layer.params]
    top, bottom, left, right = layer.padding_of(shape[1:])
    return operators.node("Conv", [x, *weights], name, strides=layer.stride, pads=[top, left, bottom, right])


def _batchnorm2d(operators: Operators, layer: BatchNorm2D, x: str, name: str, shape: Shape) -> str:
    arrays = [operators.constant(f"{name}/{key}", array) for key, array in layer.state_dict().items()]
    return operators.node("BatchNormalization", [x, *arrays], name, epsilon=layer.epsilon)


def _maxpool2d(operators: Operators, layer: MaxPool2D, x: str, name: str, shape: Shape) -> str:
    return operators.node("MaxPool", [x], name, kernel_shape=layer.window, strides=layer.stride)


def _avgpool2d(operators: Operators, layer: AvgPool2D, x: str, name: str, shape: Shape) -> str:
    return operators.node("AveragePool", [x], name, kernel_shape=layer.window, strides=layer.stride)


def _global_avgpool2d(operators: Operators, layer: GlobalAvgPool2D, x: str, name: str, shape: Shape) -> str:
    pooled = operators.node("GlobalAveragePool", [x], f"{name}/pooled")  # (N, C, 1, 1)
    return operators.node("Flatten", [pooled], name)


def _elu(operators: Operators, layer: ELU, x: str, name: str, shape: Shape) -> str:
    return operators.node("Elu", [x], name, alpha=float(layer.alpha))


def _relu(operators: Operators, layer: ReLU, x: str, name: str, shape: Shape) -> str:
    return operators.node("Relu", [x], name)


def _dropout(operators: Operators, layer: Dropout, x: str, name: str, shape: Shape) -> str:
    return x


def _flatten(operators: Operators, layer: Flatten, x: str, name: str, shape: Shape) -> str:
    return operators.node("Flatten", [x], name)


def _dense(operators: Operators, layer: Dense, x: str, name: str, shape: Shape) -> str:
    weights = [operators.constant(f"{name}/{key}", layer.params[key]) for key in ("w", "b")]
    return operators.node("Gemm", [x, *weights], name)


def _sequential(operators: Operators, layer: Sequential, x: str, name: str, shape: Shape) -> str:
    for key, child in layer.children().items():
        x = operators.layer(child, x, f"{name}/{key}".lstrip("/"), shape)
        shape = child.output_shape(shape)
    return x


def _residual(operators: Operators, layer: Residual, x: str, name: str, shape: Shape) -> str:
    body = operators.layer(layer.body, x, f"{name}/body", shape)
    shortcut = x if layer.shortcut is None else operators.layer(layer.shortcut, x, f"{name}/shortcut", shape)
    total = operators.node("Add", [body, shortcut], f"{name}/sum")
    if layer.activation is None:
        return total
    return operators.layer(layer.activation, total, f"{name}/activation", layer.body.output_shape(shape))


_LAYERS: dict[type[Layer], Callable[[Operators, Layer, str, str, Shape], str]] = {
    AvgPool2D: _avgpool2d,
    BatchNorm2D: _batchnorm2d,
    Conv2D: _conv2d,
    Dense: _dense,
    Dropout: _dropout,
    ELU: _elu,
    Flatten: _flatten,
    GlobalAvgPool2D: _global_avgpool2d,
    MaxPool2D: _maxpool2d,
    ReLU: _relu,
    Residual: _residual,
    Sequential: _sequential,
}
