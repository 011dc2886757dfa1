"""The official release of the Extended Cohn-Kanade set (CK+): filmed sequences from a neutral face to its peak.

P. Lucey et al., "The Extended Cohn-Kanade Dataset (CK+): a complete dataset for action unit and emotion-specified
expression" (CVPR Workshops 2010).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.dataset import FaceDataset
from emotion.detection import crop_face, find_faces
from emotion.errors import InputError
from emotion.labels import EMOTIONS, emotion_index
from emotion.pictures import picture_files, read_gray
from emotion.preprocessing import resize_face

IMAGES, LABELS = "cohn-kanade-images", "Emotion"

FRAME_CHOICES = {
    "first-middle-last": lambda early, late: (early[:1], late[:: max(len(late) - 1, 1)]),
    "first-last": lambda early, late: (early[:1], late[-1:]),
    "first-last-three": lambda early, late: (early[:1], late[-3:]),
    "first-three-last-three": lambda early, late: (early[:3], late[-3:]),
}
"""From the two halves of a sequence: the frames to take as neutral, and those that show the sequence's emotion.

The second half begins with the middle frame. No frame is taken as both, however short the sequence.
"""


class Frame(NamedTuple):
    """One picture of a sequence and what is known of it."""

    picture: Path
    label: int
    subject: str
    sequence: str


def is_cohn_kanade(path: Path) -> bool:
    """Whether ``path`` holds the folder with the sequences of the CK+ release."""
    return (path / IMAGES).is_dir()


def load_cohn_kanade(
    path: Path, frames: str = "first-middle-last", track: Callable[[list[Frame]], Iterable[Frame]] = iter
) -> FaceDataset:
    """The faces of all labelled sequences, found and cropped by the cascade, in the order of subject and sequence.

    Reads ``Emotion/S005/001/S005_001_00000011_emotion.txt`` (one number, an index into ``EMOTIONS``) and, for each,
    frames of ``cohn-kanade-images/S005/001/`` sorted by number; ``frames`` is a key of ``FRAME_CHOICES``. The default
    takes the first as neutral, the middle and the last as the emotion. Sequences without a label are left out, and
    so are frames without a face, which a warning counts. Finding faces takes a while: ``track`` may wrap the list of
    frames to show how far it has come.

    Raises InputError for an unknown choice of frames, no label at all, a broken label, a label without its sequence,
    a picture that can't be read, and when no frame has a face.
    """
    if frames not in FRAME_CHOICES:
        raise InputError(f"unknown choice of frames {frames!r}; choose from {', '.join(FRAME_CHOICES)}")
    chosen = [frame for label_file in _label_files(path) for frame in _choose_frames(path, label_file, frames)]
    found = [(frame, face) for frame in track(chosen) if (face := _find_face(frame.picture)) is not None]
    if not found:
        raise InputError(f"{path}: no face was found in any of {len(chosen)} frames; check that they show faces")
    missed = len(chosen) - len(found)
    if missed:
        warnings.warn(f"{path}: {missed} of {len(chosen)} frames left out: no face found", stacklevel=2)
    return FaceDataset(
        name=path.resolve().name,
        faces=np.stack([face for _, face in found]),
        labels=np.array([frame.label for frame, _ in found], np.int64),
        subjects=np.array([frame.subject for frame, _ in found]),
        sequences=np.array([frame.sequence for frame, _ in found]),
    )


def _label_files(path: Path) -> list[Path]:
    pattern = "*/*/*_emotion.txt"
    files = sorted(file for file in (path / LABELS).glob(pattern) if not file.name.startswith("."))
    if not files:
        raise InputError(f"{path / LABELS}: no label file {pattern}; unpack the emotion labels of CK+ there")
    return files


def _choose_frames(path: Path, label_file: Path, frames: str) -> list[Frame]:
    label = _read_label(label_file)
    subject, sequence = label_file.parts[-3:-1]
    try:
        pictures = sorted(picture_files(path / IMAGES / subject / sequence), key=_frame_number)
    except InputError as error:
        raise InputError(f"{label_file}: a label for a sequence without usable images: {error}") from error
    middle = len(pictures) // 2
    neutral, expressive = FRAME_CHOICES[frames](pictures[:middle], pictures[middle:])
    labelled = [(picture, emotion_index("neutral")) for picture in neutral]
    labelled += [(picture, label) for picture in expressive]
    return [Frame(picture, label, subject, f"{subject}_{sequence}") for picture, label in labelled]


def _find_face(picture: Path) -> NDArray[np.uint8] | None:
    gray = read_gray(picture)
    detections = find_faces(gray)
    return resize_face(crop_face(gray, detections[0].box)) if detections else None


def _frame_number(picture: Path) -> int:
    number = picture.stem.rpartition("_")[2]
    if not number.isdecimal():
        raise InputError(f"{picture}: the name has no frame number, as S005_001_00000011.png has; rename or remove it")
    return int(number)


def _read_label(file: Path) -> int:
    text = file.read_text(encoding="utf-8", errors="replace").strip()
    try:
        number = float(text)
    except ValueError:
        number = -1
    if number not in range(len(EMOTIONS)):
        raise InputError(
            f"{file}: the label is {text[:20]!r}; it must be one whole number from 0 to {len(EMOTIONS) - 1}"
        )
    return int(number)
