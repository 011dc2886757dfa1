"""What is known about faces before they are used: how many of each emotion, what was left out, what is in two sets."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emotion.datasets.dataset import FaceDataset
from emotion.datasets.overlap import near_duplicate, same_picture, same_subject

MAX_PAIRS = 200_000_000
"""Pairs of faces that are compared for near-duplicates, which takes some seconds."""


@dataclass(frozen=True)
class Summary:
    """A table with a column for each set of faces, and sentences about them.

    columns: the names of the sets.
    rows: for each row, its name and a number for each set.
    notes: sentences.
    """

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    notes: list[str]

    def to_text(self) -> str:
        """Return it as plain text; with up to four sets, it is at most 80 columns wide."""
        table = [
            f"{name:<20}" + "".join(f"{cell:>13}" for cell in cells)
            for name, *cells in [("", *self.columns), *self.rows]
        ]
        notes = [textwrap.fill(note, 80, subsequent_indent="  ", break_on_hyphens=False) for note in self.notes]
        return "\n".join([*table, "", *notes])


def summarise(sets: Mapping[str, FaceDataset], notes: Sequence[str] = ()) -> Summary:
    """Count the faces of each set, by name: per emotion, together, their subjects, and those of unknown subjects."""
    counts = [dataset.counts() for dataset in sets.values()]
    rows = [(emotion, *(f"{count[emotion]:,}" for count in counts)) for emotion in counts[0]]
    known = [dataset.subjects[dataset.subjects != ""] for dataset in sets.values()]
    rows += [
        ("faces", *(f"{len(dataset):,}" for dataset in sets.values())),
        ("subjects", *(f"{len(np.unique(subjects)):,}" for subjects in known)),
        ("of unknown subject", *(f"{len(d) - len(s):,}" for d, s in zip(sets.values(), known, strict=True))),
    ]
    return Summary(tuple(sets), rows, list(notes))


class OverlapCount:
    """Counts how many faces also occur in training, over one or more pairs of sets.

    most_pairs: the pairs of faces up to which near-duplicates are searched in a pair of sets.
    """

    def __init__(self, most_pairs: float = MAX_PAIRS) -> None:
        self.most_pairs = most_pairs
        self.faces = self.same_picture = self.near_duplicate = self.same_subject = 0
        self.searched = True

    def add(self, faces: FaceDataset, train: FaceDataset) -> None:
        """Count the faces that also occur in ``train``."""
        copies = same_picture(faces, train)
        self.faces += len(faces)
        self.same_picture += int(copies.sum())
        self.same_subject += int(same_subject(faces, train).sum())
        self.searched &= len(faces) * len(train) <= self.most_pairs
        if self.searched:
            self.near_duplicate += int((near_duplicate(faces, train) & ~copies).sum())

    def sentence(self, name: str) -> str:
        """Return the counts as a sentence about faces of this name."""
        near = f"{self.near_duplicate:,} near-duplicates" if self.searched else "near-duplicates not searched, too many"
        return (
            f"of {self.faces:,} {name} faces, also in training: {self.same_picture:,} same pictures, {near}, "
            f"{self.same_subject:,} same people"
        )
