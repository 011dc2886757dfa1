import os
import struct
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from emotion.cli.quiet import quiet_decoders
from emotion.errors import InputError
from emotion.pictures import ANNOTATED, picture_files, read_gray, read_picture, to_bgr, to_gray, write_picture


@pytest.fixture
def picture():
    """A wide picture with four different corners, which reveals rotations, flips and swapped channels."""
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:20, :40] = 250, 20, 20
    pixels[:20, 40:] = 20, 250, 20
    pixels[20:, :40] = 20, 20, 250
    pixels[20:, 40:] = 200, 200, 200
    return pixels


def encoded(extension, pixels, *parameters):
    return cv2.imencode(extension, pixels, parameters)[1].tobytes()


def with_orientation(jpeg, orientation):
    """Insert an EXIF segment with only the orientation tag into a JPEG."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0" + b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


@pytest.mark.parametrize("extension", [".png", ".bmp", ".tiff", ".ppm"])
def test_write_and_read_round_trip(tmp_path, picture, extension):
    path = tmp_path / f"picture{extension}"
    write_picture(path, picture)
    assert np.array_equal(read_picture(path), picture)


@pytest.mark.parametrize("name", ["with spaces.png", "Gesicht äöü ß.png", "лицо 顔.png"])
def test_unusual_file_names(tmp_path, picture, name):
    folder = tmp_path / name.removesuffix(".png")
    folder.mkdir()
    write_picture(folder / name, picture)
    assert np.array_equal(read_picture(str(folder / name)), picture)


def test_gray_is_read_as_three_equal_channels(tmp_path, picture):
    path = tmp_path / "gray.png"
    path.write_bytes(encoded(".png", picture[..., 0]))
    assert np.array_equal(read_picture(path), np.repeat(picture[..., :1], 3, axis=2))
    assert np.array_equal(read_gray(path), picture[..., 0])


@pytest.mark.parametrize("extension", [".png", ".tiff"])
def test_16_bits_are_scaled_to_8(tmp_path, picture, extension):
    path = tmp_path / f"deep{extension}"
    path.write_bytes(encoded(extension, picture.astype(np.uint16) * 257))
    assert np.array_equal(read_picture(path), picture)


@pytest.mark.parametrize("scale", [1, 257], ids=["8 bit", "16 bit"])
def test_transparency_is_composited_over_white(tmp_path, picture, scale):
    opacity = np.full((40, 80, 1), 255, np.uint8)
    opacity[:20] = 0
    opacity[20:, 40:] = 51  # 20%
    pixels = np.concatenate([picture, opacity], axis=2)
    pixels = (pixels.astype(np.uint16) * scale).astype(np.uint8 if scale == 1 else np.uint16)
    path = tmp_path / "transparent.png"
    path.write_bytes(encoded(".png", pixels))
    read = read_picture(path)
    assert (read[:20] == 255).all()
    assert np.array_equal(read[20:, :40], picture[20:, :40])
    assert (read[20:, 40:] == 244).all()  # 0.2 * 200 + 0.8 * 255


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [(1, lambda p: p), (2, np.fliplr), (3, lambda p: np.rot90(p, 2)), (6, lambda p: np.rot90(p, 3)), (8, np.rot90)],
)
def test_camera_orientation_is_applied(tmp_path, picture, orientation, turn):
    path = tmp_path / "turned.jpg"
    path.write_bytes(with_orientation(encoded(".jpg", picture, cv2.IMWRITE_JPEG_QUALITY, 100), orientation))
    read, expected = read_picture(path), turn(picture)
    assert read.shape == expected.shape
    assert np.abs(read.astype(int) - expected).mean() < 8  # JPEG is lossy along the edges


@pytest.mark.parametrize("extension", [".jpg", ".png", ".bmp", ".webp", ".tiff"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_truncated_pictures_are_rejected(tmp_path, extension, share):
    data = encoded(extension, np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8))
    path = tmp_path / f"cut{extension}"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match=rf"cut\{extension}: .*(truncated|damaged)"):
        read_picture(path)


def test_truncated_jpeg_with_complete_thumbnail_is_rejected(tmp_path, picture):
    jpeg = encoded(".jpg", picture)
    thumbnail = encoded(".jpg", picture[::4, ::4])
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 8) + b"Exif\0\0" + thumbnail
    whole = jpeg[:2] + segment + jpeg[2:]
    path = tmp_path / "thumbnail.jpg"
    path.write_bytes(whole)
    assert read_picture(path).shape == picture.shape
    path.write_bytes(whole[:-30])
    with pytest.raises(InputError, match="truncated"):
        read_picture(path)


def test_damaged_png_is_rejected(tmp_path, picture):
    data = bytearray(encoded(".png", picture))
    data[data.index(b"IHDR") + 4] ^= 0xFF
    path = tmp_path / "damaged.png"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"damaged\.png"):
        read_picture(path)


def test_commands_silence_decoders_and_the_library_leaves_standard_error_alone(tmp_path, capfd, picture):
    png = encoded(".png", picture)
    profile = b"iCCP" + b"broken\0\0" + zlib.compress(b"no profile")
    chunk = struct.pack(">I", len(profile) - 4) + profile + struct.pack(">I", zlib.crc32(profile))
    path = tmp_path / "profile.png"
    path.write_bytes(png[:33] + chunk + png[33:])
    with quiet_decoders():
        assert np.array_equal(read_picture(path), picture)
    assert capfd.readouterr() == ("", "")
    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(read_picture, [path] * 8))) == 8
    print("still here", file=sys.stderr)
    assert "still here" in capfd.readouterr().err


def test_reading_works_without_standard_error(tmp_path, picture, run_python):
    write_picture(tmp_path / "picture.png", picture)
    program = f"""
