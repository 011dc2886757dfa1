"""The command that recognises emotions in pictures or a video: prints the faces and saves annotated copies."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from emotion.cli.command_parser import command_parser
from emotion.cli.errors import BAD_INPUT, NO_FACE
from emotion.cli.output_files import check_extension, check_no_input, finished
from emotion.cli.recognition_options import add_recognition_options, thresholds
from emotion.errors import InputError
from emotion.networks import DEFAULT_NETWORK

if TYPE_CHECKING:
    from emotion.cli.inputs import PictureInput
    from emotion.cli.processing import PictureProcessor, PictureTask
    from emotion.recognizer import EmotionRecognizer
    from emotion.report.writer import Report

_DEFAULT_FOLDER = "data/test"

_PICTURES_FOR_A_WORKER = 12  # recognising fewer takes hardly longer than starting a process


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status.

    It is 0 if a face was found, 1 if there was none in any picture, and 2 if something could not be processed; the rest
    is processed all the same. Raises InputError if there is nothing to process, for options that exclude each other,
    and for files that must not be replaced.
    """
    arguments = _parser().parse_args(argv)
    check_extension("--csv", arguments.csv, ".csv")
    check_extension("--report", arguments.report, ".html", ".htm")
    check_extension("--timeline", arguments.timeline, ".svg")
    if arguments.video is None and arguments.camera is None:
        if arguments.timeline:
            raise InputError("--timeline is for videos; give one with --video or --camera")
        return _predict(arguments)
    for option in ("recursive", "whole_image", "explain", "report", "workers"):
        if getattr(arguments, option) not in (None, False):
            raise InputError(f"--{option.replace('_', '-')} is for pictures; leave it out for a video")
    from emotion.cli.video import predict_video

    return predict_video(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(
        description="Find the faces in pictures or a video, recognise their emotions and save annotated copies.",
        epilog="Exit status: 0 if a face was found, 1 if there was none in any picture, 2 if something could not be "
        "processed.",
    )
    _add_inputs(parser)
    add_recognition_options(parser)
    _add_outputs(parser)
    return parser


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "-p",
        "--picture",
        dest="paths",
        nargs="+",
        metavar="PATH",
        help="picture files, folders of pictures, patterns such as 'photos/*.jpg', or - for a picture on standard "
        f"input (default: all pictures in {_DEFAULT_FOLDER})",
    )
    source.add_argument("--video", type=Path, metavar="FILE", help="a video file instead of pictures")
    source.add_argument("--camera", type=int, metavar="N", help="a camera, counted from 0; Ctrl-C or q ends")
    parser.add_argument("-r", "--recursive", action="store_true", help="also process the folders below a folder")
    parser.add_argument(
        "--whole-image",
        action="store_true",
        help="each picture is a crop of one face already; classify it as a whole, without looking for faces",
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes that work on pictures at the same time; 1 is only this one (default: one for every 12 "
        "pictures, and at most one for each processor)",
    )


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output",
        type=Path,
        metavar="PATH",
        help="folder for annotated copies, which are in the same folders below it as the pictures (default: next to "
        "each picture or video; none of standard input and cameras); for a video, also an .mp4 or .avi file",
    )
    parser.add_argument("--no-save", dest="save", action="store_false", help="do not save annotated copies")
    parser.add_argument(
        "--explain",
        action="store_true",
        help="add to annotated copies and the report which parts of each face support its emotion",
    )
    parser.add_argument("--show", action="store_true", help="show each annotated picture in a window")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one line of JSON per picture or frame, with all probabilities and errors",
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="also write a table with a row for each face, .csv")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="also write a page for the browser with all faces, to filter and to sort, .html",
    )
    parser.add_argument(
        "--timeline", type=Path, metavar="FILE", help="also draw a chart of the emotions over time in a video, .svg"
    )


def _paths(arguments: argparse.Namespace) -> list[str]:
    """Return the paths to process. Raises InputError if none is given and the default is missing."""
    if arguments.paths is None and not Path(_DEFAULT_FOLDER).exists():
        raise InputError(
            f"no picture given, and {_DEFAULT_FOLDER} does not exist; give pictures or folders with -p, or see --help"
        )
    return arguments.paths or [_DEFAULT_FOLDER]


def _predict(arguments: argparse.Namespace) -> int:
    from emotion.cli.copies import name_copies
    from emotion.cli.inputs import find_pictures
    from emotion.cli.outputs import FaceTable
    from emotion.cli.processing import PictureProcessor
    from emotion.cli.window import can_show

    if arguments.workers is not None and arguments.workers < 1:
        raise InputError(f"--workers is {arguments.workers}; it must be at least 1")
    task = _task(arguments)
    pictures, bad = find_pictures(_paths(arguments), arguments.recursive)
    check_no_input((arguments.csv, arguments.report), (picture.path for picture in pictures))
    task.recognizer.expect_pictures(len(pictures))
    copies = name_copies(pictures, arguments.output) if arguments.save else [None] * len(pictures)
    show = arguments.show and can_show()
    if arguments.show and not show:
        print("note: no display available; ignoring --show", file=sys.stderr)
    task = replace(task, keep=show)
    failed: list[Path] = []
    with ExitStack() as stack:
        table = report = None
        if arguments.csv and pictures:
            table = stack.enter_context(finished(FaceTable(arguments.csv), arguments.csv, failed))
        if arguments.report and pictures:
            report = stack.enter_context(finished(_report(arguments, task.recognizer), arguments.report, failed))
        workers = _workers(arguments.workers, pictures, show)
        processor = PictureProcessor(task, len(pictures) + len(bad), workers, arguments.json, table, report)
        for path in bad:
            processor.fail(path.name, str(path.error))
        processor.process(list(zip(pictures, copies, strict=True)))
    return BAD_INPUT if failed else _status(processor)


def _task(arguments: argparse.Namespace) -> PictureTask:
    """Return what to do with each picture. Raises InputError for a threshold out of its range."""
    from emotion.cascade import check_opencv
    from emotion.cli.processing import PictureTask
    from emotion.recognizer import EmotionRecognizer

    min_score, min_confidence = thresholds(arguments)
    check_opencv()
    recognizer = EmotionRecognizer.load(arguments.weights, arguments.network or DEFAULT_NETWORK)
    return PictureTask(
        recognizer, min_score, min_confidence, arguments.whole_image, arguments.explain, bool(arguments.report)
    )


def _workers(wanted: int | None, pictures: Sequence[PictureInput], show: bool) -> int:
    """Return how many processes to use: by default a processor each, if there are enough pictures to start them for."""
    from npcnn import thread_count

    if show or any(picture.path is None for picture in pictures):  # a window and standard input are of this process
        return 1
    return max(1, min(thread_count(), len(pictures) // _PICTURES_FOR_A_WORKER)) if wanted is None else wanted


def _report(arguments: argparse.Namespace, recognizer: EmotionRecognizer) -> AbstractContextManager[Report]:
    from emotion.report.writer import written_report

    threshold = recognizer.threshold(arguments.min_confidence)
    return written_report(arguments.report, recognizer.metadata.network, threshold, arguments.explain)


def _status(processor: PictureProcessor) -> int:
    """Sum up on standard error, if there were several pictures, and return the exit status."""
    total, failures, faces = processor.total, processor.failures, processor.faces
    if not faces and total - failures > 1:
        print(f"no face found in any of {total - failures} pictures", file=sys.stderr)
    if failures and total > 1:
        print(f"{failures} of {total} could not be processed", file=sys.stderr)
    if failures:
        return BAD_INPUT
    return 0 if faces else NO_FACE
