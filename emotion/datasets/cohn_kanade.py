"""The official release of the Extended Cohn-Kanade data set (CK+): sequences from a neutral to a peak expression.

Source: P. Lucey et al., "The Extended Cohn-Kanade Dataset (CK+): a complete dataset for action unit and
emotion-specified expression" (CVPR Workshops 2010).
"""

from __future__ import annotations

from pathlib import Path

from emotion.datasets.dataset import FaceDataset
from emotion.datasets.labelled_pictures import LabelledPicture, load_portraits
from emotion.datasets.options import LoadOptions
from emotion.errors import InputError
from emotion.hidden_files import is_hidden
from emotion.labels import EMOTIONS, emotion_index
from emotion.pictures import picture_files

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


def is_cohn_kanade(path: Path, options: LoadOptions) -> bool:
    """Whether ``path`` contains the image folder of the CK+ release."""
    return (path / IMAGES).is_dir()


def load_cohn_kanade(path: Path, options: LoadOptions) -> FaceDataset:
    """Load the faces of all labelled sequences, detected and cropped by the cascade, sorted by subject and sequence.

    Reads the label files, such as ``Emotion/S005/001/S005_001_00000011_emotion.txt`` (one number, an index into
    ``EMOTIONS``), and for each the frames in ``cohn-kanade-images/S005/001/``, sorted by number.

    By default, the first frame is labelled neutral, and the middle and last frames are labelled with the emotion.

    Skips sequences without a label. Leaves out frames without a face and unreadable ones. Raises InputError for unknown
    ``frames``, missing or invalid labels, a label without its sequence, too many unreadable pictures, or if no frame
    contains a face.
    """
    if options.frames not in FRAME_CHOICES:
        raise InputError(f"unknown frames {options.frames!r}; choose from {', '.join(FRAME_CHOICES)}")
    frames = [frame for label_file in _label_files(path) for frame in _choose_frames(path, label_file, options.frames)]
    return load_portraits(path, path.resolve().name, frames, options)


def _label_files(path: Path) -> list[Path]:
    pattern = "*/*/*_emotion.txt"
    files = sorted(
        file for file in (path / LABELS).glob(pattern) if not any(map(is_hidden, file.relative_to(path).parts))
    )
    if not files:
        raise InputError(f"{path / LABELS}: no label files {pattern}; unpack the emotion labels of CK+ there")
    return files


def _choose_frames(path: Path, label_file: Path, frames: str) -> list[LabelledPicture]:
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
    return [LabelledPicture(picture, label, subject, f"{subject}_{sequence}") for picture, label in labelled]


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
