"""Arrays as images: colours, mosaics, and PNG files in HTML."""

from __future__ import annotations

import base64
import re

import cv2
import numpy as np

from emotion.inspection.images import NEGATIVE, POSITIVE, as_grid, img, mosaic, signed_image, signed_mosaic


def test_sign_is_the_colour_and_size_the_opacity() -> None:
    image = signed_image(np.array([[1.0, -2.0], [0.0, 9.0]]), limit=2)
    assert image[0, 0].tolist() == [*POSITIVE, 128]
    assert image[0, 1].tolist() == [*NEGATIVE, 255]
    assert image[1, 0, 3] == 0
    assert image[1, 1, 3] == 255


def test_nothing_but_zeros() -> None:
    assert signed_image(np.zeros((2, 2)), limit=0)[..., 3].max() == 0


def test_mosaic_has_gaps_between_images() -> None:
    whole = mosaic(np.arange(6)[:, None, None] * np.ones((6, 2, 3)), columns=3)
    assert whole.shape == (5, 11)
    assert whole[0].astype(object).tolist()[:3] == [0, 0, 0]
    assert np.isnan(whole[0, 3])
    assert np.isnan(whole[2]).all()
    assert (whole[3:, 4:7] == 4).all()
    assert (whole[3:, 8:] == 5).all()
    assert signed_mosaic(np.ones((6, 2, 3)), 1, columns=3)[0, 3, 3] not in (0, 255)


def test_mosaic_is_not_higher_than_wide() -> None:
    for count, height, width in [(16, 64, 64), (64, 4, 4), (192, 3, 3), (1, 32, 32), (8, 12, 16)]:
        rows, columns = mosaic(np.zeros((count, height, width))).shape
        assert rows <= columns <= 3 * rows
    assert mosaic(np.zeros((16, 64, 64))).shape == (4 * 65 - 1, 4 * 65 - 1)


def test_numbers_as_a_grid() -> None:
    assert as_grid(np.arange(1024)).shape == (1, 32, 32)
    assert as_grid(np.arange(192)).shape == (1, 12, 16)
    assert as_grid(np.arange(8)).shape == (1, 2, 4)
    assert as_grid(np.arange(7)).shape == (1, 1, 7)


def test_image_in_html() -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 4), np.uint8)
    html = img(image, 'a "b" <c>')
    assert 'alt="a &quot;b&quot; &lt;c&gt;"' in html
    assert 'width="84"' in html  # twelve times 7
    data = base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])
    np.testing.assert_array_equal(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), image)
    assert 'width="40"' in img(image, "", width=40)
    assert 'width="600"' in img(np.zeros((2, 600), np.uint8), "")
