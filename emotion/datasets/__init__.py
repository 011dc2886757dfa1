"""Labelled faces on disk: detection of a path's layout, and one function that loads all supported layouts."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from emotion.datasets.dataset import FaceDataset, concatenate
from emotion.datasets.found import describe
from emotion.datasets.label_mapping import LabelMapping
from emotion.datasets.layouts import Layout, find_layout, with_labels_of
from emotion.datasets.left_out import describe_left_out
from emotion.datasets.options import LoadOptions
from emotion.datasets.parts import FOR_TRAINING, choose_part, split_part
from emotion.datasets.votes import VOTE_RULES
from emotion.errors import InputError
from emotion.preprocessing import FACE_SIZE

__all__ = ["FaceDataset", "LabelMapping", "concatenate", "load_dataset", "parts_at"]


def load_dataset(
    path: str | os.PathLike,
    *,
    parts: Sequence[str] = FOR_TRAINING,
    labels: LabelMapping | None = None,
    frames: str = "first-middle-last",
    votes: str = "majority",
    size: int = FACE_SIZE,
    track: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> FaceDataset:
    """Load the labelled faces under ``path``, in any of the layouts that ``docs/data.md`` describes.

    path: may end in the part to load, as in ``fer2013.csv:test``.
    parts: if the path names no part, and the faces are divided into parts, the first of these that there is.
    labels: what labels mean that are no names of emotions, unless a file ``labels.toml`` in the folder says so; see
        `emotion.datasets.label_mapping.read_label_mapping`.
    frames: the frames to use from each CK+ sequence, a key of ``cohn_kanade.FRAME_CHOICES``.
    votes: how FER+ votes become labels, one of ``votes.VOTE_RULES``.
    size: height and width to which the faces are resized, in pixels.
    track: wraps the pictures while they are read, to show progress.

    A few files and rows that cannot be used are left out, with a warning; see ``FaceDataset.left_out``. Raises
    InputError if the path does not exist, has no known layout or not that part, or if too many cannot be used.
    """
    if votes not in VOTE_RULES:
        raise InputError(f"unknown vote rule {votes!r}; choose from {', '.join(VOTE_RULES)}")
    options = LoadOptions(size, frames, votes, labels or LabelMapping(), track)
    path, named, layout, options = _locate(path, options)
    part = choose_part(path, layout.parts(path, options), named, parts)
    dataset = layout.load(path, replace(options, part=part))
    for sentence in describe_left_out(dataset.left_out):
        warnings.warn(f"{path}: {sentence}", stacklevel=2)
    return dataset


def parts_at(path: str | os.PathLike, labels: LabelMapping | None = None) -> list[str]:
    """Return the parts that the faces at ``path`` are divided into; none if they are not, or if it names one itself.

    labels: see `load_dataset`. Raises InputError if the path does not exist or has no known layout.
    """
    path, named, layout, options = _locate(path, LoadOptions(labels=labels or LabelMapping()))
    return [] if named else list(layout.parts(path, options))


def _locate(path: str | os.PathLike, options: LoadOptions) -> tuple[Path, str | None, Layout, LoadOptions]:
    """Return the path without its part, that part, the layout, and the options with the labels that apply there."""
    path, named = split_part(path)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check the path")
    options = with_labels_of(path, options)
    layout = find_layout(path, options)
    if layout is None:
        raise InputError(
            f"{path}: no known layout of labelled faces: {describe(path, options)} (docs/data.md lists the layouts)"
        )
    return path, named, layout, options
