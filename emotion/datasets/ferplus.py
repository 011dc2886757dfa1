"""A folder of FER2013 pictures with the votes of ten taggers (FER+): FER2013Train, FER2013Valid or FER2013Test.

Source: see `emotion.datasets.votes`.
"""

from __future__ import annotations

from pathlib import Path

from emotion.datasets.csv_rows import read_header, read_rows
from emotion.datasets.dataset import FaceDataset
from emotion.datasets.labelled_pictures import LabelledPicture, load_crops
from emotion.datasets.left_out import Tolerance
from emotion.datasets.options import LoadOptions
from emotion.datasets.votes import VOTE_COLUMNS, label_votes, parse_votes
from emotion.errors import InputError

LABEL_CSV = "label.csv"
_FIELDS = 2 + len(VOTE_COLUMNS)  # a picture, its face box and the votes


def is_ferplus_folder(path: Path, options: LoadOptions) -> bool:
    """Whether ``path`` is a folder with a ``label.csv`` whose first row is like those of FER+; there is no header."""
    return (path / LABEL_CSV).is_file() and len(read_header(path / LABEL_CSV)) == _FIELDS


def load_ferplus_folder(path: Path, options: LoadOptions) -> FaceDataset:
    """Load the pictures that ``label.csv`` lists, labelled by their votes. Subjects are unknown.

    Leaves out invalid rows, and missing and unreadable pictures. Raises InputError if they are too many, or if no faces
    remain.
    """
    listed, votes, tolerance = [], [], Tolerance()
    for where, fields in read_rows(path / LABEL_CSV):
        with tolerance.tolerating():
            if len(fields) != _FIELDS:
                raise InputError(
                    f"{where}: {len(fields)} fields; expected a picture, its face box and {len(VOTE_COLUMNS)} votes"
                )
            picture, _, *cast = fields
            votes.append(parse_votes(where, cast))
            listed.append((where, path / picture))
    kept, labels, distributions = label_votes(votes, options.votes)
    pictures = [
        LabelledPicture(listed[index][1], label, where=listed[index][0])
        for index, label in zip(kept, labels.tolist(), strict=True)
    ]
    return load_crops(path, path.resolve().name, pictures, options, tolerance, distributions)
