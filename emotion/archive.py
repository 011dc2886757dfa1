"""Archives of pictures, recognised on a Dask cluster: paths in, a folder of Parquet or CSV files out.

The paths are divided into partitions. A partition is a task of the cluster, which writes one file, whole or not at all;
what an interrupted run has written, the next one keeps. Needs the packages of the extra ``archive``.
"""

from __future__ import annotations

import json
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from emotion.checks import check_min_score
from emotion.detection import MIN_SCORE
from emotion.errors import InputError
from emotion.face import Face
from emotion.files import replacing, write_file, writing
from emotion.hidden_files import is_hidden
from emotion.labels import EMOTIONS
from emotion.networks import DEFAULT_NETWORK
from emotion.pool import map_in_processes
from emotion.recognition_task import RecognitionTask
from emotion.recognizer import EmotionRecognizer
from emotion.shipped_weights import shipped_weights
from npcnn import thread_count

if TYPE_CHECKING:
    import pyarrow
    from distributed import Client, Future

Format = Literal["parquet", "csv"]

COLUMNS = {
    "file": "string",
    "face": "int32",
    "x": "int32",
    "y": "int32",
    "width": "int32",
    "height": "int32",
    "score": "float64",
    "emotion": "string",
    "confidence": "float64",
    "uncertain": "bool",
    **dict.fromkeys(EMOTIONS, "float64"),
    "error": "string",
}
"""Columns of the table and their types in Parquet; ``docs/archive.md`` describes them."""

SETTINGS = "_archive.json"
"""The file in an archive's folder that says what the table was made from; readers of Parquet skip it."""

PARTITION_SIZE = 256  # one to two minutes of work

_SUBMITTED = 1000  # partitions that the cluster knows of at a time


@dataclass(frozen=True)
class ArchiveSummary:
    """What a run has done. Partitions of an earlier run are in ``kept``, and are not counted in the rest."""

    kept: int = 0
    partitions: int = 0
    pictures: int = 0
    faces: int = 0
    errors: int = 0

    def __add__(self, other: ArchiveSummary) -> ArchiveSummary:
        return ArchiveSummary(**{name: count + getattr(other, name) for name, count in asdict(self).items()})


def recognize_archive(
    paths: Iterable[str | os.PathLike],
    output: str | os.PathLike,
    client: Client | None = None,
    *,
    table: Format = "parquet",
    partition_size: int = PARTITION_SIZE,
    weights: str | os.PathLike | None = None,
    network: str = DEFAULT_NETWORK,
    min_score: float = MIN_SCORE,
    min_confidence: float | None = None,
    track: Callable[[int, int], None] = lambda done, total: None,
) -> ArchiveSummary:
    """Recognise the faces in all pictures and write them to the folder ``output``, a file for each partition.

    paths: of the pictures, which each worker of the cluster must be able to read, as it must the weights.
    client: of the cluster, whose workers must be able to write the folder; by default, the processors of this machine.
    table: the format of the files.
    partition_size: pictures in a partition.
    weights, network: see `EmotionRecognizer.load`. min_score, min_confidence: see `EmotionRecognizer.recognize`.
    track: called with the number of partitions that are done, and of all.

    A picture that cannot be processed is a row with an error, even if it crashes the process that reads it. Raises
    InputError if an argument is wrong, if the folder cannot be written or holds a table of other pictures or settings,
    or if a partition loses its worker again and again.
    """
    if isinstance(paths, (str, os.PathLike)):
        raise InputError(f"{paths}: one path where several are expected; give them in a list")
    if table not in ("parquet", "csv"):
        raise InputError(f"table is {table!r}; it must be 'parquet' or 'csv'")
    if partition_size < 1:
        raise InputError(f"partition_size is {partition_size}; it must be at least 1")
    check_min_score(min_score)
    files = [str(Path(path).absolute()) for path in paths]
    weights = shipped_weights(network) if weights is None else Path(weights).absolute()
    EmotionRecognizer.load(weights).threshold(min_confidence)
    settings = {
        "version": 1,
        "pictures": len(files),
        "paths": sha256(os.fsencode("\n".join(files))).hexdigest(),
        "weights": sha256(weights.read_bytes()).hexdigest(),
        "table": table,
        "partition_size": partition_size,
        "min_score": min_score,
        "min_confidence": min_confidence,
    }
    folder = Path(output).absolute()
    _prepare(folder, settings)
    task = _PartitionTask(weights, min_score, min_confidence)
    partitions = [
        _Partition(folder / f"part-{number:06}.{table}", files[start : start + partition_size])
        for number, start in enumerate(range(0, len(files), partition_size))
    ]
    missing = [partition for partition in partitions if not partition.file.exists()]
    kept = len(partitions) - len(missing)
    summary = ArchiveSummary(kept=kept)
    with ExitStack() as stack:
        if client is None and missing:
            client = stack.enter_context(_local_client())
        results = stack.enter_context(closing(_run(client, task, missing)))
        for number, result in enumerate(results, kept + 1):
            summary += result
            track(number, len(partitions))
    for file in folder.glob(".part-*.tmp.*"):  # of workers that were killed
        file.unlink(missing_ok=True)
    return summary


