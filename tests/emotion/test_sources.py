"""Pictures as paths, bytes, file objects, arrays and PIL images."""

import io

import cv2
import numpy as np
import pytest

from emotion.errors import InputError
from emotion.pictures import write_picture
from emotion.sources import load_picture


@pytest.fixture
def picture():
    """A BGR picture with different channels."""
    return np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)


@pytest.fixture
def png(picture):
    return cv2.imencode(".png", picture)[1].tobytes()


class Image:
    """What `load_picture` uses of a PIL image, with given pixels for each mode."""

    def __init__(self, mode, pixels, info=None, **converted):
        self.mode, self.pixels, self.info, self.converted = mode, pixels, info or {}, converted

    def convert(self, mode):
        return Image(mode, self.converted[mode])

    @property
    def __array_interface__(self):
        return self.pixels.__array_interface__


def test_files_and_their_content(picture, png, tmp_path):
    path = tmp_path / "picture.png"
    write_picture(path, picture)
    with path.open("rb") as file:
        sources = [path, str(path), png, bytearray(png), memoryview(png), io.BytesIO(png), file]
        for source in sources:
            assert np.array_equal(load_picture(source), picture)
            if not hasattr(source, "read"):
                assert np.array_equal(load_picture(source, "rgb"), picture)  # a file knows its own order


def test_a_file_object_is_read_from_its_position(picture, png):
    file = io.BytesIO(b"header" + png)
    file.seek(6)
    assert np.array_equal(load_picture(file), picture)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_arrays_in_both_orders(picture, dtype):
    pixels = picture.astype(dtype) * (257 if dtype == np.uint16 else 1)
    opacity = np.full((20, 30, 1), np.iinfo(dtype).max, dtype)
    opacity[:10] = 0
    with_opacity = np.concatenate([pixels, opacity], axis=2)
    assert np.array_equal(load_picture(pixels), picture)
    assert np.array_equal(load_picture(pixels[..., ::-1], "rgb"), picture)
    assert np.array_equal(load_picture(with_opacity[..., [2, 1, 0, 3]], "rgb"), load_picture(with_opacity))
    gray = pixels[..., 0]
    assert np.array_equal(load_picture(gray, "rgb"), load_picture(gray))
    assert np.array_equal(load_picture(gray[..., None], "rgb"), load_picture(gray))


def test_pil_images_by_their_mode(picture):
    rgb = np.ascontiguousarray(picture[..., ::-1])
    rgba = np.concatenate([rgb, np.zeros((20, 30, 1), np.uint8)], axis=2)
    assert np.array_equal(load_picture(Image("RGB", rgb, RGB=rgb)), picture)
    assert np.array_equal(load_picture(Image("RGB", rgb, RGB=rgb), "bgr"), picture)
    assert (load_picture(Image("RGBA", rgba, RGBA=rgba)) == 255).all()
    assert (load_picture(Image("P", rgb[..., 0], {"transparency": 0}, RGBA=rgba)) == 255).all()
    assert np.array_equal(load_picture(Image("LAB", rgb, RGB=rgb)), picture)
    deep = picture[..., 0].astype(np.int32) * 257
    for pixels in (deep, deep.astype(np.uint16), deep.astype(">u2")):
        assert np.array_equal(load_picture(Image("I", pixels))[..., 0], picture[..., 0])
    for pixels in (-deep, deep * 257, deep.astype(np.float32)):
        with pytest.raises(InputError, match="pixels must be uint8 or uint16"):
            load_picture(Image("F", pixels))


def test_images_of_pillow(picture, png):
    pil = pytest.importorskip("PIL.Image", reason="Pillow is not needed otherwise")
    image = pil.open(io.BytesIO(png))
    assert np.array_equal(load_picture(image), picture)
    for mode in ("RGBA", "L", "1", "P", "CMYK", "YCbCr", "I", "LA"):
        assert load_picture(image.convert(mode)).shape == picture.shape
    gray = image.convert("L")
    assert np.array_equal(load_picture(gray)[..., 0], np.asarray(gray))
    with pytest.raises(InputError, match="PIL image cannot be decoded"):
        load_picture(pil.open(io.BytesIO(png[:-300])))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", r"the bytes: empty \(0 bytes\)"),
        (b"text", "the bytes: not a picture"),
        (io.BytesIO(b""), r"the file object: empty"),
        (io.StringIO("text"), "the file object: opened as text"),
        (None, "not NoneType"),
        ([1, 2], "not list"),
    ],
)
def test_other_things_are_rejected(source, message):
    with pytest.raises(InputError, match=message):
        load_picture(source)


def test_files_that_cannot_be_read(png, tmp_path):
    closed = io.BytesIO(png)
    closed.close()
    with pytest.raises(InputError, match=r"cannot be read.*closed"):
        load_picture(closed)
    path = tmp_path / "picture.png"
    path.write_bytes(png)
    with path.open(encoding="utf-8") as file, pytest.raises(InputError, match=r"picture\.png: opened as text"):
        load_picture(file)


def test_unknown_order_of_channels(picture):
    with pytest.raises(InputError, match="color is 'gbr'; it must be 'bgr' or 'rgb'"):
        load_picture(picture, "gbr")
