"""All layouts of labelled faces, in the order in which a path is tested for them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from emotion.datasets.cohn_kanade import is_cohn_kanade, load_cohn_kanade
from emotion.datasets.dataset import FaceDataset
from emotion.datasets.ferplus import is_ferplus_folder, load_ferplus_folder
from emotion.datasets.file_table import is_file_table, load_file_table, parts_of_file_table
from emotion.datasets.folders import is_emotion_folders, load_emotion_folders
from emotion.datasets.jaffe import is_jaffe, load_jaffe
from emotion.datasets.kdef import is_kdef, load_kdef
from emotion.datasets.label_mapping import mapping_for
from emotion.datasets.options import LoadOptions
from emotion.datasets.parts import choose_part, part_folders
from emotion.datasets.pixel_csv import is_pixel_csv, load_pixel_csv, parts_of_pixel_csv
from emotion.datasets.rafdb import is_rafdb, load_rafdb, parts_of_rafdb


class Layout(NamedTuple):
    """A way in which labelled faces are stored.

    recognises: whether a path has this layout.
    load: loads the faces at the path, of the part in the options if they are divided into parts.
    parts: the parts that they are divided into; none if they are not.
    """

    recognises: Callable[[Path, LoadOptions], bool]
    load: Callable[[Path, LoadOptions], FaceDataset]
    parts: Callable[[Path, LoadOptions], Collection[str]] = lambda path, options: ()


def find_layout(path: Path, options: LoadOptions) -> Layout | None:
    """Return the first layout that ``path`` has, or None."""
    return next((layout for layout in _LAYOUTS if layout.recognises(path, options)), None)


def with_labels_of(path: Path, options: LoadOptions) -> LoadOptions:
    """Return the options with the meaning of labels that a mapping file at ``path`` states, if there is one."""
    return replace(options, labels=mapping_for(path, options.labels))


def _is_in_part_folders(path: Path, options: LoadOptions) -> bool:
    return bool(_parts_in_folders(path, options))


def _parts_in_folders(path: Path, options: LoadOptions) -> Collection[str]:
    """Return the parts for which there is a folder with a known layout: ``train/``, ``test/``, ..."""
    folders = part_folders(path) if path.is_dir() else {}
    return [part for part, folder in folders.items() if find_layout(folder, with_labels_of(folder, options))]


def _load_part_folder(path: Path, options: LoadOptions) -> FaceDataset:
    folder = part_folders(path)[options.part]
    inside = with_labels_of(folder, options)
    layout = find_layout(folder, inside)
    own_part = choose_part(folder, layout.parts(folder, inside), None, [options.part])
    faces = layout.load(folder, replace(inside, part=own_part))
    return replace(faces, name=f"{path.resolve().name} ({options.part})")


_LAYOUTS = (
    Layout(is_cohn_kanade, load_cohn_kanade),
    Layout(is_ferplus_folder, load_ferplus_folder),
    Layout(is_pixel_csv, load_pixel_csv, parts_of_pixel_csv),
    Layout(is_emotion_folders, load_emotion_folders),
    Layout(_is_in_part_folders, _load_part_folder, _parts_in_folders),
    Layout(is_rafdb, load_rafdb, parts_of_rafdb),
    Layout(is_file_table, load_file_table, parts_of_file_table),
    Layout(is_jaffe, load_jaffe),
    Layout(is_kdef, load_kdef),
)
