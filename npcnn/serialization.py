"""Arrays on disk as .npz: written whole or not at all, read strictly, never unpickled."""

from __future__ import annotations

import os
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from npcnn.layers.layer import Layer

# What NumPy and the zip format raise, from one damaged byte or another.
_DAMAGE = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


class WeightsError(ValueError):
    """A file of weights or training state cannot be used; the message says which, why and what to do, in one line."""


def save_arrays(path: str | Path, arrays: dict[str, NDArray]) -> None:
    """Write arrays under their names to ``path``: first to a temporary file beside it, then renamed into place.

    Raises WeightsError if the folder cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    except OSError as error:
        raise WeightsError(f"cannot write {path}: {error.strerror}; choose a folder that can be written") from error
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise WeightsError(f"cannot write {path}: {error.strerror}") from error
        raise


def load_arrays(path: str | Path) -> dict[str, NDArray]:
    """All arrays of an .npz file, by name. Raises WeightsError if it is missing, no .npz, or damaged."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, np.ndarray):
                raise ValueError("a single array")
            with archive:
                return {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise WeightsError(f"no weights at {path}; check the path, or train first") from error
    except _DAMAGE as error:
        raise WeightsError(f"{path} is damaged or not an .npz archive; copy or train the weights again") from error


def save_weights(network: Layer, path: str | Path) -> None:
    """Write the parameters of a network to ``path`` (.npz), under their names."""
    save_arrays(path, network.params)


def load_weights(network: Layer, path: str | Path) -> None:
    """Copy parameters saved by ``save_weights`` into a network of the same structure.

    Raises WeightsError, and changes nothing, if the file is missing or damaged or holds other names or shapes, or
    numbers that are not finite.
    """
    assign(network.params, load_arrays(path), str(path))


def assign(target: dict[str, NDArray], source: dict[str, NDArray], origin: str) -> None:
    """Copy arrays into arrays of the same names and shapes. Raises WeightsError, and copies none, if any differs."""
    if source.keys() != target.keys():
        odd = sorted(source.keys() ^ target.keys())
        raise WeightsError(f"{origin} is for another network: {odd[0]} is in only one of the two ({len(odd)} differ)")
    for name, array in source.items():
        if array.shape != target[name].shape:
            raise WeightsError(f"{origin} is for another network: {name} is {array.shape}, not {target[name].shape}")
        if not np.issubdtype(array.dtype, np.floating) or not np.isfinite(array).all():
            raise WeightsError(f"{origin} is damaged: {name} holds values that are no finite numbers")
    for name, array in source.items():
        target[name][...] = array