import os
os.close(2)
from emotion.cli.quiet import quiet_decoders
from emotion.pictures import read_picture
with quiet_decoders():
    print(read_picture({str(tmp_path / "picture.png")!r}).shape)
"""
    assert run_python(program) == "(40, 80, 3)"


def test_12_bits_in_16_are_scaled_to_8(tmp_path, picture):
    path = tmp_path / "scan.png"
    path.write_bytes(encoded(".png", picture.astype(np.uint16) << 4))
    assert np.array_equal(read_picture(path), picture)
    assert np.array_equal(to_bgr(picture.astype(np.uint16)), picture)


def png_with_orientation(png, orientation):
    """Insert an eXIf chunk with only the orientation tag into a PNG."""
    exif = b"MM\0*" + struct.pack(">IH", 8, 1) + struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + bytes(4)
    chunk = b"eXIf" + exif
    return png[:33] + struct.pack(">I", len(exif)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[33:]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_with_transparency_are_turned_like_those_without(tmp_path, picture, orientation):
    opaque = np.full((40, 80, 1), 255, np.uint8)
    paths = tmp_path / "opaque.png", tmp_path / "transparent.png"
    paths[0].write_bytes(png_with_orientation(encoded(".png", picture), orientation))
    paths[1].write_bytes(png_with_orientation(encoded(".png", np.concatenate([picture, opaque], axis=2)), orientation))
    assert np.array_equal(read_picture(paths[0]), read_picture(paths[1]))


def test_jpeg_with_data_behind_it_or_without_end_marker_is_read(tmp_path, picture):
    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    for progressive in (0, 1):
        jpeg = encoded(".jpg", noise, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
        expected = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        path = tmp_path / "photo.jpg"
        for content in (jpeg + b"\xff\xda more" * 1000, jpeg.removesuffix(b"\xff\xd9")):
            path.write_bytes(content)
            assert np.array_equal(read_picture(path), expected)
        path.write_bytes(jpeg[:-20])
        with pytest.raises(InputError, match="truncated"):
            read_picture(path)


def test_too_many_pixels_are_refused_before_decoding(tmp_path, picture):
    png = bytearray(encoded(".png", picture))
    png[16:24] = struct.pack(">II", 30_000, 30_000)
    path = tmp_path / "bomb.png"
    path.write_bytes(png)
    with pytest.raises(InputError, match="30000 x 30000 pixels"):
        read_picture(path)
    write_picture(path, picture)
    with pytest.raises(InputError, match="80 x 40 pixels"):
        read_picture(path, max_pixels=3000)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"hello, I am a text", "not a picture"),
        (b"\x89PNG\r\n\x1a\n", "truncated"),
        (b"GIF", "not a pic"),
    ],
)
def test_non_pictures_are_rejected(tmp_path, content, message):
    path = tmp_path / "fake.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"fake\.png: .*{message}"):
        read_picture(path)


def test_missing_files_and_folders_are_rejected(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.png: no such file"):
        read_picture(tmp_path / "nothing.png")
    with pytest.raises(InputError, match="a folder, not a picture"):
        read_picture(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root can read and write everything")
def test_files_without_permission_are_rejected(tmp_path, picture):
    write_picture(tmp_path / "locked.png", picture)
    (tmp_path / "locked.png").chmod(0)
    with pytest.raises(InputError, match="permissions"):
        read_picture(tmp_path / "locked.png")


def test_arrays_in_memory(picture):
    assert to_bgr(picture[..., 0]).shape == picture.shape
    assert np.array_equal(to_bgr(picture[..., :1]), to_bgr(picture[..., 0]))
    assert np.array_equal(to_bgr(picture.astype(np.uint16) * 257), picture)
    mirrored = picture[..., ::-1]  # the usual RGB to BGR conversion gives a view with a negative stride
    assert np.array_equal(to_gray(mirrored), to_gray(mirrored.copy()))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 5), np.uint8),
        np.zeros(5, np.uint8),
        np.zeros((5, 5, 2), np.uint8),
        np.zeros((1, 5, 5, 3), np.uint8),
    ],
)
def test_arrays_with_invalid_shape_are_rejected(array):
    with pytest.raises(InputError, match="shape"):
        to_bgr(array)


def test_non_pixel_arrays_are_rejected():
    with pytest.raises(InputError, match="float64"):
        to_bgr(np.zeros((5, 5)))
    for other in (None, [1, 2], b"bytes"):
        with pytest.raises(InputError, match=f"not {type(other).__name__}; convert it with numpy.asarray"):
            to_bgr(other)


def test_names_that_cannot_be_files_are_rejected():
    for path in ("a\0b.png", "x" * 5000):
        with pytest.raises(InputError) as caught:
            read_picture(path)
        assert len(str(caught.value)) < 500


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_pipes_and_urls_are_named(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(InputError, match="not a regular file"):
        read_picture(tmp_path / "pipe.png")
    with pytest.raises(InputError, match="a URL; download"):
        read_picture("https://example.org/a.png")
    with pytest.raises(InputError, match="a URL; download"):
        picture_files("https://example.org/a.png")


def test_failed_write_leaves_the_old_file(tmp_path, picture, monkeypatch):
    path = tmp_path / "kept.png"
    path.write_bytes(b"old content")

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "replace", full)
    with pytest.raises(InputError, match=r"kept\.png: cannot be written \(No space left"):
        write_picture(path, picture)
    assert path.read_bytes() == b"old content"
    assert [file.name for file in tmp_path.iterdir()] == ["kept.png"]


def test_write_needs_existing_folder_and_known_format(tmp_path, picture):
    with pytest.raises(InputError, match="No such file or directory"):
        write_picture(tmp_path / "missing" / "x.png", picture)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="Not a directory"):
        write_picture(tmp_path / "file" / "x.png", picture)
    with pytest.raises(InputError, match=r"'\.docx'"):
        write_picture(tmp_path / "x.docx", picture)


def test_picture_files_of_a_folder(tmp_path):
    for name in ("b.PNG", "a.jpeg", "C.jpg", "notes.txt", ".hidden.png", "b.PNG" + ANNOTATED):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.png").mkdir()
    assert [file.name for file in picture_files(tmp_path)] == ["C.jpg", "a.jpeg", "b.PNG"]
    assert picture_files(tmp_path / "notes.txt") == [tmp_path / "notes.txt"]
    assert picture_files(tmp_path / ("b.PNG" + ANNOTATED)) == []
    with pytest.raises(InputError, match="no pictures in this folder"):
        picture_files(tmp_path / "folder.png")
    with pytest.raises(InputError, match="no such file or folder"):
        picture_files(tmp_path / "nothing")


def avif_with_rotation(avif, quarters):
    """Insert a box "irot" at the end of the properties of an AVIF, and move what lies behind it by its length."""
    box = b"\0\0\0\x09irot" + bytes([quarters])
    data = bytearray(avif)
    properties = data.index(b"ipco") - 4
    end = properties + int.from_bytes(data[properties : properties + 4], "big")
    fields = [data.index(name) - 4 for name in (b"meta", b"iprp", b"ipco")]
    fields.append(data.index(b"iloc") + 18)  # the offset of the pixels in the file
    for field in fields:
        data[field : field + 4] = (int.from_bytes(data[field : field + 4], "big") + len(box)).to_bytes(4, "big")
    return bytes(data[:end] + box + data[end:])


@pytest.mark.skipif(not cv2.haveImageWriter("a.avif"), reason="OpenCV without AVIF")
@pytest.mark.parametrize("quarters", range(4))
def test_avif_rotation_is_applied(tmp_path, picture, quarters):
    avif = encoded(".avif", picture, cv2.IMWRITE_AVIF_QUALITY, 100)
    path = tmp_path / "turned.avif"
    path.write_bytes(avif_with_rotation(avif, quarters))
    read, expected = read_picture(path), np.rot90(picture, quarters)
    assert read.shape == expected.shape
    assert np.abs(read.astype(int) - expected).mean() < 8
