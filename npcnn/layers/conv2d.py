"""Convolution: small filters that slide over the image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import operations
from npcnn.layers.initializers import Initializer, glorot_uniform, initial_weights
from npcnn.layers.layer import Layer, Shape
from npcnn.layers.rng import Seed
from npcnn.layers.shapes import Padding, PaddingRule, Pair, padding_pixels, pair, windows


class Conv2D(Layer):
    """``y[n,o,i,j] = b[o] + sum_{c,k,l} w[o,c,k,l] padded(x)[n,c,i*SH+k,j*SW+l]``.

    x (N, C, H, W), w (OC, C, KH, KW), b (OC,), y (N, OC, OH, OW). Backward, with sums over all indices not on the left:
    ``dw[o,c,k,l] = sum dy[n,o,i,j] padded(x)[n,c,i*SH+k,j*SW+l]``, ``db[o] = sum dy[n,o,i,j]``, and
    ``dx[n,c,h,w]`` sums ``dy[n,o,i,j] w[o,c,k,l]`` over the outputs and taps with ``i*SH+k-top = h`` and
    ``j*SW+l-left = w``.

    padding: "same" as TensorFlow pads (OH = ceil(H / SH), an odd pixel goes to the bottom and the right), "valid"
    (none), one number, (vertical, horizontal), or (top, bottom, left, right). With ``bias=False``, b is 0 and is not a
    parameter. Source: LeCun et al., Gradient-based learning applied to document recognition, Proc. IEEE 86 (1998).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: PaddingRule = "same",
        rng: Seed = None,
        initializer: Initializer = glorot_uniform,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if in_channels < 1 or out_channels < 1:
            raise ValueError(f"Conv2D: channels must be at least 1, got {in_channels} and {out_channels}")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride = pair(kernel_size, "kernel_size"), pair(stride, "stride")
        self.padding, self.bias = padding, bias
        padding_pixels(
            padding, self.kernel_size, self.kernel_size, self.stride
        )  # an unknown rule fails here, not later
        shape = (out_channels, in_channels, *self.kernel_size)
        self.params = {"w": initial_weights(initializer, shape, rng)}
        if bias:
            self.params["b"] = np.zeros(out_channels, np.float32)

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y (N, OC, OH, OW) of x (N, C, H, W)."""
        self.check(x)
        self.output_shape(x.shape[1:])
        self._keep(x)
        padding = self.padding_of(x.shape[2:])
        return operations().conv2d_forward(x, self.params["w"], self.bias_or_zeros(), self.stride, padding)

    def backward(self, dy: NDArray) -> NDArray | None:
        """dx (N, C, H, W) of dy (N, OC, OH, OW)."""
        x, w = self._recall(), self.params["w"]
        self._check(dy, (len(x), *self.output_shape(x.shape[1:])), w.dtype)
        padding = self.padding_of(x.shape[2:])
        self.set_grads(*operations().conv2d_backward_weights(dy, x, self.kernel_size, self.stride, padding))
        if not self.needs_input_gradient:
            return None
        return operations().conv2d_backward_input(dy, w, x.shape[2:], self.stride, padding)

    def output_shape(self, input_shape: Shape) -> Shape:
        """(OC, OH, OW) of (C, H, W)."""
        if len(input_shape) != 3 or input_shape[0] != self.in_channels:
            raise ValueError(f"Conv2D expected an image of shape ({self.in_channels}, H, W), got {input_shape}")
        size = input_shape[1:]
        return (self.out_channels, *windows(size, self.kernel_size, self.stride, "Conv2D", self.padding_of(size)))

    def check(self, x: NDArray) -> None:
        """Raise ValueError unless x is a batch of images (N, C, H, W) of the right channels and dtype."""
        self._check(x, ("N", self.in_channels, "H", "W"), self.params["w"].dtype)

    def padding_of(self, size: Pair) -> Padding:
        """The pixels that the padding rule adds to images of this size (H, W): top, bottom, left, right."""
        return padding_pixels(self.padding, size, self.kernel_size, self.stride)

    def bias_or_zeros(self) -> NDArray:
        """b (OC,), zeros if the layer has none."""
        return self.params["b"] if self.bias else np.zeros(self.out_channels, self.params["w"].dtype)

    def set_grads(self, dw: NDArray, db: NDArray) -> None:
        """Assign the gradients; db is dropped if the layer has no bias."""
        self.grads = {"w": dw, "b": db} if self.bias else {"w": dw}
