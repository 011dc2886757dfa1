"""Labelled faces on disk: detection of a path's layout, and one function that loads all supported layouts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from emotion.datasets.cohn_kanade import Frame, is_cohn_kanade, load_cohn_kanade
from emotion.datasets.dataset import FaceDataset, concatenate
from emotion.datasets.ferplus import is_ferplus, load_ferplus
from emotion.datasets.folders import is_emotion_folders, load_emotion_folders
from emotion.errors import InputError
from emotion.preprocessing import FACE_SIZE

__all__ = ["LAYOUTS", "FaceDataset", "concatenate", "load_dataset"]

LAYOUTS = (
    "a folder per emotion (anger/, happy/, ...)",
    "the CK+ release (cohn-kanade-images/ and Emotion/)",
    "fer2013.csv, alone or next to fer2013new.csv",
    "FER+ folders (FER2013Train/label.csv, ...)",
)
"""Descriptions of the layouts that `load_dataset` supports, for messages."""


def load_dataset(
    path: str | os.PathLike,
    *,
    frames: str = "first-middle-last",
    votes: str = "majority",
    part: str = "train",
    size: int = FACE_SIZE,
    track: Callable[[list[Frame]], Iterable[Frame]] = iter,
) -> FaceDataset:
    """Load all labelled faces under ``path``, in any of the ``LAYOUTS``.

    frames: the frames to use from each CK+ sequence, a key of ``cohn_kanade.FRAME_CHOICES``.
    votes: how FER+ votes become labels, one of ``votes.VOTE_RULES``.
    part: the part of FER2013 or FER+, a key of ``ferplus.PARTS``; ignored if the path is the folder of one part.
    size: height and width to which the faces are resized, in pixels.
    track: wraps the list of frames during face detection, the slow step, to show progress.

    Raises InputError if the path does not exist, has no known layout, or contains invalid files.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check the path")
    if is_cohn_kanade(path):
        return load_cohn_kanade(path, frames, size, track)
    if is_ferplus(path):
        return load_ferplus(path, votes, part, size)
    if is_emotion_folders(path):
        return load_emotion_folders(path, size)
    raise InputError(f"{path}: no known layout of labelled faces; supported are {'; '.join(LAYOUTS)}")
