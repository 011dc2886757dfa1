"""What each kind of layer does, in a name and a sentence or two, with the figures of this face."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from emotion.inspection.tracing import Step
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
)


def by(sizes: tuple[int, ...]) -> str:
    """Write sizes as in 64x4x4."""
    return "x".join(map(str, sizes))


def short_name(layer: Layer) -> str:
    """Name a layer in a few letters, as in "conv 3x3"."""
    names = {
        BatchNorm2D: "batch norm",
        Dense: "dense",
        Dropout: "dropout",
        Flatten: "flatten",
        GlobalAvgPool2D: "global average",
    }
    if isinstance(layer, Conv2D):
        return f"conv {by(layer.kernel_size)}"
    if isinstance(layer, MaxPool2D | AvgPool2D):
        return f"{'max' if isinstance(layer, MaxPool2D) else 'average'}-pool {by(layer.window)}"
    return names.get(type(layer), type(layer).__name__)


def long_name(layer: Layer) -> str:
    """Name a kind of layer, as in "Convolution"."""
    return _KINDS[type(layer)][0] if type(layer) in _KINDS else type(layer).__name__


def sentence(step: Step) -> str:
    """Say what a layer does; "" for a layer that is not one of npcnn's own."""
    return _KINDS[type(step.layer)][1](step) if type(step.layer) in _KINDS else ""


def _conv2d(step: Step) -> str:
    layer: Conv2D = step.layer
    channels = "the one channel" if layer.in_channels == 1 else f"all {layer.in_channels} channels"
    pixels = layer.stride[0]
    pace = f", {pixels} pixels at a time" if layer.stride == (pixels, pixels) and pixels > 1 else ""
    return (
        f"{layer.out_channels} filters of {by(layer.kernel_size)} pixels slide over {channels}{pace}. Each gives one "
        "output channel: large where the image looks like the filter, negative where it looks like the opposite."
    )


def _batchnorm2d(step: Step) -> str:
    before, after = (_spread(array) for array in (step.inputs[0], step.output))
    return (
        "Each channel is shifted and scaled so that it had mean 0 and standard deviation 1 in training, and then by "
        f"two learned numbers. The standard deviations of the channels are {before} before, and {after} after it."
    )


def _spread(x: NDArray) -> str:
    """The range of the standard deviations of the channels."""
    deviations = x.std(axis=(0, 2, 3))
    return f"{deviations.min():.2g} to {deviations.max():.2g}"


def _elu(step: Step) -> str:
    alpha = step.layer.alpha
    return (
        f"Positive values stay; negative ones are bent towards -{alpha:g} and never get below it. Without such a bend, "
        f"many layers could do no more than one. Here, {_negative(step)} of the values were negative."
    )


def _relu(step: Step) -> str:
    return f"Positive values stay; negative ones become 0. Here, {_negative(step)} of the values were negative."


def _negative(step: Step) -> str:
    return f"{np.mean(step.inputs[0] < 0):.0%}"


def _maxpool2d(step: Step) -> str:
    return (
        f"Of each window of {by(step.layer.window)} values, only the largest remains: {step.output.size:,} of "
        f"{step.inputs[0].size:,} values. It no longer matters where exactly in the window it was."
    )


def _avgpool2d(step: Step) -> str:
    return f"Each window of {by(step.layer.window)} values becomes one value, its mean."


def _global_avgpool2d(step: Step) -> str:
    channels, *size = step.inputs[0].shape[1:]
    return (
        f"Each of the {channels} channels of {by(tuple(size))} values becomes one number, its mean. How much was found "
        "remains; where in the face it was found does not."
    )


def _dropout(step: Step) -> str:
    rate = step.layer.rate
    return (
        f"In training, {rate:.0%} of the values become 0, others each time, and the remaining ones are divided by "
        f"{1 - rate:g}, so that the next layer learns not to rely on any single one. In an answer, as here, all values "
        "pass unchanged."
    )


def _flatten(step: Step) -> str:
    shape = by(step.inputs[0].shape[1:])
    return f"The {shape} values are written as one row of {step.output.size:,}. Nothing is computed."


def _dense(step: Step) -> str:
    layer: Dense = step.layer
    return (
        f"Each of the {layer.outputs:,} outputs is a weighted sum of all {layer.inputs:,} inputs, plus a number of its "
        f"own: {layer.inputs:,} x {layer.outputs:,} weights and {layer.outputs:,} biases."
    )


def _residual(step: Step) -> str:
    body, shortcut = (math.sqrt(np.mean(np.square(branch))) for branch in step.inputs)
    if step.layer.shortcut is None:
        return (
            "The input of the block itself is added to what its body gives, so the body only has to learn a change "
            f"(root mean square: change {body:.2g}, input {shortcut:.2g})."
        )
    return (
        "The results of the body and of the shortcut are added. Through the shortcut, gradients reach the layers "
        f"before the block more directly (root mean square: body {body:.2g}, shortcut {shortcut:.2g})."
    )


_KINDS: dict[type[Layer], tuple[str, Callable[[Step], str]]] = {
    AvgPool2D: ("Average pooling", _avgpool2d),
    BatchNorm2D: ("Batch normalisation", _batchnorm2d),
    Conv2D: ("Convolution", _conv2d),
    Dense: ("Dense layer", _dense),
    Dropout: ("Dropout", _dropout),
    ELU: ("ELU", _elu),
    Flatten: ("Flatten", _flatten),
    GlobalAvgPool2D: ("Global average", _global_avgpool2d),
    MaxPool2D: ("Max-pooling", _maxpool2d),
    ReLU: ("ReLU", _relu),
    Residual: ("Sum of the branches", _residual),
}
