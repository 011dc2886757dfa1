"""Max-pooling: keeps the largest element of each window."""

from __future__ import annotations

from numpy.typing import NDArray

from npcnn.backend import operations
from npcnn.layers.layer import Layer, Shape
from npcnn.layers.shapes import Pair, pair, windows


class MaxPool2D(Layer):
    """``y[n,c,i,j] = max_{k,l} x[n,c,i*SH+k,j*SW+l]`` over a window of KH x KW pixels.

    x (N, C, H, W), y (N, C, OH, OW). Backward adds each dy to the dx of the pixel that was the maximum, the first in
    row-major order if several are equal. Pixels left over at the bottom and the right, too few for a window, are
    ignored and get a zero gradient. ``stride`` is the window unless given. Source: Ranzato et al., Unsupervised
    learning of invariant feature hierarchies, CVPR 2007.
    """

    def __init__(self, window: int | Pair = 2, stride: int | Pair | None = None) -> None:
        super().__init__()
        self.window = pair(window, "window")
        self.stride = self.window if stride is None else pair(stride, "stride")
        if self.window[0] * self.window[1] > 65536:
            raise ValueError(f"MaxPool2D: window must hold at most 65,536 pixels, got {self.window}")

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y (N, C, OH, OW) of x (N, C, H, W)."""
        self._check(x, ("N", "C", "H", "W"))
        self.output_shape(x.shape[1:])
        y, argmax = operations().maxpool2d_forward(x, self.window, self.stride)
        self._keep((argmax, x.shape[2:]))
        return y

    def backward(self, dy: NDArray) -> NDArray:
        """dx (N, C, H, W) of dy (N, C, OH, OW)."""
        argmax, input_size = self._recall()
        self._check(dy, argmax.shape)
        return operations().maxpool2d_backward(dy, argmax, input_size, self.window, self.stride)

    def output_shape(self, input_shape: Shape) -> Shape:
        """(C, OH, OW) of (C, H, W)."""
        if len(input_shape) != 3:
            raise ValueError(f"MaxPool2D expected an image of shape (C, H, W), got {input_shape}")
        channels, *size = input_shape
        return (channels, *windows(tuple(size), self.window, self.stride, "MaxPool2D"))
