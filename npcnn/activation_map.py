"""Class activation maps: which positions of an image support a class, by one backward pass."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import no_grad
from npcnn.layers.containers import Sequential


def class_activation_map(
    network: Sequential, x: NDArray, classes: NDArray[np.integer], layer: int, average_gradients: bool = False
) -> NDArray:
    """What each position in the output of a layer contributes to the logit of a class: m (N, H, W), with its sign.

    ``m[n,h,w] = sum_c a[n,c,h,w] g[n,c,h,w]``, where a (N, C, H, W) is the output of ``network[layer]`` for the images
    x, and g the gradient of the logit of class ``classes[n]`` with respect to a[n]. If all later layers are linear, m
    sums up to the logit without biases (HiResCAM: Draelos and Carin, arXiv:2011.08891).

    average_gradients: replace ``g[n,c,h,w]`` by its mean over h and w, as the original method does (Grad-CAM: Selvaraju
    et al., arXiv:1610.02391). It is the same if a global average and a dense layer follow. Otherwise it may show
    positions that the network does not look at.

    A copy of the network runs, so other threads may use the network meanwhile. Raises ValueError if there is no such
    layer, or its output is not an image.
    """
    if not 0 <= layer < len(network) - 1:
        raise ValueError(f"layer must be between 0 and {len(network) - 2}, got {layer}")
    copy = deepcopy(network)
    for part in copy.walk():
        part.needs_input_gradient = True  # a trained network may skip some
    with no_grad():
        a = copy[: layer + 1].forward(x)
    if a.ndim != 4:
        raise ValueError(f"the output of layer {layer} has shape {a.shape}, which is not (N, C, H, W)")
    rest = copy[layer + 1 :]
    logits = rest.forward(a)
    dlogits = np.zeros_like(logits)
    dlogits[np.arange(len(x)), classes] = 1
    g = rest.backward(dlogits)
    if average_gradients:
        g = g.mean(axis=(2, 3), keepdims=True)
    return (a * g).sum(axis=1)
