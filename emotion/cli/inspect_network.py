"""The command that shows what a network does with a face, layer by layer, as a page for the browser."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emotion.cli.command_parser import command_parser
from emotion.cli.errors import printable
from emotion.cli.output_files import check_extension
from emotion.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUFFIX = ".emotions.html"
"""Appended to the picture's name to name its page."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status, 0. Raises InputError for invalid input."""
    arguments = _parser().parse_args(argv)
    picture = arguments.picture
    output = arguments.output or picture.with_name(picture.name + SUFFIX)
    check_extension("--output", output, ".html", ".htm")

    from emotion.cli.quiet import quiet_decoders
    from emotion.files import write_file
    from emotion.inspection.page import inspection_page
    from emotion.pictures import read_gray
    from emotion.recognizer import EmotionRecognizer

    network = {} if arguments.network is None else {"network": arguments.network}
    recognizer = EmotionRecognizer.load(arguments.weights, **network)
    with quiet_decoders():
        gray = read_gray(picture)
    crop = gray if arguments.whole_image else _largest_face(gray, picture)
    write_file(output, inspection_page(recognizer, crop, picture.name).encode("utf-8"))
    print(f"saved {printable(output)}; open it in a browser")
    return 0


def _parser() -> argparse.ArgumentParser:
    from emotion.networks import NETWORKS

    parser = command_parser(
        description="Show what the network does with the largest face in a picture: one HTML page with the filters and "
        "the output of every layer."
    )
    parser.add_argument("picture", type=Path, metavar="PICTURE", help="picture of a face")
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument("--network", choices=NETWORKS, help="network whose included weights to use")
    weights.add_argument("--weights", type=Path, metavar="FILE", help="weights, .npz (default: the included ones)")
    parser.add_argument(
        "--whole-image", action="store_true", help="the picture is a crop of one face; do not look for faces in it"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help=f"page to write, .html (default: next to the picture, *{SUFFIX})"
    )
    return parser


def _largest_face(gray: NDArray[np.uint8], picture: Path) -> NDArray[np.uint8]:
    """Crop the largest face of a picture (H, W). Raises InputError if there is none."""
    from emotion.cropping import crop_face
    from emotion.detection import find_faces

    boxes = [detection.box for detection in find_faces(gray)]
    if not boxes:
        raise InputError(f"{picture}: no face found; add --whole-image if the picture is a crop of one face")
    return crop_face(gray, max(boxes, key=lambda box: box[2] * box[3]))
