"""What the predict command writes about the faces of a picture: lines of text or of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from emotion.cli.errors import printable

if TYPE_CHECKING:
    from emotion.recognizer import Face


def as_text(file: Path, faces: list[Face], copy: Path | None) -> str:
    name = printable(file)
    if not faces:
        return f"{name}: no face found"
    lines = [f"{name}: {len(faces)} face{'s' if len(faces) > 1 else ''}"]
    answers = [_answer(face) for face in faces]
    longest = max(map(len, answers))
    for answer, face in zip(answers, faces, strict=True):
        x, y, width, height = face.box
        details = f"{width} x {height} at ({x}, {y}), score {face.score:.1f}"
        lines.append(f"  {answer:<{longest}}   {details}")
    if copy:
        lines.append(f"  saved {printable(copy)}")
    return "\n".join(lines)


def _answer(face: Face) -> str:
    if face.uncertain:
        return f"uncertain ({face.emotion} {face.confidence:.1%})"
    return f"{face.emotion:<8} {face.confidence:6.1%}"


def as_json(file: Path, faces: list[Face], copy: Path | None) -> str:
    return json.dumps(
        {"picture": str(file), "faces": [asdict(face) for face in faces], "annotated": str(copy) if copy else None}
    )
