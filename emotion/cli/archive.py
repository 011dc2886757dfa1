"""The command that recognises an archive of pictures on a Dask cluster."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from emotion.cli.command_parser import command_parser
from emotion.cli.errors import printable
from emotion.cli.recognition_options import add_recognition_options, thresholds
from emotion.errors import InputError
from emotion.networks import DEFAULT_NETWORK

if TYPE_CHECKING:
    from distributed import Client

_CONNECTING = 10  # seconds


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status, 0. Raises InputError for invalid input."""
    arguments = _parser().parse_args(argv)
    for package in ("distributed", "pyarrow"):
        if find_spec(package) is None:
            raise InputError(f"the package {package} is missing; pip install distributed pyarrow")

    from tqdm import tqdm

    from emotion.archive import PARTITION_SIZE, recognize_archive
    from emotion.cascade import check_opencv

    min_score, min_confidence = thresholds(arguments)
    check_opencv()
    paths = _listed(arguments.list) if arguments.list else _found(arguments.paths, arguments.recursive)
    with ExitStack() as stack:
        client = stack.enter_context(_connected(arguments.scheduler)) if arguments.scheduler else None
        bar = stack.enter_context(tqdm(desc="partitions", disable=None, leave=False, unit="partition"))

        def track(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        summary = recognize_archive(
            paths,
            arguments.output,
            client,
            table=arguments.format,
            partition_size=PARTITION_SIZE if arguments.partition_size is None else arguments.partition_size,
            weights=arguments.weights,
            network=arguments.network or DEFAULT_NETWORK,
            min_score=min_score,
            min_confidence=min_confidence,
            track=track,
        )
    kept = f"; {summary.kept} of an earlier run kept" if summary.kept else ""
    print(f"{printable(arguments.output)}: {summary.partitions} partitions written{kept}")
    print(f"  {summary.pictures} pictures: {summary.faces} faces, {summary.errors} could not be processed")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(
        description="Recognise the emotions in an archive of pictures on a Dask cluster, and write them as a table in "
        "several files. Run it again to go on after an interruption. docs/archive.md describes the table."
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "paths", nargs="*", default=[], metavar="PATH", help="picture files, folders, or patterns such as 'a/**/*.jpg'"
    )
    source.add_argument("--list", type=Path, metavar="FILE", help="a text file with the path of a picture in each line")
    parser.add_argument("-r", "--recursive", action="store_true", help="also process the folders below a folder")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="folder for the table")
    parser.add_argument(
        "--format", choices=("parquet", "csv"), default="parquet", help="format of the files (default: parquet)"
    )
    parser.add_argument("--partition-size", type=int, metavar="N", help="pictures in a file (default: 256)")
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="of the cluster, such as tcp://10.0.0.1:8786; its workers must be able to read the pictures and to write "
        "the folder (default: the processors of this machine)",
    )
    add_recognition_options(parser)
    return parser


def _listed(path: Path) -> list[str]:
    """Return the paths in a text file. Raises InputError if it cannot be read, or if there are none."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    paths = [line for line in text.split("\n") if line.strip()]
    if not paths:
        raise InputError(f"{path}: lists no pictures; give a file with a path in each line")
    return paths


def _found(paths: Sequence[str], recursive: bool) -> list[str]:
    """Return the pictures at paths and patterns, and what is no picture, which the table will say."""
    from emotion.cli.inputs import STANDARD_INPUT, find_pictures

    if STANDARD_INPUT in paths:
        raise InputError("-: standard input is a single picture; give paths, or --list FILE")
    pictures, bad = find_pictures(paths, recursive)
    return [picture.name for picture in pictures] + [path.name for path in bad]


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    """Yield a client of the cluster at an address. Raises InputError if there is none."""
    from distributed import Client

    try:
        client = Client(address, timeout=_CONNECTING)
    except (OSError, ValueError) as error:
        raise InputError(f"--scheduler {address}: no cluster can be reached ({error}); check the address") from error
    with client:
        yield client
