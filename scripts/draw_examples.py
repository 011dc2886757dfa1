"""Draw the example pictures of ``data/test``; see ``python scripts/draw_examples.py --help``."""

import sys

from emotion.cli.entry_points import draw_examples

sys.exit(draw_examples())
