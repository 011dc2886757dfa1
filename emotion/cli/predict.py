"""The command that recognises emotions in pictures: a line for each face on the terminal, and annotated copies."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from emotion.cli.errors import BAD_INPUT, complain
from emotion.errors import InputError

if TYPE_CHECKING:
    from emotion.recognizer import Face


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments; returns the exit status: 0, or 2 when a picture could not be used."""
    return predict_pictures(**vars(_parser().parse_args(argv)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Find the faces in pictures, recognise their emotions and save annotated copies."
    )
    parser.add_argument(
        "-p",
        "--picture",
        dest="paths",
        nargs="+",
        type=Path,
        default=[Path("data/test")],
        metavar="PATH",
        help="picture files, or folders of them (default: every picture in data/test)",
    )
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="a trained network, .npz (default: the shipped one)"
    )
    parser.add_argument(
        "--min-score", type=float, metavar="SCORE", help="the lowest score a face may be found with; more is stricter"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="where annotated copies go (default: beside each picture)"
    )
    parser.add_argument("--no-save", dest="save", action="store_false", help="save no annotated copies")
    parser.add_argument("--show", action="store_true", help="show each annotated picture in a window")
    parser.add_argument(
        "--json", dest="as_json", action="store_true", help="print a line of JSON a picture, with all probabilities"
    )
    return parser


def predict_pictures(
    paths: list[Path],
    weights: Path | None = None,
    min_score: float | None = None,
    output: Path | None = None,
    save: bool = True,
    show: bool = False,
    as_json: bool = False,
) -> int:
    """Recognise, print, save and show one picture after another; the arguments are those of the command.

    Returns the exit status: 2 when a path or picture could not be used; the others are still processed. Raises
    InputError when there is nothing to do at all.
    """
    from emotion.annotation import draw_faces
    from emotion.cli.window import can_show, show_picture
    from emotion.detection import MIN_SCORE, check_opencv
    from emotion.pictures import ANNOTATED, read_picture, write_picture
    from emotion.recognizer import EmotionRecognizer

    check_opencv()
    files, bad = _find_pictures(paths)
    asked = len(files) + bad
    if not files:
        return BAD_INPUT
    recognizer = EmotionRecognizer.load(weights)
    if output and save:
        _prepare_output(output, files)
    if show and not can_show():
        print("note: there is no display to show pictures on; --show is left out", file=sys.stderr)
        show = False

    for number, file in enumerate(files, 1):
        _progress(f"{number} of {len(files)}: {file.name}")
        try:
            picture = read_picture(file)
            faces = recognizer.recognize(picture, MIN_SCORE if min_score is None else min_score)
            annotated = draw_faces(picture, faces)
            copy = (output or file.parent) / (file.name + ANNOTATED) if faces and save else None
            if copy:
                write_picture(copy, annotated)
        except InputError as error:
            _progress("")
            complain(error)
            bad += 1
            continue
        _progress("")
        print((_as_json if as_json else _as_text)(file, faces, copy), flush=True)
        if show:
            show_picture(annotated)

    if bad and asked > 1:
        print(f"{bad} of {asked} could not be used", file=sys.stderr)
    return BAD_INPUT if bad else 0


def _find_pictures(paths: list[Path]) -> tuple[list[Path], int]:
    """All picture files, each once, and the number of paths without any, for each of which an error is printed."""
    from emotion.pictures import picture_files

    files: list[Path] = []
    bad = 0
    for path in paths:
        try:
            files += picture_files(path)
        except InputError as error:
            complain(error)
            bad += 1
    if not files and not bad:
        raise InputError(f"{paths[0]}: an annotated copy; give the original picture")
    return list(dict.fromkeys(files)), bad


def _prepare_output(folder: Path, files: list[Path]) -> None:
    """Make the folder. Raises InputError when two pictures would have the same annotated copy in it."""
    for name, number in Counter(file.name for file in files).items():
        if number > 1:
            raise InputError(
                f"{number} pictures are called {name}; leave --output out to save each beside its original"
            )
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: not a folder; give --output a folder")
    folder.mkdir(parents=True, exist_ok=True)


def _as_text(file: Path, faces: list[Face], copy: Path | None) -> str:
    if not faces:
        return f"{file}: no face found"
    lines = [f"{file}: {len(faces)} face{'s' if len(faces) > 1 else ''}"]
    for face in faces:
        x, y, width, height = face.box
        place = f"{width} x {height} at ({x}, {y}), score {face.score:.1f}"
        lines.append(f"  {face.emotion:<8} {face.confidence:6.1%}   {place}")
    if copy:
        lines.append(f"  saved {copy}")
    return "\n".join(lines)


def _as_json(file: Path, faces: list[Face], copy: Path | None) -> str:
    return json.dumps(
        {"picture": str(file), "faces": [asdict(face) for face in faces], "annotated": str(copy) if copy else None}
    )


def _progress(text: str) -> None:
    """Replace the progress line, unless the terminal shows the results themselves; "" clears it."""
    if sys.stderr.isatty() and not sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
