"""What the predict command does with each picture: recognise, print, save and show."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.annotation import draw_faces
from emotion.cli.copies import write_copy
from emotion.cli.errors import print_error, print_warning, printable
from emotion.cli.inputs import PictureInput
from emotion.cli.outputs import FaceTable, as_json, as_text, error_as_json
from emotion.cli.quiet import quiet_decoders
from emotion.cli.window import show_picture
from emotion.errors import InputError
from emotion.face import Face
from emotion.recognizer import EmotionRecognizer

if TYPE_CHECKING:
    from emotion.explanation import Explanation
    from emotion.report.writer import Report

_FAILURES = InputError, MemoryError, cv2.error


@dataclass(frozen=True)
class PictureTask:
    """What is done with a picture by itself: recognise, draw and save. It can be sent to another process.

    min_score, min_confidence: see `EmotionRecognizer.recognize`.
    whole_image: whether a picture is the crop of a face already.
    explain: whether to explain the answers, on the annotated copies and in the report.
    report: whether to return images of the faces for a report.
    keep: whether to return the annotated picture.
    """

    recognizer: EmotionRecognizer
    min_score: float
    min_confidence: float | None
    whole_image: bool = False
    explain: bool = False
    report: bool = False
    keep: bool = False

    def __call__(self, job: tuple[PictureInput, Path | None]) -> PictureResult:
        """Recognise the faces in a picture; if there are any, save the annotated copy unless its path is None."""
        source, copy = job
        try:
            with quiet_decoders():
                picture = source.read()
            faces = self._recognize(picture)
            explanations = self._explain(picture, faces) if copy or self.keep or self.report else []
            images = self._images(picture, faces, explanations) if self.report else []
        except _FAILURES as error:
            return PictureResult(error=_message(source.name, error))
        annotated, saved, problem = picture, None, None
        try:
            if faces and (copy or self.keep):
                annotated = self._annotate(picture, faces, explanations)
            if faces and copy:
                write_copy(copy, annotated)
                saved = copy
        except _FAILURES as error:
            problem = str(error)
        return PictureResult(faces, images, saved, problem, annotated if self.keep else None)

    def _recognize(self, picture: NDArray[np.uint8]) -> list[Face]:
        if self.whole_image:
            return self.recognizer.recognize_faces([picture], self.min_confidence)
        return self.recognizer.recognize(picture, self.min_score, self.min_confidence)

    def _explain(self, picture: NDArray[np.uint8], faces: list[Face]) -> list[Explanation]:
        """Return the explanation of each face, if they are to be explained."""
        if not self.explain:
            return []
        from emotion.explanation import explain_faces

        return explain_faces(self.recognizer, picture, faces, self.whole_image)

    def _images(self, picture: NDArray[np.uint8], faces: list[Face], explanations: list[Explanation]) -> list[str]:
        """Return the images of each face for the report."""
        from emotion.report.images import face_images

        return face_images(picture, faces, explanations)

    def _annotate(
        self, picture: NDArray[np.uint8], faces: list[Face], explanations: list[Explanation]
    ) -> NDArray[np.uint8]:
        annotated = draw_faces(picture, faces)
        if not explanations:
            return annotated
        from emotion.explanation_strip import add_explanations

        return add_explanations(annotated, faces, explanations)


@dataclass(frozen=True)
class PictureResult:
    """What came of a picture.

    images: of the faces, for a report, if there is one.
    saved: the annotated copy.
    problem: why no copy could be saved.
    annotated: the annotated picture, if it is kept.
    error: why the picture could not be processed.
    """

    faces: list[Face] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    saved: Path | None = None
    problem: str | None = None
    annotated: NDArray[np.uint8] | None = None
    error: str | None = None


class PictureProcessor:
    """Processes pictures, reports what came of each, in order, and counts what was found and what failed.

    total: the number of pictures, to show progress.
    workers: how many pictures are processed at the same time, each in a process of its own; 1: in this process.
    json: whether to print lines of JSON in place of text.
    table: where to add all faces, if anywhere.
    report: where to add all pictures, if anywhere.
    Annotated pictures that the task keeps are shown in a window.
    """

    def __init__(
        self,
        task: PictureTask,
        total: int,
        workers: int = 1,
        json: bool = False,
        table: FaceTable | None = None,
        report: Report | None = None,
    ) -> None:
        self.task, self.total, self.workers, self.json = task, total, workers, json
        self.table, self.report = table, report
        self.faces = 0
        self.failures = 0

    def process(self, jobs: Sequence[tuple[PictureInput, Path | None]]) -> None:
        """Process pictures, each with the path of its annotated copy, or None.

        Failures are reported and counted. The answer is printed even if the copy cannot be saved.
        """
        with ExitStack() as stack:
            if self.workers == 1:
                results = map(self.task, jobs)
            else:
                from emotion.pool import map_in_processes

                results = stack.enter_context(closing(map_in_processes(self.task, jobs, self.workers)))
            for number, (source, _) in enumerate(jobs, 1):
                _progress(f"{number} of {self.total}: {printable(Path(source.name).name)}")
                result = next(results)
                _progress("")
                self._show(source, result)

    def _show(self, source: PictureInput, result: PictureResult | InputError) -> None:
        if isinstance(result, InputError):
            self.fail(source.name, f"{source.name}: {result}")
            return
        if result.error is not None:
            self.fail(source.name, result.error)
            return
        self.faces += len(result.faces)
        if self.table is not None:
            self.table.add(source.name, result.faces)
        print((as_json if self.json else as_text)(source.name, result.faces, result.saved), flush=True)
        if self.report is not None:
            self.report.add(source.name, source.path, result.faces, result.images)
        if result.problem is not None:
            print_warning(f"no annotated copy was saved: {result.problem}; use --output FOLDER or --no-save")
            self.failures += 1
        if result.annotated is not None:
            show_picture(result.annotated)

    def fail(self, name: str, message: str) -> None:
        """Report and count a picture that cannot be processed."""
        print_error(message)
        if self.report is not None:
            self.report.fail(message)
        if self.json:
            print(error_as_json(name, message), flush=True)
        self.failures += 1


def _message(name: str, error: Exception) -> str:
    return str(error) if isinstance(error, InputError) else f"{name}: cannot be processed ({error})"


def _progress(text: str) -> None:
    """Replace the progress line, or clear it with "". Does nothing if the results go to the same terminal."""
    if sys.stderr.isatty() and not sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
