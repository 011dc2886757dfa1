"""A transparent image with drawing operations in face units and soft edges."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.synthetic.geometry import Points

_SHIFT = 4  # fractional bits of OpenCV's coordinates: 1/16 of a pixel
Window = tuple[slice, slice]
Factor = NDArray | float


@cache
def _triangle(reach: int) -> NDArray[np.float32]:
    """Return a triangular kernel of 2 reach + 1 elements; unlike `cv2.stackBlur`, it gives every thread the same."""
    kernel = np.float32(reach + 1) - np.abs(np.arange(-reach, reach + 1, dtype=np.float32))
    return kernel / kernel.sum()


class Raster:
    """An image (4, H, W) float32 with premultiplied blue, green and red channels and an alpha channel, 0 to 255.

    extent: left, top, right and bottom, in face units.
    scale: pixels per face unit.
    With premultiplied colours, compositing is one linear interpolation of all four channels (Porter & Duff, Compositing
    Digital Images, 1984).
    """

    def __init__(self, extent: tuple[float, float, float, float], scale: float) -> None:
        left, top, right, bottom = extent
        self.scale = scale
        self.origin = np.array([left, top])
        self.x = left + (np.arange(round((right - left) * scale), dtype=np.float32) + 0.5) / scale
        self.y = top + (np.arange(round((bottom - top) * scale), dtype=np.float32) + 0.5) / scale
        self.pixels = np.zeros((4, len(self.y), len(self.x)), np.float32)

    def fill(
        self, shape: Points, colour: NDArray, opacity: float = 1.0, blur: float = 0.0, within: Points | None = None
    ) -> None:
        """Fill a polygon (n, 2) with a BGR colour.

        blur: standard deviation of the blur of its edge, in face units.
        within: polygon that clips the result.
        """
        self._paint(*self.mask(shape, blur, within), colour, opacity)

    def tint(self, shape: Points, factor: Factor, blur: float = 0.0, within: Points | None = None) -> None:
        """Multiply the colours inside a polygon by a factor: a scalar, or one for each of B, G and R."""
        self.multiply(*self.mask(shape, blur, within), factor)

    def stroke(
        self, lines: list[Points], width: float, colour: NDArray, opacity: float = 1.0, blur: float = 0.0
    ) -> None:
        """Paint open lines with the given width."""
        self._paint(*self._line_mask(lines, width, blur, None), colour, opacity)

    def crease(
        self, lines: list[Points], width: float, factor: Factor, blur: float = 0.0, within: Points | None = None
    ) -> None:
        """Multiply the colours along open lines by a factor, like ``tint``."""
        self.multiply(*self._line_mask(lines, width, blur, within), factor)

    def multiply(self, window: Window, mask: NDArray, factor: Factor) -> None:
        """Multiply the colours in a window by a factor, to the degree given by ``mask`` (h, w), 0 to 1.

        factor: a scalar, one factor for each of B, G and R, (3,), or also for each pixel, (3, h, w).
        """
        factor = np.asarray(factor, np.float32)
        gain = (factor - 1).reshape(factor.shape + (1,) * (3 - factor.ndim))
        self.pixels[:3, *window] *= 1 + mask * gain

    def mask(self, shape: Points, blur: float = 0.0, within: Points | None = None) -> tuple[Window, NDArray]:
        """Return the bounding window (rows, columns) of a polygon and its coverage (h, w) there, 0 to 1."""

        def draw(pixels: NDArray, points: list[NDArray]) -> None:
            cv2.fillPoly(pixels, points, 255, cv2.LINE_AA, _SHIFT)

        return self._mask(draw, [shape], 1, blur, within)

    def _line_mask(
        self, lines: list[Points], width: float, blur: float, within: Points | None
    ) -> tuple[Window, NDArray]:
        thickness = max(1, round(width * self.scale))
        value = 255 * min(1.0, width * self.scale)  # lines thinner than a pixel are drawn paler

        def draw(pixels: NDArray, points: list[NDArray]) -> None:
            cv2.polylines(pixels, points, False, value, thickness, cv2.LINE_AA, _SHIFT)

        return self._mask(draw, lines, thickness, blur, within)

    def _mask(
        self,
        draw: Callable[[NDArray, list[NDArray]], None],
        lines: list[Points],
        border: int,
        blur: float,
        within: Points | None,
    ) -> tuple[Window, NDArray]:
        reach = round(
            np.sqrt(6 * (blur * self.scale) ** 2 + 1) - 1
        )  # radius of the triangular kernel with this standard deviation
        border += reach + 1
        fixed = [self._fixed(line) for line in lines]
        left, top, width, height = (length >> _SHIFT for length in cv2.boundingRect(np.concatenate(fixed)))
        rows, columns = self.pixels.shape[1:]
        right, bottom = min(left + width + 1 + border, columns), min(top + height + 1 + border, rows)
        left, top = max(left - border, 0), max(top - border, 0)
        window = slice(top, max(bottom, top)), slice(left, max(right, left))
        pixels = np.zeros((max(bottom - top, 0), max(right - left, 0)), np.uint8)
        if pixels.size:
            corner = np.array([left << _SHIFT, top << _SHIFT], np.int32)
            draw(pixels, [line - corner for line in fixed])
            if reach:
                kernel = _triangle(reach)
                pixels = cv2.sepFilter2D(pixels, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE)
            if within is not None:
                inside = np.zeros_like(pixels)
                cv2.fillPoly(inside, [self._fixed(within) - corner], 255, cv2.LINE_AA, _SHIFT)
                pixels = cv2.multiply(pixels, inside, scale=1 / 255)
        return window, pixels * np.float32(1 / 255)

    def _fixed(self, points: Points) -> NDArray[np.int32]:
        pixels = (points - self.origin) * self.scale - 0.5
        return np.rint(pixels * (1 << _SHIFT)).astype(np.int32)

    def _paint(self, window: Window, mask: NDArray, colour: NDArray, opacity: float) -> None:
        mask = mask * np.float32(opacity)
        pixels = self.pixels[:, *window]
        pixels *= 1 - mask
        pixels += mask * np.array([*colour, 255], np.float32)[:, None, None]
