"""Average pooling: the mean of each window, or of each whole channel."""

from __future__ import annotations

from numpy.typing import NDArray

from npcnn.backend import operations
from npcnn.layers.layer import Layer, Shape
from npcnn.layers.shapes import Pair, pair, windows


class AvgPool2D(Layer):
    """``y[n,c,i,j] = sum_{k,l} x[n,c,i*SH+k,j*SW+l] / (KH KW)`` over a window of KH x KW pixels.

    x (N, C, H, W), y (N, C, OH, OW). ``dx`` gives each pixel ``dy / (KH KW)`` of every window that it belongs to.
    Pixels at the bottom and right that do not fill a window are dropped. Source: LeCun et al., Handwritten digit
    recognition with a back-propagation network, NIPS 1989.
    """

    def __init__(self, window: int | Pair = 2, stride: int | Pair | None = None) -> None:
        super().__init__()
        self.window = pair(window, "window")
        self.stride = self.window if stride is None else pair(stride, "stride")

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y (N, C, OH, OW) of x (N, C, H, W)."""
        self._check(x, ("N", "C", "H", "W"))
        self.output_shape(x.shape[1:])
        self._keep(x.shape)
        return operations().avgpool2d_forward(x, self.window, self.stride)

    def backward(self, dy: NDArray) -> NDArray:
        """dx (N, C, H, W) of dy (N, C, OH, OW)."""
        shape = self._recall()
        self._check(dy, (shape[0], *self.output_shape(shape[1:])))
        return operations().avgpool2d_backward(dy, shape[2:], self.window, self.stride)

    def output_shape(self, input_shape: Shape) -> Shape:
        """(C, OH, OW) of (C, H, W)."""
        if len(input_shape) != 3:
            raise ValueError(f"AvgPool2D expected an image of shape (C, H, W), got {input_shape}")
        channels, *size = input_shape
        return (channels, *windows(tuple(size), self.window, self.stride, "AvgPool2D"))


class GlobalAvgPool2D(Layer):
    """``y[n,c] = sum_{h,w} x[n,c,h,w] / (H W)``; ``dx[n,c,h,w] = dy[n,c] / (H W)``.

    x (N, C, H, W), y (N, C). Source: Lin et al., Network in network, arXiv:1312.4400.
    """

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y (N, C) of x (N, C, H, W)."""
        self._check(x, ("N", "C", "H", "W"))
        self._keep(x.shape)
        return operations().global_avgpool2d_forward(x)

    def backward(self, dy: NDArray) -> NDArray:
        """dx (N, C, H, W) of dy (N, C)."""
        shape = self._recall()
        self._check(dy, shape[:2])
        return operations().global_avgpool2d_backward(dy, shape[2:])

    def output_shape(self, input_shape: Shape) -> Shape:
        """(C,) of (C, H, W)."""
        if len(input_shape) != 3:
            raise ValueError(f"GlobalAvgPool2D expected an image of shape (C, H, W), got {input_shape}")
        return input_shape[:1]
