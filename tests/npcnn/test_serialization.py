"""Weights on disk: read as they were written or refused in one line; files are complete, nothing is unpickled."""

from __future__ import annotations

import io
import pickle
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from npcnn import Dense, Layer, Sequential, WeightsError, load_weights, save_weights
from npcnn.serialization import load_arrays, load_metadata, save_arrays


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


@pytest.fixture
def network() -> Sequential:
    """Small, with names and shapes to get wrong."""
    return Sequential(Dense(4, 3, np.random.default_rng(0)), Dense(3, 2, np.random.default_rng(1)))


@pytest.fixture
def saved(network: Sequential, tmp_path: Path) -> Path:
    """The network's weights in a file."""
    save_weights(network, tmp_path / "weights.npz")
    return tmp_path / "weights.npz"


def check_refused(network: Sequential, path: Path, message: str) -> None:
    """Loading must fail in one line that names the file, and leave the network as it was."""
    before = {key: w.copy() for key, w in network.params.items()}
    with pytest.raises(WeightsError, match=message) as caught:
        load_weights(network, path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    for key, w in network.params.items():
        np.testing.assert_array_equal(w, before[key])


def test_weights_come_back_bit_for_bit_into_the_same_arrays(network: Sequential, saved: Path) -> None:
    other = Sequential(Dense(4, 3), Dense(3, 2))
    arrays = other.params
    load_weights(other, saved)
    for key, w in network.params.items():
        assert other.params[key] is arrays[key]
        np.testing.assert_array_equal(arrays[key], w)


def test_names_of_any_ending_folders_that_are_missing_and_non_ascii_letters(
    network: Sequential, tmp_path: Path
) -> None:
    path = tmp_path / "neuer Ordner" / "Gewichte für später"
    save_weights(network, path)
    load_weights(network, str(path))
    assert [child.name for child in path.parent.iterdir()] == [path.name]


def test_a_file_is_replaced_whole(network: Sequential, saved: Path) -> None:
    network.params["0/b"][:] = 5
    save_weights(network, saved)
    assert (load_arrays(saved)["0/b"] == 5).all()
    assert list(saved.parent.iterdir()) == [saved]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failed_save_leaves_the_old_file_and_nothing_else(
    error: BaseException, network: Sequential, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def write_half(file: io.BufferedWriter, **arrays: np.ndarray) -> None:
        file.write(b"half a file")
        raise error

    monkeypatch.setattr(np, "savez", write_half)
    with pytest.raises((WeightsError, KeyboardInterrupt)) as caught:
        save_weights(network, saved)
    if isinstance(error, OSError):
        assert (
            str(caught.value) == f"cannot write {saved}: No space left on device; make room, or choose another folder"
        )
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_folders_that_cannot_be_written_are_named(network: Sequential, saved: Path) -> None:
    for path in (saved / "weights.npz", saved.parent):  # below a file; onto a folder
        with pytest.raises(WeightsError, match=f"cannot write {re.escape(str(path))}: "):
            save_weights(network, path)
    assert list(saved.parent.iterdir()) == [saved]


def test_a_missing_file(network: Sequential, tmp_path: Path) -> None:
    check_refused(network, tmp_path / "none.npz", "no weights at .*; check the path, or train first")


def test_a_folder(network: Sequential, tmp_path: Path) -> None:
    check_refused(network, tmp_path, "not an .npz archive")


@pytest.mark.parametrize("kept", [0.0, 0.05, 0.5, 0.9, 0.999])
def test_a_truncated_file(kept: float, network: Sequential, saved: Path) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[: int(kept * len(content))])
    check_refused(network, saved, "is damaged or not an .npz archive")


def test_a_file_with_a_flipped_bit_among_the_weights(network: Sequential, saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    place = content.find(network.params["0/w"].tobytes())
    content[place + 5] ^= 1
    saved.write_bytes(content)
    check_refused(network, saved, "is damaged")


@pytest.mark.parametrize(("offset", "value"), [(6, 1), (6, 64), (8, 99)], ids=["encrypted", "strongly", "method"])
def test_a_file_with_a_damaged_directory(offset: int, value: int, network: Sequential, saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    local, central = content.find(b"PK\x03\x04"), content.find(b"PK\x01\x02")
    content[local + offset] = content[central + offset + 2] = value
    saved.write_bytes(content)
    check_refused(network, saved, "is damaged")


@pytest.mark.parametrize("content", [b"no archive at all", b"PK\x03\x04", pickle.dumps({"w": 1}), b"\x93NUMPY\x01"])
def test_another_kind_of_file(content: bytes, network: Sequential, tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    path.write_bytes(content)
    check_refused(network, path, "is damaged or not an .npz archive")


def test_a_single_array(network: Sequential, tmp_path: Path) -> None:
    np.save(tmp_path / "weights.npy", np.zeros((4, 3), np.float32))
    check_refused(network, tmp_path / "weights.npy", "is damaged or not an .npz archive")


def test_pickled_objects_are_refused_unopened(network: Sequential, tmp_path: Path) -> None:
    path, mark = tmp_path / "weights.npz", tmp_path / "unpickled"
    np.savez(path, **(network.params | {"0/w": np.array([Trap(mark)], object)}))
    check_refused(network, path, "is damaged or not an .npz archive")
    path.write_bytes(pickle.dumps(Trap(mark)))
    check_refused(network, path, "is damaged or not an .npz archive")
    assert not mark.exists()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda: Sequential(Dense(4, 3)), r"for another network: 1/b is in only one of them \(2 differ\)"),
        (lambda: Sequential(Dense(4, 3), Dense(3, 2), Dense(2, 2)), "2/b is in only one of them"),
        (lambda: Sequential(Dense(4, 3), Dense(3, 5)), r"for another network: 1/w has shape \(3, 5\), not \(3, 2\)"),
        (lambda: Sequential(Dense(5, 3), Dense(3, 2)), r"0/w has shape \(5, 3\), not \(4, 3\)"),
    ],
)
def test_weights_of_another_network(
    other: Callable[[], Sequential], message: str, network: Sequential, tmp_path: Path
) -> None:
    save_weights(other(), tmp_path / "weights.npz")
    check_refused(network, tmp_path / "weights.npz", message)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers(value: float, network: Sequential, tmp_path: Path) -> None:
    broken = {key: w.copy() for key, w in network.params.items()}
    broken["1/w"][2, 1] = value  # the last array but one: the first must not have been copied
    save_arrays(tmp_path / "weights.npz", broken)
    check_refused(network, tmp_path / "weights.npz", "is damaged: 1/w is not made of finite float32 numbers")


def test_buffers_are_saved_and_loaded(build_buffered_network: Callable, tmp_path: Path) -> None:
    one, other = build_buffered_network(0), build_buffered_network(1)
    one.forward(np.random.default_rng(0).standard_normal((5, 2, 8, 8), np.float32), training=True)
    save_weights(one, tmp_path / "weights.npz")
    load_weights(other, tmp_path / "weights.npz")
    assert other.buffers.keys() >= {"1/running_mean", "1/running_var", "4/mean", "4/batches"}
    assert other.buffers["4/mean"].any()
    for key, array in one.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[key], array)


