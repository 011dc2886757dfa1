"""Pictures within a page."""

from __future__ import annotations

import base64

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.pages.document import escape_text

_JPEG_QUALITY = 80


def embed_png(image: NDArray[np.uint8], description: str, width: int) -> str:
    """Return an <img> with an array (H, W), (H, W, 3) BGR or (H, W, 4) BGRA uint8 in it, as it is.

    width: in pixels of the page.
    """
    return _embed(image, description, width, "png", [cv2.IMWRITE_PNG_COMPRESSION, 9])


def embed_jpeg(image: NDArray[np.uint8], description: str, width: int) -> str:
    """Return an <img> with an array (H, W) or (H, W, 3) BGR uint8 in it, which takes little space.

    width: in pixels of the page.
    """
    return _embed(image, description, width, "jpeg", [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])


def _embed(image: NDArray[np.uint8], description: str, width: int, kind: str, parameters: list[int]) -> str:
    _, encoded = cv2.imencode(f".{kind}", image, parameters)
    data = base64.b64encode(encoded).decode("ascii")
    return f'<img src="data:image/{kind};base64,{data}" width="{width}" alt="{escape_text(description)}">'
