"""What the labels of a data set mean, as a file in TOML says: numbers or names of folders, or values in a table."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emotion.errors import InputError
from emotion.labels import EMOTIONS, emotion_index
from emotion.toml_files import read_toml

MAPPING_FILE = "labels.toml"
"""The mapping file that counts for the folder in which it lies."""

_TEXTS = ("file", "emotion", "part", "root", "subject")


@dataclass(frozen=True)
class LabelMapping:
    """The meaning of the labels of a data set; by default, common spellings of emotions and nothing else.

    origin: what messages call the file.
    labels: the emotion, an index into ``EMOTIONS``, of each label in lower case; None leaves its faces out.
    file, emotion, part: columns of a table, or "" to find them by common names.
    root: the folder that the names of files in a table are relative to, seen from the folder of the table.
    subject: finds the subject in the path of a picture; it is the first group, or all that matches without one.
    """

    origin: str = ""
    labels: Mapping[str, int | None] = field(default_factory=dict)
    file: str = ""
    emotion: str = ""
    part: str = ""
    root: str = "."
    subject: re.Pattern[str] | None = None

    def knows(self, label: str) -> bool:
        """Whether the label has a meaning, if only that its faces are left out."""
        try:
            self._meaning(label)
        except InputError:
            return False
        return True

    def meanings(self, labels: Iterable[str], where: str, remedy: str) -> dict[str, int | None]:
        """Return the meaning of each label: an index into ``EMOTIONS``, or None to leave its faces out.

        Raises InputError, beginning with ``where``, that names all unknown labels and says what to do: ``remedy``, or
        to add them to the mapping file.
        """
        labels = list(dict.fromkeys(labels))
        if unknown := [label for label in labels if not self.knows(label)]:
            names = ", ".join(map(repr, unknown[:10])) + ", ..." * (len(unknown) > 10)
            if self.origin:
                remedy = f'add it to {self.origin} ("" leaves it out), if that is the file for these data'
            raise InputError(f"{where}: unknown emotion {names}; {remedy}; the emotions are {', '.join(EMOTIONS)}")
        return {label: self._meaning(label) for label in labels}

    def warn_of_unused(self, path: Path, used: Collection[str]) -> None:
        """Warn if only some labels that have an emotion are among those used: it may be the file of other data."""
        used = {label.strip().lower() for label in used}
        unused = [label for label, emotion in self.labels.items() if emotion is not None and label not in used]
        if unused and used & self.labels.keys():
            warnings.warn(
                f"{path}: no faces with the label {', '.join(unused)}; check that {self.origin} is for these data",
                stacklevel=2,
            )

    def subject_of(self, picture: str) -> str:
        """Return the subject that the path of a picture, with ``/`` between folders, names; ``""`` if it does not."""
        match = self.subject.search(picture) if self.subject else None
        return "" if match is None else match[self.subject.groups and 1] or ""

    def _meaning(self, label: str) -> int | None:
        key = label.strip().lower()
        return self.labels[key] if key in self.labels else emotion_index(label)


def read_label_mapping(path: Path) -> LabelMapping:
    """Read a mapping file; ``docs/data.md`` describes it. Raises InputError for anything that it cannot say."""
    content = read_toml(path, str(path))
    labels = content.pop("labels", {})
    if not isinstance(labels, dict):
        raise InputError(f'{path}: labels must be a table, [labels] with lines such as 1 = "surprise"')
    for name, value in content.items():
        if name not in _TEXTS:
            raise InputError(f"{path}: unknown setting {name!r}; there are labels, {', '.join(_TEXTS)}")
        if not isinstance(value, str) or not value:
            raise InputError(f"{path}: {name} cannot be {value!r}; give a string")
    meanings = {str(label).strip().lower(): _emotion(path, label, value) for label, value in labels.items()}
    subject = _expression(path, content.pop("subject")) if "subject" in content else None
    return LabelMapping(str(path), meanings, subject=subject, **content)


def mapping_for(path: Path, default: LabelMapping) -> LabelMapping:
    """Return the mapping in the folder ``path``, or in that of the file ``path``; without one, ``default``."""
    file = (path if path.is_dir() else path.parent) / MAPPING_FILE
    return read_label_mapping(file) if file.is_file() else default


def _emotion(path: Path, label: str, value: Any) -> int | None:
    if value == "":
        return None
    try:
        return emotion_index(value)
    except (InputError, AttributeError) as error:
        message = error if isinstance(error, InputError) else f"{value!r} is not a string"
        raise InputError(f"{path}: label {label}: {message}") from error


def _expression(path: Path, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise InputError(f"{path}: subject is not a regular expression ({error}); correct it") from error
