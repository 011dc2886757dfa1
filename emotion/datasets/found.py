"""What is found at a path that has no known layout, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emotion.datasets.csv_rows import read_header
from emotion.datasets.layouts import find_layout, with_labels_of
from emotion.datasets.options import LoadOptions
from emotion.datasets.parts import part_named
from emotion.datasets.visible import visible_files, visible_folders
from emotion.pictures import is_picture_name

_FOLDERS = 20  # that are searched for labelled faces
_PER_EMOTION = "there must be a folder of pictures per emotion, such as happy/ and angry/"
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar")


def describe(path: Path, options: LoadOptions) -> str:
    """Say in one line what is at ``path``, and which layout is nearest."""
    if path.is_dir():
        return _describe_folder(path, options)
    if path.suffix.lower() == ".csv" and find_layout(path.parent, options):
        return f"found a part of the labelled faces in its folder; give {path.parent}"
    return _describe_file(path)


def _describe_file(file: Path) -> str:
    extension = file.suffix.lower()
    if extension in _ARCHIVES:
        return "found an archive; unpack it and give the folder"
    if is_picture_name(file.name):
        return "found a picture; give a folder that has a folder of pictures per emotion"
    if extension != ".csv":
        return f"found a {extension or 'plain'} file; give a folder, or a CSV file with columns file and emotion"
    header = read_header(file)
    if {"neutral", "contempt", "NF"} <= set(header):
        return "found votes of FER+ without pictures; put this file next to fer2013.csv and give that"
    remedy = "its first row must name emotion and pixels, or file and emotion; correct it, or use --labels"
    return f"found {_listed('column', header)}; {remedy}"


def _describe_folder(path: Path, options: LoadOptions) -> str:
    folders, files = visible_folders(path), visible_files(path)
    names = [entry.name for entry in folders or files]
    return (
        _nearest_by_folders(folders, options)
        or _nearest_by_files(files)
        or f"found {_listed('folder' if folders else 'file', names)}; {_PER_EMOTION}"
    )


def _nearest_by_folders(folders: Sequence[Path], options: LoadOptions) -> str | None:
    if folders and all(folder.name.isdecimal() for folder in folders):
        numbers = sorted((folder.name for folder in folders), key=int)
        found = f"folders {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"the folder {numbers[0]}"
        if options.labels.origin:
            return f"found {found}, which {options.labels.origin} does not name; correct it"
        return f"found {found}; name them after their emotions, or say what they mean with --labels"
    if known := [folder.name for folder in folders if options.labels.knows(folder.name)]:
        return f"found only the folder {known[0]} named after an emotion; there must be at least two"
    for folder in folders[:_FOLDERS]:
        if find_layout(folder, with_labels_of(folder, options)):
            return f"found labelled faces in {folder.name}; give {folder}"
        if part_named(folder.name):
            return f"in {folder.name}, {_describe_folder(folder, options)}"
    return None


def _nearest_by_files(files: Sequence[Path]) -> str | None:
    if archives := [file.name for file in files if file.suffix.lower() in _ARCHIVES]:
        return f"found {_listed('archive', archives)}; unpack and give the folder"
    if tables := [file for file in files if file.suffix.lower() == ".csv"]:
        return f"in {tables[0].name}, {_describe_file(tables[0])}"
    pictures = sum(is_picture_name(file.name) for file in files)
    if pictures:
        return f"found {pictures} picture(s) without labels; {_PER_EMOTION}, or a CSV file with columns file, emotion"
    return None


def _listed(kind: str, names: Sequence[str]) -> str:
    if not names:
        return f"no {kind}"
    return f"the {kind}{'s' * (len(names) > 1)} {', '.join(names[:5])}{', ...' * (len(names) > 5)}"
