"""A folder of FER2013 pictures with the votes of ten taggers (FER+): FER2013Train, FER2013Valid or FER2013Test.

Source: see `emotion.datasets.votes`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from emotion.datasets.csv_rows import read_header, read_rows
from emotion.datasets.dataset import FaceDataset
from emotion.datasets.labelled_pictures import LabelledPicture, load_crops
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

    Raises InputError for an invalid row (with its number), a missing or unreadable picture, or if no faces remain.
    """
    listed, votes = [], []
    for where, fields in read_rows(path / LABEL_CSV):
        if len(fields) != _FIELDS:
            raise InputError(
                f"{where}: {len(fields)} fields; expected a picture, its face box and {len(VOTE_COLUMNS)} votes"
            )
        picture, _, *cast = fields
        listed.append((where, path / picture))
        votes.append(parse_votes(where, cast))
    kept, labels, distributions = label_votes(votes, options.votes)
    pictures = [
        LabelledPicture(listed[index][1], label, where=listed[index][0])
        for index, label in zip(kept, labels.tolist(), strict=True)
    ]
    return replace(load_crops(path, path.resolve().name, pictures, options), distributions=distributions)
