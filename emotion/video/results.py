"""What is recognised in a frame of a video."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from emotion.face import Face


@dataclass(frozen=True)
class TrackedFace(Face):
    """A face in a frame of a video; its probabilities are smoothed over time.

    id: the number of the face, which stays the same from frame to frame; counts from 1.
    """

    id: int

    @property
    def label(self) -> str:
        """The number of the face and the answer in a few characters, such as "1 happy 93%"."""
        return f"{self.id} {super().label}"


@dataclass(frozen=True)
class FrameResult:
    """The faces found in a frame.

    number: of the frame, counted from 0.
    time: of the frame, in seconds.
    faces: in the order of their numbers.
    """

    number: int
    time: float
    faces: list[TrackedFace]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON can express it."""
        faces = [{"id": face.id} | asdict(face) for face in self.faces]
        return {"frame": self.number, "time": round(self.time, 4), "faces": faces}
