"""Measure how many frames a second of videos with drawn faces are read, recognised, annotated and saved."""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks import options
from benchmarks.machine import describe
from benchmarks.tables import show
from emotion.annotation import draw_labels
from emotion.cli.errors import run
from emotion.recognizer import EmotionRecognizer
from emotion.synthetic.clip import Actor, draw_clip
from emotion.video.reader import open_video
from emotion.video.recognition import VideoRecognizer
from emotion.video.writer import written_video
from npcnn import set_thread_count

_SIZES = (640, 480), (1280, 720)
_FACES = 1, 5
_RATE = 30.0
_DRAWN = 120  # frames that are drawn; longer videos repeat them
_HEAD = 3.2  # space for a head, in face units
_EMOTIONS = "happy", "neutral", "surprise", "sadness"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark, print a table and return the exit status."""
    parser = options.parser("benchmarks.video", __doc__.splitlines()[0], ("opencv-python",))
    parser.add_argument(
        "--frames", type=options.positive, default=300, metavar="N", help="frames of each video (default: 300)"
    )
    arguments = parser.parse_args(argv)
    return run(lambda: _measure(arguments))


def _measure(arguments: argparse.Namespace) -> int:
    print(describe(arguments.threads, arguments.seed, arguments.packages), flush=True)
    set_thread_count(arguments.threads)
    cv2.setNumThreads(arguments.threads)
    recognizer = EmotionRecognizer.load()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for size in _SIZES:
            for faces in _FACES:
                path = Path(name, "clip.mp4")
                _draw(path, size, faces, arguments.frames, arguments.seed)
                title = f"{size[0]} x {size[1]}, {faces} face{'s' * (faces > 1)}"
                rows.append([title, *_process(path, recognizer, faces)])
    print("\nframes a second, and milliseconds a frame")
    header = ["", "frames/s", "frames/s, saved", "read", "recognise", "slowest", "annotate, save", "faces found"]
    show("video", header, rows, arguments)
    return 0


def _draw(path: Path, size: tuple[int, int], faces: int, frames: int, seed: int) -> None:
    """Write a video of people who sway next to each other."""
    width, height = size
    slot = width / faces
    scale = min(slot / _HEAD, 0.17 * height)

    def actor(index: int) -> Actor:
        def path(time: float) -> tuple[float, float]:
            x = (index + 0.5) * slot + 0.1 * slot * math.sin(2 * time + index)
            return x, height * (0.5 + 0.04 * math.sin(3 * time + index))

        return Actor(path, scale, _EMOTIONS, seconds=1.3)

    times = (np.arange(min(frames, _DRAWN)) / _RATE).tolist()
    drawn = [frame for frame, _ in draw_clip(np.random.default_rng(seed), list(map(actor, range(faces))), size, times)]
    back_and_forth = drawn + drawn[-2:0:-1] if len(drawn) > 2 else drawn
    with written_video(path, _RATE) as writer:
        for number in range(frames):
            writer.write(back_and_forth[number % len(back_and_forth)], number / _RATE)


def _process(path: Path, recognizer: EmotionRecognizer, faces: int) -> list[str]:
    """Process a video as the command does; returns the cells of its row."""
    recognition = VideoRecognizer(recognizer)
    reading, recognising, saving = [], [], []
    found = 0
    with open_video(path) as reader, written_video(path.with_name("copy.mp4"), reader.rate) as writer:
        before = time.perf_counter()
        for _, moment, picture in reader:
            read = time.perf_counter()
            results = recognition.update(picture, moment)
            recognised = time.perf_counter()
            draw_labels(picture, results)
            writer.write(picture, moment)
            saved = time.perf_counter()
            reading.append(read - before)
            recognising.append(recognised - read)
            saving.append(saved - recognised)
            found += len(results)
            before = time.perf_counter()
    count = len(reading)
    read, recognised, saved = (1000 * sum(seconds) / count for seconds in (reading, recognising, saving))
    return [
        f"{1000 / (read + recognised):.0f}",
        f"{1000 / (read + recognised + saved):.0f}",
        f"{read:.1f}",
        f"{recognised:.1f}",
        f"{1000 * max(recognising):.0f}",
        f"{saved:.1f}",
        f"{found / (faces * count):.1%}",
    ]


if __name__ == "__main__":
    sys.exit(main())
