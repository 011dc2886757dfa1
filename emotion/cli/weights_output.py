"""Where weights may be written."""

from __future__ import annotations

import filecmp
from pathlib import Path

from emotion.cli.output_files import check_extension
from emotion.errors import InputError
from emotion.shipped_weights import WEIGHT_FOLDERS


def check_weights_output(output: Path, overwrite: bool) -> None:
    """Raise InputError unless ``--output`` names an .npz file that is not one of the included weights.

    overwrite: allow it to be included weights, or a copy of them.
    """
    if output.is_dir():
        raise InputError(f"--output {output}: a folder; give the name of a file in it")
    check_extension("--output", output, ".npz")
    if not overwrite and any(_same_file(output, path) for folder in WEIGHT_FOLDERS for path in folder.glob("*.npz")):
        raise InputError(f"--output {output} would replace the included weights; add --overwrite to allow this")


def _same_file(output: Path, shipped: Path) -> bool:
    """Whether both are the same file or equal copies: an installed package has a copy of the weights."""
    if output.resolve() == shipped.resolve():
        return True
    return output.is_file() and shipped.is_file() and filecmp.cmp(output, shipped, shallow=False)
