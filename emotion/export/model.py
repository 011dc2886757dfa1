"""A recogniser as an ONNX model: standardised faces in, the probabilities of `EmotionRecognizer.classify` out."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper

from emotion.cropping import MARGIN
from emotion.export.operators import Operators
from emotion.metadata import Metadata
from emotion.recognizer import EmotionRecognizer

OPSET, IR_VERSION = 17, 8  # supported by all recent versions of ONNX Runtime

FACES, PROBABILITIES = "faces", "probabilities"
"""Names of the model's input, (N, 1, S, S) float32, and of its output, (N, 8) float32."""


def to_onnx(recognizer: EmotionRecognizer) -> ModelProto:
    """Return a model of the network with the average over face and mirror image and the calibration, for any N.

    The model's metadata has the labels, the size S of the input, its preprocessing and the training command. Raises
    InputError if the network has a layer without an ONNX operator.
    """
    metadata = recognizer.metadata
    size = metadata.input_size
    operators = Operators()
    columns = operators.constant("columns from right to left", np.arange(size)[::-1].astype(np.int64))
    mirrored = operators.node("Gather", [FACES, columns], "mirrored", axis=3)
    both = operators.node("Concat", [FACES, mirrored], "both", axis=0)
    logits = operators.layer(recognizer.network, both, "", (1, size, size))
    operators.nodes.append(helper.make_node("Split", [logits], ["logits", "mirrored logits"], name="split", axis=0))
    operators.node("Mean", ["logits", "mirrored logits"], "mean logits")
    prior = operators.constant("prior", metadata.log_prior().astype(np.float32))
    corrected = operators.node("Sub", ["mean logits", prior], "corrected")
    temperature = operators.constant("temperature", np.float32(metadata.temperature))
    scaled = operators.node("Div", [corrected, temperature], "scaled")
    operators.node("Softmax", [scaled], PROBABILITIES, axis=1)

    graph = helper.make_graph(
        operators.nodes,
        metadata.network,
        [helper.make_tensor_value_info(FACES, TensorProto.FLOAT, ["N", 1, size, size])],
        [helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, ["N", len(metadata.labels)])],
        operators.constants,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="npcnn-emotion"
    )
    helper.set_model_props(model, _properties(metadata))
    onnx.checker.check_model(model, full_check=True)
    return model


def _properties(metadata: Metadata) -> dict[str, str]:
    size = metadata.input_size
    return {
        "labels": ",".join(metadata.labels),
        "network": metadata.network,
        "input_size": str(size),
        "preprocessing": "crop the square face box of OpenCV's cascade haarcascade_frontalface_alt2 with a margin of "
        f"{MARGIN:.0%} on each side; gray = 0.299 R + 0.587 G + 0.114 B, 0 to 255; resize to {size} x {size} pixels, "
        "by area averaging if it shrinks and bicubically if it grows; subtract the mean of the pixels, and divide by "
        "their standard deviation, or by 1 if that is smaller",
        "min_confidence": str(metadata.min_confidence),
        "training_command": metadata.command,
    }
