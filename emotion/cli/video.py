"""The part of the predict command for videos: recognises emotions in a file or from a camera, frame by frame."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from emotion.cli.errors import BAD_INPUT, INTERRUPTED, NO_FACE, print_error, print_warning, printable
from emotion.cli.output_files import check_no_input, finished
from emotion.errors import InputError
from emotion.networks import DEFAULT_NETWORK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from emotion.video.reader import Frame, FrameReader
    from emotion.video.recognition import VideoRecognizer
    from emotion.video.results import TrackedFace
    from emotion.video.timeline import Timeline

ANNOTATED_VIDEO = ".emotions.mp4"
"""Suffix that is appended to a video's name to name its annotated copy."""


def predict_video(arguments: argparse.Namespace) -> int:
    """Process a video file, or a camera until it is interrupted. The arguments are those of the command.

    Returns the exit status: 0 if a face was found, 1 if there was none, 2 if a camera goes away or a file cannot be
    finished, or 130 after Ctrl-C; the other files are complete in all cases.
    Raises InputError, and leaves no incomplete file, if the video cannot be read or a file cannot be begun.
    """
    from emotion.cascade import check_opencv
    from emotion.cli.quiet import quiet_decoders
    from emotion.cli.window import can_show
    from emotion.detection import MIN_SCORE
    from emotion.recognizer import EmotionRecognizer
    from emotion.video.reader import open_camera, open_video
    from emotion.video.recognition import VideoRecognizer

    def load() -> VideoRecognizer:
        recognizer = EmotionRecognizer.load(arguments.weights, arguments.network or DEFAULT_NETWORK)
        least = MIN_SCORE if arguments.min_score is None else arguments.min_score
        return VideoRecognizer(recognizer, min_score=least, min_confidence=arguments.min_confidence)

    video, camera = arguments.video, arguments.camera
    check_opencv()
    with quiet_decoders():
        reader = open_camera(camera) if video is None else open_video(video)
    with reader:
        copy = _copy_path(video, camera, arguments.output) if arguments.save else None
        files = [file for file in (copy, arguments.csv, arguments.timeline) if file]
        check_no_input(files, [video])
        show = arguments.show and can_show()
        if arguments.show and not show:
            print("note: no display available; ignoring --show", file=sys.stderr)
        failed: list[Path] = []
        timeline, interrupted = _process(
            reader, load, copy, arguments.csv, arguments.timeline, failed, show, arguments.json
        )
    if not arguments.json:
        for file in files:
            if file not in failed:
                print(f"  saved {printable(file)}")
    if interrupted:
        print_error("interrupted")
        return INTERRUPTED
    if reader.problem and video is None:
        return print_error(reader.problem)
    if reader.problem:
        print_warning(reader.problem)
    if failed:
        return BAD_INPUT
    return 0 if timeline.persons else NO_FACE


def _process(
    reader: FrameReader,
    load: Callable[[], VideoRecognizer],
    copy: Path | None,
    table: Path | None,
    chart: Path | None,
    failed: list[Path],
    show: bool,
    as_json: bool,
) -> tuple[Timeline, bool]:
    """Process all frames and write the files; returns what was found, and whether Ctrl-C came before the end.

    Files that cannot be finished are reported and added to ``failed``.
    """
    from emotion.annotation import draw_labels
    from emotion.cli.outputs import JSON_VERSION
    from emotion.cli.progress import counting_frames
    from emotion.cli.quiet import quiet_decoders
    from emotion.cli.window import close_windows, show_frame
    from emotion.video.chart import written_timeline
    from emotion.video.results import FrameResult
    from emotion.video.table import written_table
    from emotion.video.timeline import Timeline
    from emotion.video.writer import written_video

    timeline = Timeline()
    interrupted = False
    with ExitStack() as stack:
        writer = stack.enter_context(finished(written_video(copy, reader.rate), copy, failed)) if copy else None
        add_rows = stack.enter_context(finished(written_table(table), table, failed)) if table else None
        if chart:
            title = f"Emotions in {Path(reader.name).name}"
            stack.enter_context(finished(written_timeline(chart, timeline, title), chart, failed))
        if show:
            stack.callback(close_windows)
        try:
            bar = counting_frames(printable(reader.name), reader.expected, show=not (as_json and sys.stdout.isatty()))
            with bar as advance:
                recognition = load()
                for number, time, picture in _frames(reader):
                    faces = _recognize(recognition, picture, time, f"{reader.name}: frame {number}")
                    result = FrameResult(number, time, faces)
                    timeline.add(result)
                    if as_json:
                        print(json.dumps({"version": JSON_VERSION} | result.to_dict()), flush=True)
                    if add_rows:
                        add_rows(result)
                    if writer or show:
                        draw_labels(picture, faces)
                    if writer:
                        with quiet_decoders():
                            writer.write(picture, time)
                    advance(", ".join(face.label for face in faces))
                    if show and not show_frame(picture):
                        break
        except KeyboardInterrupt:
            if not timeline.frames:
                raise
            interrupted = True
        if not as_json:
            print(_summary(reader.name, timeline), flush=True)
    return timeline, interrupted


def _frames(reader: FrameReader) -> Iterator[Frame]:
    """Yield the frames of a video without what the decoder prints."""
    from emotion.cli.quiet import quiet_decoders

    frames = iter(reader)
    while True:
        with quiet_decoders():
            frame = next(frames, None)
        if frame is None:
            return
        yield frame


def _recognize(recognition: VideoRecognizer, picture: NDArray[np.uint8], time: float, name: str) -> list[TrackedFace]:
    import cv2

    try:
        return recognition.update(picture, time)
    except (MemoryError, cv2.error) as error:
        raise InputError(f"{name} cannot be processed ({error}); make the video smaller") from error


def _copy_path(video: Path | None, camera: int | None, output: Path | None) -> Path | None:
    """Return the path of the annotated copy; None if there is none. Creates the folder if ``output`` is one."""
    from emotion.cli.copies import create_folder

    name = (f"camera {camera}" if video is None else video.name) + ANNOTATED_VIDEO
    if output is None:
        return None if video is None else video.with_name(name)
    if output.suffix and not output.is_dir():
        return output
    if output.exists() and not output.is_dir():
        raise InputError(f"{output}: not a folder; give --output a folder, or a file that ends in .mp4 or .avi")
    create_folder(output)
    return output / name


def _summary(name: str, timeline: Timeline) -> str:
    persons = len(timeline.persons)
    found = f"{persons} person{'s' * (persons > 1)}" if persons else "no face found"
    frames = f"{timeline.frames} frame{'s' * (timeline.frames != 1)}"
    lines = [f"{printable(name)}: {frames}, {timeline.end - timeline.start:.1f} s, {found}"]
    for person in timeline.persons.values():
        shares = ", ".join(f"{emotion} {share:.0%}" for emotion, share in person.shares().items() if share >= 0.005)
        lines.append(f"  person {person.id:<3} {person.start:6.1f} s to {person.end:6.1f} s   {shares}")
    return "\n".join(lines)