def test_weights_without_the_buffers_are_refused(build_buffered_network: Callable, tmp_path: Path) -> None:
    network = build_buffered_network(0)
    save_arrays(tmp_path / "weights.npz", network.params)
    check_refused(network, tmp_path / "weights.npz", r"1/running_mean is in only one of them \(4 differ\)")


def test_weights_too_large_for_the_type_are_refused(network: Sequential, tmp_path: Path) -> None:
    save_arrays(tmp_path / "weights.npz", network.params | {"0/b": np.array([1, 1e300, 1])})
    check_refused(network, tmp_path / "weights.npz", "0/b is not made of finite float32 numbers")


def test_weights_of_another_type(network: Sequential, tmp_path: Path) -> None:
    save_arrays(tmp_path / "weights.npz", network.params | {"0/b": np.array(["a", "b", "c"])})
    check_refused(network, tmp_path / "weights.npz", "0/b is not made of finite float32 numbers")


def test_mutated_files_are_refused_in_one_line_or_read(network: Sequential, saved: Path) -> None:
    content, rng = saved.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(400):
        mutated = bytearray(content)
        for _ in range(rng.integers(1, 4)):
            mutated[rng.integers(len(content))] = rng.integers(256)
        saved.write_bytes(mutated)
        try:
            load_weights(network, saved)
        except WeightsError as error:
            assert "\n" not in str(error)
            refused += 1
        assert all(np.isfinite(array).all() for array in network.params.values())
    assert refused > 200


def test_more_data_than_the_network_needs_is_not_read(network: Sequential, saved: Path) -> None:
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0/w.npy", bytes(50_000_000))
    assert saved.stat().st_size < 100_000
    check_refused(network, saved, "declares more than")


def test_a_header_that_declares_terabytes(network: Sequential, saved: Path) -> None:
    header = io.BytesIO()
    description = {"descr": "<f4", "fortran_order": False, "shape": (1 << 40, 4)}
    np.lib.format.write_array_header_1_0(header, description)
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("0/w.npy", header.getvalue() + bytes(48))
    check_refused(network, saved, "damaged")


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compression(compression: int, network: Sequential, saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(saved, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    check_refused(network, saved, "damaged")


def test_metadata_is_stored_beside_the_weights(network: Sequential, tmp_path: Path) -> None:
    metadata = {"network": "süß", "temperature": 0.7, "shares": [0.25, 0.75]}
    save_weights(network, tmp_path / "w.npz", metadata)
    assert load_metadata(tmp_path / "w.npz") == metadata
    load_weights(network, tmp_path / "w.npz")


def test_weights_without_metadata_have_none(saved: Path) -> None:
    assert load_metadata(saved) == {}


@pytest.mark.parametrize("text", ["{", "[1]", "[" * 100_000, "7"])
def test_metadata_that_cannot_be_read(text: str, network: Sequential, tmp_path: Path) -> None:
    save_arrays(tmp_path / "w.npz", network.state_dict() | {"metadata": np.array(text)})
    with pytest.raises(WeightsError, match=r"w\.npz is damaged: its metadata cannot be read"):
        load_metadata(tmp_path / "w.npz")


def test_too_much_metadata_is_not_read(network: Sequential, tmp_path: Path) -> None:
    save_arrays(tmp_path / "w.npz", network.state_dict() | {"metadata": np.array("x" * 300_000)})
    with pytest.raises(WeightsError, match="declares more than"):
        load_metadata(tmp_path / "w.npz")


def test_weights_that_could_not_be_loaded_are_not_saved(network: Sequential, saved: Path) -> None:
    before = saved.read_bytes()
    network.params["1/w"][2, 1] = np.nan
    with pytest.raises(WeightsError, match=r"cannot write .*: 1/w is not made of finite float32 numbers"):
        save_weights(network, saved)
    assert saved.read_bytes() == before


@pytest.mark.parametrize("name", ["file", "allow_pickle", "metadata"])
def test_names_that_mean_something_else_in_the_file_are_refused(name: str, tmp_path: Path) -> None:
    layer = Layer()
    layer.params[name] = np.zeros(2, np.float32)
    with pytest.raises(WeightsError, match=f"an array cannot be called {name}; rename it"):
        save_weights(layer, tmp_path / "w.npz")
    assert list(tmp_path.iterdir()) == []
