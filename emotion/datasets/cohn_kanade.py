"""The official release of the Extended Cohn-Kanade data set (CK+): sequences from a neutral to a peak expression.

Source: P. Lucey et al., "The Extended Cohn-Kanade Dataset (CK+): a complete dataset for action unit and
emotion-specified expression" (CVPR Workshops 2010).
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
from emotion.preprocessing import FACE_SIZE, resize_face

IMAGES, LABELS = "cohn-kanade-images", "Emotion"

FRAME_CHOICES = {
    "first-middle-last": lambda early, late: (early[:1], late[:: max(len(late) - 1, 1)]),
    "first-last": lambda early, late: (early[:1], late[-1:]),
    "first-last-three": lambda early, late: (early[:1], late[-3:]),
    "first-three-last-three": lambda early, late: (early[:3], late[-3:]),
}
"""Functions from the two halves of a sequence to its neutral frames and the frames that show its emotion.

The second half begins with the middle frame. No frame is used twice, however short the sequence.
"""


class Frame(NamedTuple):
    """One picture of a sequence with its label, subject and sequence."""

    picture: Path
    label: int
    subject: str
    sequence: str


def is_cohn_kanade(path: Path) -> bool:
    """Whether ``path`` contains the image folder of the CK+ release."""
    return (path / IMAGES).is_dir()


def load_cohn_kanade(
    path: Path,
    frames: str = "first-middle-last",
    size: int = FACE_SIZE,
    track: Callable[[list[Frame]], Iterable[Frame]] = iter,
) -> FaceDataset:
    """Load the faces of all labelled sequences, detected and cropped by the cascade, sorted by subject and sequence.

    Reads the label files, such as ``Emotion/S005/001/S005_001_00000011_emotion.txt`` (one number, an index into
    ``EMOTIONS``), and for each the frames in ``cohn-kanade-images/S005/001/``, sorted by number.

    frames: the frames to use, a key of ``FRAME_CHOICES``. By default, the first frame is labelled neutral, and the
    middle and last frames are labelled with the emotion.
    size: height and width to which the faces are resized, in pixels.
    track: wraps the list of frames during face detection, to show progress.

    Skips sequences without a label. Skips frames without a face and warns about their number. Raises InputError for an
    unknown ``frames``, missing or invalid labels, a label without its sequence, an unreadable picture, or if no frame
    contains a face.
    """
    if frames not in FRAME_CHOICES:
        raise InputError(f"unknown frames {frames!r}; choose from {', '.join(FRAME_CHOICES)}")
    chosen = [frame for label_file in _label_files(path) for frame in _choose_frames(path, label_file, frames)]
    found = [(frame, face) for frame in track(chosen) if (face := _find_face(frame.picture, size)) is not None]
    if not found:
        raise InputError(f"{path}: no face found in any of {len(chosen)} frames; check that they show faces")
    missed = len(chosen) - len(found)
    if missed:
        warnings.warn(f"{path}: skipped {missed} of {len(chosen)} frames: no face found", stacklevel=2)
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
        raise InputError(f"{path / LABELS}: no label files {pattern}; unpack the emotion labels of CK+ there")
    return files


def _choose_frames(path: Path, label_file: Path, frames: str) -> list[Frame]:
    label = _read_label(label_file)
    subject, sequence = label_file.parts[-3:-1]
    try:
        pictures = sorted(picture_files(path / IMAGES / subject / sequence), key=_frame_number)
    except InputError as error:
        raise InputError(f"{label_file}: the sequence has no usable images: {error}") from error
    middle = len(pictures) // 2
    neutral, expressive = FRAME_CHOICES[frames](pictures[:middle], pictures[middle:])
    labelled = [(picture, emotion_index("neutral")) for picture in neutral]
    labelled += [(picture, label) for picture in expressive]
    return [Frame(picture, label, subject, f"{subject}_{sequence}") for picture, label in labelled]


def _find_face(picture: Path, size: int) -> NDArray[np.uint8] | None:
    gray = read_gray(picture)
    detections = find_faces(gray)
    return resize_face(crop_face(gray, detections[0].box), size) if detections else None


def _frame_number(picture: Path) -> int:
    number = picture.stem.rpartition("_")[2]
    if not number.isdecimal():
        raise InputError(f"{picture}: no frame number in the name (as in S005_001_00000011.png); rename or remove it")
    return int(number)


def _read_label(file: Path) -> int:
    text = file.read_text(encoding="utf-8", errors="replace").strip()
    try:
        number = float(text)
    except ValueError:
        number = -1
    if number not in range(len(EMOTIONS)):
        raise InputError(f"{file}: the label is {text[:20]!r}; it must be an integer from 0 to {len(EMOTIONS) - 1}")
    return int(number)
