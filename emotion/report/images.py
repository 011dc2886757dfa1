"""The images of a face in a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.cropping import Box
from emotion.explanation_strip import overlay
from emotion.face import Face
from emotion.pages.images import embed_jpeg

if TYPE_CHECKING:
    from emotion.explanation import Explanation

WIDTH = 88  # of an image on the page, in pixels
_SIDE = 132  # of an image in the file; screens with finer pixels show them all
_MARGIN = 0.2  # around the box of a face, as a fraction of its size


def face_images(
    picture: NDArray[np.uint8], faces: Sequence[Face], explanations: Sequence[Explanation] = ()
) -> list[str]:
    """Return the images of each face in a picture, (H, W, 3) BGR uint8, as HTML.

    explanations: of the faces, as by `emotion.explanation.explain_faces`; none to leave the heat maps out.
    """
    images = [embed_jpeg(_thumbnail(picture, face.box), "Face", WIDTH) for face in faces]
    if not explanations:
        return images
    maps = [overlay(explanation.crop, explanation.heat, _SIDE) for explanation in explanations]
    descriptions = [f"Heat map for {face.emotion}" for face in faces]
    return [image + embed_jpeg(*pair, WIDTH) for image, *pair in zip(images, maps, descriptions, strict=True)]


def _thumbnail(picture: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Cut out a face with a margin, as far as it is in the picture, with ``_SIDE`` pixels along the longer side."""
    x, y, width, height = box
    across, down = round(_MARGIN * width), round(_MARGIN * height)
    face = picture[max(y - down, 0) : y + height + down, max(x - across, 0) : x + width + across]
    scale = _SIDE / max(face.shape[:2])
    size = max(1, round(scale * face.shape[1])), max(1, round(scale * face.shape[0]))
    return cv2.resize(face, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
