"""Export trained weights to ONNX; see ``python scripts/export.py --help``."""

import sys

from emotion.cli.entry_points import export

sys.exit(export())