@dataclass(frozen=True)
class _Partition:
    file: Path
    pictures: list[str]


@dataclass(frozen=True)
class _PartitionTask:
    """What a worker of the cluster does with a partition.

    The pictures are read in a process of their own, so that one that crashes a decoder costs a row and no worker.
    """

    weights: Path
    min_score: float
    min_confidence: float | None

    def __call__(self, partition: _Partition) -> ArchiveSummary:
        recognizer = EmotionRecognizer.load(self.weights)
        recognizer.expect_pictures(len(partition.pictures))
        task = RecognitionTask(recognizer, self.min_score, self.min_confidence)
        rows: list[dict[str, Any]] = []
        faces = errors = 0
        with closing(map_in_processes(task, partition.pictures, 1)) as answers:
            for picture, answer in zip(partition.pictures, answers, strict=True):
                rows += _rows(picture, answer)
                if isinstance(answer, InputError):
                    errors += 1
                else:
                    faces += len(answer)
        _write_rows(partition.file, rows)
        return ArchiveSummary(0, 1, len(partition.pictures), faces, errors)


def _local_client() -> Client:
    """Return the client of a cluster in this process: threads are enough, since each waits for a process of its own."""
    from distributed import Client

    return Client(
        processes=False,
        n_workers=1,
        threads_per_worker=thread_count(),
        dashboard_address=None,
        silence_logs=logging.CRITICAL,  # what happens to the tasks is known anyway
    )


def _run(client: Client | None, task: _PartitionTask, partitions: Iterable[_Partition]) -> Iterator[ArchiveSummary]:
    """Yield what comes of each partition, in order. Raises InputError if one cannot be finished."""
    waiting: deque[tuple[_Partition, Future]] = deque()
    remaining = iter(partitions)
    try:
        while True:
            for partition in islice(remaining, _SUBMITTED - len(waiting)):
                waiting.append((partition, client.submit(task, partition, pure=False)))
            if not waiting:
                return
            partition, future = waiting[0]
            yield _result(partition, future)
            waiting.popleft()
    finally:
        if waiting:
            client.cancel([future for _, future in waiting])


def _result(partition: _Partition, future: Future) -> ArchiveSummary:
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        raise InputError(
            f"{partition.file}: its workers ended one after the other, perhaps for lack of memory; "
            "give them more memory or fewer threads, and run it again to go on"
        ) from error
    except CancelledError as error:
        raise InputError(f"{partition.file}: the cluster was lost; run it again to go on") from error


def _prepare(folder: Path, settings: dict[str, Any]) -> None:
    """Create the folder, and write what its table is made from. Raises InputError if that was something else."""
    path = folder / SETTINGS
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        if not all(is_hidden(file.name) for file in folder.iterdir()):
            raise InputError(f"{folder}: not empty; give a new folder")
        write_file(path, json.dumps(settings, indent=1).encode("utf-8"))
        return
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
        changed = [name for name in settings if before[name] != settings[name]]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: damaged; give a new folder") from error
    if changed:
        raise InputError(f"{folder}: holds a table that was made with other {', '.join(changed)}; give a new folder")


def _rows(picture: str, answer: list[Face] | InputError) -> list[dict[str, Any]]:
    """Return the rows of a picture: one for each face; without a face, or after an error, a row without one."""
    file = {"file": os.fsencode(picture).decode("utf-8", "backslashreplace")}
    if isinstance(answer, InputError):
        return [file | {"error": str(answer)}]
    return [file | _cells(number, face) for number, face in enumerate(answer, 1)] or [file]


def _cells(number: int, face: Face) -> dict[str, Any]:
    box = dict(zip(("x", "y", "width", "height"), face.box, strict=True))
    answer = {name: getattr(face, name) for name in ("score", "emotion", "confidence", "uncertain")}
    return {"face": number} | box | answer | face.probabilities


def _write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write a table, whole or not at all, in the format of the extension. Raises InputError if that is impossible."""
    import pyarrow
    import pyarrow.csv
    import pyarrow.parquet

    write = pyarrow.parquet.write_table if path.suffix == ".parquet" else pyarrow.csv.write_csv
    table = pyarrow.Table.from_pylist(rows, schema=_schema())
    with replacing(path) as temporary, writing(path):
        write(table, temporary)


def _schema() -> pyarrow.Schema:
    import pyarrow

    return pyarrow.schema([(name, pyarrow.type_for_alias(kind)) for name, kind in COLUMNS.items()])
