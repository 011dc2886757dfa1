"""The command that exports trained weights to ONNX."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from emotion.cli.command_parser import command_parser
from emotion.cli.errors import printable
from emotion.cli.output_files import check_extension
from emotion.errors import InputError
from emotion.networks import DEFAULT_NETWORK, NETWORKS
from emotion.shipped_weights import shipped_weights


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status, 0. Raises InputError for invalid input."""
    arguments = _parser().parse_args(argv)
    check_extension("--onnx", arguments.onnx, ".onnx")
    if find_spec("onnx") is None:
        raise InputError("the package onnx is missing; pip install onnx")
    export(arguments.weights or shipped_weights(arguments.network or DEFAULT_NETWORK), arguments.onnx)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(
        description="Export trained weights to ONNX: network, average over face and mirror image, and calibration. "
        "docs/export.md shows how to use the file."
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "weights",
        nargs="?",
        type=Path,
        metavar="WEIGHTS",
        help="trained weights, .npz (default: the included ones)",
    )
    which.add_argument(
        "--network",
        choices=NETWORKS,
        help=f"export the included weights of this network (default: {DEFAULT_NETWORK})",
    )
    parser.add_argument("--onnx", type=Path, required=True, metavar="FILE", help="file to write (.onnx)")
    return parser


def export(weights: Path, output: Path) -> None:
    """Export weights to an ONNX file, after a comparison on drawn faces if onnxruntime is installed.

    Raises InputError, and writes nothing, if the results differ by more than rounding explains.
    """
    from emotion.export.model import FACES, PROBABILITIES, to_onnx
    from emotion.files import write_file
    from emotion.recognizer import EmotionRecognizer

    recognizer = EmotionRecognizer.load(weights)
    model = to_onnx(recognizer)
    if find_spec("onnxruntime") is None:
        print("not compared: the package onnxruntime is missing; pip install onnxruntime")
    else:
        from emotion.export.comparison import TOLERANCE, largest_difference
        from emotion.synthetic import load_drawn

        faces = load_drawn(2, seed=0, size=recognizer.metadata.input_size).faces
        difference = largest_difference(model, recognizer, faces)
        print(f"largest difference of a probability to ONNX Runtime, on {len(faces)} drawn faces: {difference:.1e}")
        if difference > TOLERANCE:
            raise InputError(
                f"{output}: not written, because ONNX Runtime gives other probabilities; update onnxruntime"
            )
    write_file(output, model.SerializeToString())
    size = recognizer.metadata.input_size
    labels = len(recognizer.metadata.labels)
    print(f"saved {printable(output)}: {FACES} (N, 1, {size}, {size}) -> {PROBABILITIES} (N, {labels})")
