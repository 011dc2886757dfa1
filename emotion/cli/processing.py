"""What the predict command does with each picture: recognise, print, save and show."""

from __future__ import annotations

import sys
from collections.abc import Callable
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
from emotion.explanation_strip import add_explanations
from emotion.recognizer import EmotionRecognizer, Face

if TYPE_CHECKING:
    from emotion.report.writer import Report

_FAILURES = InputError, MemoryError, cv2.error


class PictureProcessor:
    """Processes pictures one by one, and counts what was found and what failed.

    recognize: finds the faces in a picture, (H, W, 3) BGR uint8.
    total: the number of pictures, to show progress.
    json: whether to print lines of JSON in place of text.
    show: whether to show each annotated picture in a window.
    table: where to add all faces, if anywhere.
    explained: the recogniser whose answers to explain in pictures and the report, if they are to be explained.
    report: where to add all pictures, if anywhere.
    """

    def __init__(
        self,
        recognize: Callable[[NDArray[np.uint8]], list[Face]],
        total: int,
        json: bool = False,
        show: bool = False,
        table: FaceTable | None = None,
        explained: EmotionRecognizer | None = None,
        report: Report | None = None,
    ) -> None:
        self.recognize, self.total, self.json, self.show, self.table = recognize, total, json, show, table
        self.explained, self.report = explained, report
        self.faces = 0
        self.failures = 0
        self._done = 0

    def process(self, source: PictureInput, copy: Path | None) -> None:
        """Recognise the faces in a picture and print them; if there are any, save the annotated copy unless it is None.

        Failures are reported and counted. The answer comes first: it is printed even if the copy cannot be saved.
        """
        self._done += 1
        _progress(f"{self._done} of {self.total}: {printable(Path(source.name).name)}")
        try:
            with quiet_decoders():
                picture = source.read()
            faces = self.recognize(picture)
            heats = self._explain(picture, faces) if copy or self.show or self.report else []
            images = self._images(picture, faces, heats)
        except _FAILURES as error:
            _progress("")
            self.fail(source.name, error)
            return
        self.faces += len(faces)
        if self.table is not None:
            self.table.add(source.name, faces)
        annotated, saved, problem = picture, None, None
        try:
            if faces and (copy or self.show):
                annotated = self._annotate(picture, faces, heats)
            if faces and copy:
                write_copy(copy, annotated)
                saved = copy
        except _FAILURES as error:
            problem = error
        _progress("")
        print((as_json if self.json else as_text)(source.name, faces, saved), flush=True)
        if self.report is not None:
            self.report.add(source.name, source.path, faces, images)
        if problem is not None:
            print_warning(f"no annotated copy was saved: {problem}; use --output FOLDER or --no-save")
            self.failures += 1
        if self.show:
            show_picture(annotated)

    def _explain(self, picture: NDArray[np.uint8], faces: list[Face]) -> list[NDArray[np.float32]]:
        """Return the heat map of each face, if they are to be explained."""
        if self.explained is None:
            return []
        from emotion.explanation import explain_faces

        return explain_faces(self.explained, picture, faces)

    def _images(self, picture: NDArray[np.uint8], faces: list[Face], heats: list[NDArray[np.float32]]) -> list[str]:
        """Return the images of each face, if there is a report."""
        if self.report is None:
            return []
        from emotion.report.images import face_images

        return face_images(picture, faces, heats)

    def _annotate(
        self, picture: NDArray[np.uint8], faces: list[Face], heats: list[NDArray[np.float32]]
    ) -> NDArray[np.uint8]:
        annotated = draw_faces(picture, faces)
        return add_explanations(annotated, picture, faces, heats) if heats else annotated

    def fail(self, name: str, error: Exception) -> None:
        """Report and count a picture that cannot be processed."""
        message = error if isinstance(error, InputError) else f"{name}: cannot be processed ({error})"
        print_error(message)
        if self.report is not None:
            self.report.fail(str(message))
        if self.json:
            print(error_as_json(name, message), flush=True)
        self.failures += 1


def _progress(text: str) -> None:
    """Replace the progress line, or clear it with "". Does nothing if the results go to the same terminal."""
    if sys.stderr.isatty() and not sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
