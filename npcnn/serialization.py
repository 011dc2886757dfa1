"""Arrays on disk as .npz: written completely or not at all, read strictly, never unpickled."""

from __future__ import annotations

import json
import math
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from npcnn.layers.layer import Layer

State = dict[str, Any]
"""Nested dicts of arrays and numbers, as ``state_dict`` methods return."""


_METADATA = "metadata"
_MAX_METADATA_BYTES = 1 << 20


class WeightsError(ValueError):
    """Weights or training state cannot be used; the message says in one line which, why, and what to do."""


def save_arrays(path: str | Path, arrays: dict[str, NDArray]) -> None:
    """Write named arrays to ``path``: to a temporary file beside it that is then renamed into place.

    Raises WeightsError if that fails, or for an array that has the name of an argument of ``np.savez``.
    """
    path = Path(path)
    if reserved := arrays.keys() & {"file", "allow_pickle"}:
        raise WeightsError(f"cannot write {path}: an array cannot be called {min(reserved)}; rename it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    except OSError as error:
        raise WeightsError(f"cannot write {path}: {error.strerror}; choose a writable folder") from error
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise WeightsError(f"cannot write {path}: {error.strerror}; make room, or choose another folder") from error
        raise


def load_arrays(path: str | Path, max_bytes: int = 1 << 30, only: str | None = None) -> dict[str, NDArray]:
    """All arrays of an .npz file, by name; or none but the array named ``only``, if there is one.

    Nothing is read of a file that declares more than ``max_bytes`` of arrays. Raises WeightsError if the file is
    larger, missing, no .npz, or damaged.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if only in (None, _name(member))]
            if sum(member.file_size for member in members) > max_bytes:
                raise WeightsError(f"{path} is for another network: it declares more than {max_bytes:,} bytes")
            arrays = {_name(member): _read_array(archive, member) for member in members}
            if len(arrays) < len(members):
                raise ValueError("two arrays of the same name")
            return arrays
    except WeightsError:
        raise
    except FileNotFoundError as error:
        raise WeightsError(f"no weights at {path}; check the path, or train first") from error
    except Exception as error:  # zipfile and NumPy raise many kinds, depending on the damaged byte
        raise WeightsError(f"{path} is damaged or not an .npz archive; copy or train the weights again") from error


def _name(member: zipfile.ZipInfo) -> str:
    return member.filename.removesuffix(".npy")


def _read_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray:
    """The array in a member; raises some exception unless its header declares exactly what the member holds."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("an unusual compression")
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran_order, dtype = read_header(file)
        size = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or min(shape, default=0) < 0 or size != member.file_size - file.tell():
            raise ValueError("a header that does not fit its data")
        array = np.frombuffer(bytearray(file.read(size)), dtype)
        if file.read(1):  # also checks the checksum
            raise ValueError("more data than declared")
    return array.reshape(shape, order="F" if fortran_order else "C")


def expected_bytes(own: State) -> int:
    """The most bytes that a file with this state may declare: twice its arrays, and a megabyte for all the rest."""
    if isinstance(own, np.ndarray):
        return 2 * own.nbytes
    values = own.values() if isinstance(own, dict) else own if isinstance(own, list) else ()
    return sum(map(expected_bytes, values)) + (1 << 20 if isinstance(own, dict) else 0)


def save_weights(network: Layer, path: str | Path, metadata: dict[str, Any] | None = None) -> None:
    """Write the parameters and buffers of a network to ``path`` (.npz), under their names.

    metadata: what else there is to know about the weights, as JSON can express it.
    Raises WeightsError if that fails, or for weights that ``load_weights`` would refuse.
    """
    arrays = network.state_dict()
    check_state(arrays, arrays, f"cannot write {path}: the network")
    if _METADATA in arrays:
        raise WeightsError(f"cannot write {path}: an array cannot be called {_METADATA}; rename it")
    described = {} if metadata is None else {_METADATA: np.array(json.dumps(metadata))}
    save_arrays(path, arrays | described)


def load_metadata(path: str | Path) -> dict[str, Any]:
    """The metadata that ``save_weights`` wrote, empty if it was given none.

    Raises WeightsError if the file is missing or damaged.
    """
    text = load_arrays(path, _MAX_METADATA_BYTES, only=_METADATA).get(_METADATA)
    if text is None:
        return {}
    try:
        metadata = json.loads(str(text))
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{path} is damaged: its metadata cannot be read") from error
    if not isinstance(metadata, dict):
        raise WeightsError(f"{path} is damaged: its metadata cannot be read")
    return metadata


def load_weights(network: Layer, path: str | Path) -> None:
    """Copy what ``save_weights`` wrote into a network of the same structure; metadata is ignored.

    Raises WeightsError, and changes nothing, if the file is missing or damaged, or if names, shapes or types differ or
    elements are not finite.
    """
    own = network.state_dict()
    arrays = load_arrays(path, expected_bytes(own))
    arrays.pop(_METADATA, None)
    check_state(own, arrays, str(path))
    copy_arrays(own, arrays)


def check_state(own: Any, given: Any, origin: str, name: str = "") -> None:
    """Raise WeightsError, naming ``origin``, unless ``given`` could replace ``own``.

    Both are nested dicts of arrays and numbers. They must have the same keys, shapes and kinds of types, and every
    number in ``given`` must be finite. Integers outside arrays are counts, which cannot be negative.
    """
    if not isinstance(given, dict if isinstance(own, dict) else np.ndarray | int | float):
        raise WeightsError(f"{origin} is damaged: {name} cannot be {type(given).__name__}")
    if isinstance(own, dict):
        if odd := sorted(own.keys() ^ given.keys()):
            first = f"{name}/{odd[0]}".lstrip("/")
            raise WeightsError(f"{origin} is for another network: {first} is in only one of them ({len(odd)} differ)")
        for key, value in own.items():
            check_state(value, given[key], origin, f"{name}/{key}".lstrip("/"))
        return
    count = isinstance(own, int)
    own, given = np.asarray(own), np.asarray(given)
    if given.shape != own.shape:
        raise WeightsError(f"{origin} is for another network: {name} has shape {given.shape}, not {own.shape}")
    with np.errstate(over="ignore"):
        if given.dtype.kind != own.dtype.kind or not np.isfinite(given.astype(own.dtype)).all():
            raise WeightsError(f"{origin} is damaged: {name} is not made of finite {own.dtype} numbers")
    if count and given < 0:
        raise WeightsError(f"{origin} is damaged: {name} is {given}, less than 0")


def copy_arrays(target: dict[str, NDArray], source: dict[str, NDArray]) -> None:
    """Copy each array of ``source`` into the array of the same name in ``target``."""
    for name, array in target.items():
        array[...] = source[name]
