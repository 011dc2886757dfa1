"""The network as an ONNX graph in ONNX Runtime, for inference only."""

from __future__ import annotations

import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from benchmarks.peers.peer import Weights

_OPSET, _IR_VERSION = 17, 8  # supported by all recent versions of ONNX Runtime


def _convolution(name: str, x: str, padding: list[int], stride: int) -> NodeProto:
    return helper.make_node(
        "Conv", [x, f"{name}/w", f"{name}/b"], [f"{name}/conv"], pads=padding, strides=[stride, stride]
    )


def _block(name: str, x: str) -> list[NodeProto]:
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


def _model(weights: Weights) -> ModelProto:
    nodes = [
        *_block("0", "x"),
        *_block("2", "0/sum"),
        helper.make_node("Flatten", ["2/sum"], ["flat"]),
        helper.make_node("Gemm", ["flat", "5/w", "5/b"], ["hidden"]),
        helper.make_node("Elu", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "8/w", "8/b"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "emotion",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 1, 64, 64])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 8])],
        [numpy_helper.from_array(w, name) for name, w in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)


class OnnxRuntimePeer:
    """ONNX Runtime on the CPU, with all graph optimisations."""

    trains = False

    def __init__(self, weights: Weights, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            _model(weights).SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def native(self, array: NDArray) -> NDArray:
        """Return the array itself."""
        return array

    def infer(self, x: NDArray) -> NDArray:
        """Return logits (N, 8)."""
        return self._session.run(None, {"x": x})[0]
