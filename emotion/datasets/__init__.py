"""Labelled faces from folders and files on disk: which layout a path has, and one function that loads any of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from emotion.datasets.cohn_kanade import Frame, is_cohn_kanade, load_cohn_kanade
from emotion.datasets.dataset import FaceDataset, concatenate
from emotion.datasets.ferplus import is_ferplus, load_ferplus
from emotion.datasets.folders import is_emotion_folders, load_emotion_folders
from emotion.errors import InputError

__all__ = ["LAYOUTS", "FaceDataset", "concatenate", "load_dataset"]

LAYOUTS = (
    "a folder per emotion (anger/, happy/, ...)",
    "the CK+ release (cohn-kanade-images/ and Emotion/)",
    "fer2013.csv, alone or with fer2013new.csv beside it",
    "FER+ folders (FER2013Train/label.csv, ...)",
)
"""What `load_dataset` understands, in words for messages."""


def load_dataset(
    path: str | os.PathLike,
    *,
    frames: str = "first-middle-last",
    votes: str = "majority",
    part: str = "train",
    track: Callable[[list[Frame]], Iterable[Frame]] = iter,
) -> FaceDataset:
    """All labelled faces under ``path``, in whichever of the ``LAYOUTS`` they are.

    frames: which frames of a CK+ sequence, a key of ``cohn_kanade.FRAME_CHOICES``.
    votes: how votes become labels where there are FER+ votes, one of ``votes.VOTE_RULES``.
    part: which part of FER2013 or FER+, a key of ``ferplus.PARTS``; a path to one part's folder is that part.
    track: wraps the list of frames whose faces must be found, the one slow step, to show how far it has come.

    Raises InputError for a path that does not exist, has no known layout, or whose files are broken.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check the path")
    if is_cohn_kanade(path):
        return load_cohn_kanade(path, frames, track)
    if is_ferplus(path):
        return load_ferplus(path, votes, part)
    if is_emotion_folders(path):
        return load_emotion_folders(path)
    raise InputError(f"{path}: no known layout of labelled faces; understood are {'; '.join(LAYOUTS)}")
