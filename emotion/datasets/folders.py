"""One folder of cropped faces per emotion: the layout of ckplus8, CK+48 and most custom data.

The folders may also have numbers or other names, whose meaning a mapping file says: RAF-DB, AffectNet.
"""

from __future__ import annotations

import re
from pathlib import Path

from emotion.datasets.dataset import FaceDataset
from emotion.datasets.label_mapping import LabelMapping
from emotion.datasets.labelled_pictures import LabelledPicture, load_crops
from emotion.datasets.left_out import Tolerance
from emotion.datasets.options import LoadOptions
from emotion.datasets.visible import visible_folders
from emotion.pictures import picture_files

_COHN_KANADE_NAME = re.compile(r"(?P<sequence>(?P<subject>S\d+)_\d+)_\d+")


def is_emotion_folders(path: Path, options: LoadOptions) -> bool:
    """Whether at least two folders in ``path`` are named like emotions, or like labels with a meaning."""
    return path.is_dir() and sum(options.labels.knows(folder.name) for folder in visible_folders(path)) >= 2


def load_emotion_folders(path: Path, options: LoadOptions) -> FaceDataset:
    """Load the cropped faces in ``path/<emotion>/<picture>``, sorted by folder name and then by file name.

    Folder names may be any common spelling of an emotion, or a label of the mapping; hidden folders and files outside
    the folders are ignored. The subject is what the mapping finds in the path below ``path``; if it does not say how,
    subject and sequence are parsed from CK+ file names (``S005_001_00000011.png``) and unknown for other names.

    Leaves out unreadable pictures, files that are not pictures, and labels to which the mapping gives no emotion.
    Raises InputError for a folder with an unknown name or without pictures, and for too many unreadable pictures. Warns
    of pictures that are far from square.
    """
    folders = visible_folders(path)
    not_pictures: list[Path] = []
    meaning = options.labels.meanings(
        [folder.name for folder in folders], str(path), "rename the folder or move it elsewhere"
    )
    pictures, tolerance = [], Tolerance()
    for folder in folders:
        label = meaning[folder.name]
        files = picture_files(folder, not_pictures.append)
        if label is None:
            tolerance.leave_out(files, f"{options.labels.origin} gives their labels no emotion")
        else:
            pictures += [_labelled(file, label, options.labels) for file in files]
    tolerance.leave_out(not_pictures, "not a picture")
    options.labels.warn_of_unused(path, meaning)
    return load_crops(path, path.resolve().name, pictures, options, tolerance)


def _labelled(file: Path, label: int, labels: LabelMapping) -> LabelledPicture:
    if labels.subject:
        return LabelledPicture(file, label, labels.subject_of(f"{file.parent.name}/{file.name}"))
    name = _COHN_KANADE_NAME.match(file.name)
    return LabelledPicture(file, label, name["subject"], name["sequence"]) if name else LabelledPicture(file, label)
