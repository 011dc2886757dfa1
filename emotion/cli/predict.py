"""The command that recognises emotions in pictures: prints a line for each face and saves annotated copies."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from emotion.cli.errors import BAD_INPUT, print_error, print_warning, printable
from emotion.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from emotion.recognizer import EmotionRecognizer, Face


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status: 0, or 2 if a picture could not be processed."""
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
        help="picture files, or folders of pictures (default: all pictures in data/test)",
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="weights, .npz (default: the included ones)")
    parser.add_argument(
        "--min-score", type=float, metavar="SCORE", help="minimum detection score of a face; higher is stricter"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="folder for annotated copies (default: next to each picture)"
    )
    parser.add_argument("--no-save", dest="save", action="store_false", help="do not save annotated copies")
    parser.add_argument(
        "--explain", action="store_true", help="add to annotated copies which parts of each face speak for its emotion"
    )
    parser.add_argument("--show", action="store_true", help="show each annotated picture in a window")
    parser.add_argument(
        "--json", dest="as_json", action="store_true", help="print one line of JSON per picture, with all probabilities"
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
    explain: bool = False,
) -> int:
    """Process the pictures one by one: recognise, print, save and show. The arguments are those of the command.

    Returns the exit status: 2 if a path or picture could not be processed; the others are processed all the same.
    Raises InputError if there are no pictures to process.
    """
    import cv2

    from emotion.cli.quiet import quiet_decoders
    from emotion.cli.window import can_show, show_picture
    from emotion.detection import MIN_SCORE, check_opencv
    from emotion.pictures import ANNOTATED, read_picture, write_picture
    from emotion.recognizer import EmotionRecognizer

    check_opencv()
    files, bad = _find_pictures(paths)
    total = len(files) + bad
    if not files:
        return BAD_INPUT
    recognizer = EmotionRecognizer.load(weights)
    if output and save:
        copies = _copies_in(output, files)
    else:
        copies = {file: file.with_name(file.name + ANNOTATED) for file in files}
    if show and not can_show():
        print("note: no display available; ignoring --show", file=sys.stderr)
        show = False

    for number, file in enumerate(files, 1):
        _progress(f"{number} of {len(files)}: {printable(file.name)}")
        copy, problem = copies[file], None
        try:
            with quiet_decoders():
                picture = read_picture(file)
            faces = recognizer.recognize(picture, MIN_SCORE if min_score is None else min_score)
        except (InputError, MemoryError, cv2.error) as error:
            _progress("")
            print_error(error if isinstance(error, InputError) else f"{file}: cannot be processed ({error})")
            bad += 1
            continue
        annotated = picture
        try:
            if faces and (save or show):
                annotated = _annotate(picture, faces, recognizer if explain else None)
            if faces and save:
                write_picture(copy, annotated)
        except (InputError, MemoryError, cv2.error) as error:
            problem = error
        _progress("")
        saved = copy if faces and save and problem is None else None
        print((_as_json if as_json else _as_text)(file, faces, saved), flush=True)
        if problem is not None:
            print_warning(f"no annotated copy was saved: {problem}; use --output FOLDER or --no-save")
            bad += 1
        if show:
            show_picture(annotated)

    if bad and total > 1:
        print(f"{bad} of {total} could not be processed", file=sys.stderr)
    return BAD_INPUT if bad else 0


def _annotate(picture: NDArray[np.uint8], faces: list[Face], explained: EmotionRecognizer | None) -> NDArray[np.uint8]:
    """Draw the faces, and explain them if given the recogniser that found them."""
    from emotion.annotation import draw_faces

    annotated = draw_faces(picture, faces)
    if explained is None:
        return annotated
    from emotion.explanation_strip import add_explanations

    return add_explanations(annotated, picture, faces, explained)


def _find_pictures(paths: list[Path]) -> tuple[list[Path], int]:
    """Return all picture files without duplicates, and the number of bad paths, each reported with an error."""
    from emotion.pictures import picture_files

    files: list[Path] = []
    bad = 0
    for path in paths:
        left_out: list[str] = []
        try:
            files += picture_files(path, lambda file, names=left_out: names.append(file.name))
            if left_out:
                count = f"{len(left_out)} file{'s' * (len(left_out) > 1)}"
                print_warning(f"{path}: {count} left out: {', '.join(left_out[:5])}{', ...' * (len(left_out) > 5)}")
        except InputError as error:
            print_error(error)
            bad += 1
    if not files and not bad:
        raise InputError(f"{paths[0]}: this is an annotated copy; give the original picture")
    return list(dict.fromkeys(files)), bad


def _copies_in(folder: Path, files: list[Path]) -> dict[Path, Path]:
    """Create the folder and return the name of each annotated copy in it; equal names get a number.

    Raises InputError if it is not a folder.
    """
    from emotion.pictures import ANNOTATED

    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: not a folder; give --output a folder")
    folder.mkdir(parents=True, exist_ok=True)
    used: Counter[str] = Counter()
    copies = {}
    for file in files:
        used[file.name] += 1
        number = f" ({used[file.name]})" if used[file.name] > 1 else ""
        copies[file] = folder / (file.stem + number + file.suffix + ANNOTATED)
    return copies


def _as_text(file: Path, faces: list[Face], copy: Path | None) -> str:
    name = printable(file)
    if not faces:
        return f"{name}: no face found"
    lines = [f"{name}: {len(faces)} face{'s' if len(faces) > 1 else ''}"]
    for face in faces:
        x, y, width, height = face.box
        details = f"{width} x {height} at ({x}, {y}), score {face.score:.1f}"
        lines.append(f"  {face.emotion:<8} {face.confidence:6.1%}   {details}")
    if copy:
        lines.append(f"  saved {printable(copy)}")
    return "\n".join(lines)


def _as_json(file: Path, faces: list[Face], copy: Path | None) -> str:
    return json.dumps(
        {"picture": str(file), "faces": [asdict(face) for face in faces], "annotated": str(copy) if copy else None}
    )


def _progress(text: str) -> None:
    """Replace the progress line, or clear it with "". Does nothing if the results go to the same terminal."""
    if sys.stderr.isatty() and not sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
