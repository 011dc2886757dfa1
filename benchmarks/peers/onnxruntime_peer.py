"""The networks as ONNX graphs in ONNX Runtime, for inference only."""

from __future__ import annotations

import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from benchmarks.peers.peer import Weights
from emotion.networks import input_shape

_OPSET, _IR_VERSION = 17, 8  # supported by all recent versions of ONNX Runtime


def _convolution(name: str, x: str, padding: list[int], stride: int) -> NodeProto:
    return helper.make_node(
        "Conv", [x, f"{name}/w", f"{name}/b"], [f"{name}/conv"], pads=padding, strides=[stride, stride]
    )


def _original_block(name: str, x: str) -> list[NodeProto]:
    nodes, y = [], x
    for layer in ("0", "3"):
        part = f"{name}/body/{layer}"
        nodes += [
            _convolution(part, y, [0, 0, 1, 1], 1),
            helper.make_node("MaxPool", [f"{part}/conv"], [f"{part}/pool"], kernel_shape=[2, 2], strides=[2, 2]),
            helper.make_node("Elu", [f"{part}/pool"], [f"{part}/elu"]),
        ]
        y = f"{part}/elu"
    shortcut = f"{name}/shortcut/0"
    return [
        *nodes,
        _convolution(shortcut, x, [0, 0, 0, 0], 4),
        helper.make_node("Elu", [f"{shortcut}/conv"], [f"{shortcut}/elu"]),
        helper.make_node("Add", [y, f"{shortcut}/elu"], [f"{name}/sum"]),
    ]


def _original() -> list[NodeProto]:
    return [
        *_original_block("0", "x"),
        *_original_block("2", "0/sum"),
        helper.make_node("Flatten", ["2/sum"], ["flat"]),
        helper.make_node("Gemm", ["flat", "5/w", "5/b"], ["hidden"]),
        helper.make_node("Elu", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "8/w", "8/b"], ["logits"]),
    ]


def _normalised_convolution(name: str, x: str, padding: list[int], stride: int) -> list[NodeProto]:
    """A convolution and the batch normalisation in the layer after it; the output is ``name/norm``."""
    parent, _, index = name.rpartition("/")
    norm = f"{parent}/{int(index) + 1}".lstrip("/")
    parts = [f"{norm}/{part}" for part in ("gamma", "beta", "running_mean", "running_var")]
    return [
        helper.make_node("Conv", [x, f"{name}/w"], [f"{name}/conv"], pads=padding, strides=[stride, stride]),
        helper.make_node("BatchNormalization", [f"{name}/conv", *parts], [f"{name}/norm"], epsilon=1e-5),
    ]


def _resnet() -> list[NodeProto]:
    nodes = [
        *_normalised_convolution("0", "x", [0, 0, 1, 1], 2),
        helper.make_node("Elu", ["0/norm"], ["stem"]),
    ]
    x = "stem"
    for block in range(3, 10):
        first, second, shortcut = f"{block}/body/0", f"{block}/body/3", f"{block}/shortcut/0"
        halved = block in (5, 7, 9)
        nodes += [
            *_normalised_convolution(first, x, [0, 0, 1, 1] if halved else [1, 1, 1, 1], 2 if halved else 1),
            helper.make_node("Elu", [f"{first}/norm"], [f"{first}/elu"]),
            *_normalised_convolution(second, f"{first}/elu", [1, 1, 1, 1], 1),
        ]
        if halved:
            nodes += _normalised_convolution(shortcut, x, [0, 0, 0, 0], 2)
        nodes += [
            helper.make_node("Add", [f"{second}/norm", f"{shortcut}/norm" if halved else x], [f"{block}/sum"]),
            helper.make_node("Elu", [f"{block}/sum"], [f"{block}/elu"]),
        ]
        x = f"{block}/elu"
    return [
        *nodes,
        helper.make_node("GlobalAveragePool", [x], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "12/w", "12/b"], ["logits"]),
    ]


_NETWORKS = {"original": _original, "resnet": _resnet}


def _model(network: str, weights: Weights) -> ModelProto:
    graph = helper.make_graph(
        _NETWORKS[network](),
        "emotion",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *input_shape(network)])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 8])],
        [numpy_helper.from_array(w, name) for name, w in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)


class OnnxRuntimePeer:
    """ONNX Runtime on the CPU, with all graph optimisations."""

    trains = False

    def __init__(self, network: str, weights: Weights, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            _model(network, weights).SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def native(self, array: NDArray) -> NDArray:
        """Return the array itself."""
        return array

    def infer(self, x: NDArray) -> NDArray:
        """Return logits (N, 8)."""
        return self._session.run(None, {"x": x})[0]
