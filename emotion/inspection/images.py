"""Arrays as images in a page: PNG files within the HTML, drawn with sharp pixels at a multiple of their size."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emotion.pages.images import embed_png

POSITIVE, NEGATIVE = (0, 110, 230), (200, 110, 20)
"""Colours of positive and negative values, BGR: orange and blue."""

_WIDTH = 576  # of a large image on the page, in pixels
_LARGEST_PIXEL = 12


def signed_image(values: NDArray, limit: float) -> NDArray[np.uint8]:
    """Return values (H, W) as colours (H, W, 4) BGRA: orange above 0, blue below, and the more opaque the larger.

    limit: the absolute value from which on a colour is opaque. 0 is transparent, so it looks right on any background.
    """
    image = np.where((values > 0)[..., None], np.array([*POSITIVE, 0]), np.array([*NEGATIVE, 0])).astype(np.uint8)
    image[..., 3] = (255 * np.minimum(np.abs(values) / max(limit, 1e-12), 1)).round()
    return image


def mosaic(images: NDArray, columns: int | None = None) -> NDArray:
    """Place N images (N, H, W) in rows, a pixel of NaN apart: (rows (H + 1) - 1, columns (W + 1) - 1).

    columns: images in a row, a divisor of N; by default, the one that makes the mosaic most like 3:2.
    """
    count, height, width = images.shape
    if columns is None:
        divisors = [n for n in range(1, count + 1) if count % n == 0]
        columns = min(divisors, key=lambda n: abs(math.log(n * n * width / (count * height * 1.5))))
    rows = count // columns
    padded = np.full((count, height + 1, width + 1), np.nan, np.float32)
    padded[:, :height, :width] = images
    whole = padded.reshape(rows, columns, height + 1, width + 1).transpose(0, 2, 1, 3)
    return whole.reshape(rows * (height + 1), columns * (width + 1))[:-1, :-1]


def signed_mosaic(images: NDArray, limit: float, columns: int | None = None) -> NDArray[np.uint8]:
    """Return the mosaic of images (N, H, W) in the colours of `signed_image`, with gray lines between them."""
    values = mosaic(images, columns)
    image = signed_image(np.nan_to_num(values), limit)
    image[np.isnan(values)] = 128, 128, 128, 90
    return image


def as_grid(row: NDArray) -> NDArray:
    """Write N numbers in rows of a rectangle (1, H, W) that is as square as N allows, and not higher than wide."""
    height = max(h for h in range(1, math.isqrt(len(row)) + 1) if len(row) % h == 0)
    return row.reshape(1, height, -1)


def img(image: NDArray[np.uint8], description: str, width: int | None = None) -> str:
    """Return an <img> with an array (H, W), (H, W, 3) BGR or (H, W, 4) BGRA uint8 in it.

    width: in pixels of the page; by default, the largest multiple of the array's width that suits a page.
    """
    if width is None:
        width = image.shape[1] * int(np.clip(_WIDTH // image.shape[1], 1, _LARGEST_PIXEL))
    return embed_png(image, description, width)
