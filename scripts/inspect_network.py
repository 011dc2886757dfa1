"""Show a network at work on a face; see ``python scripts/inspect_network.py --help``."""

import sys

from emotion.cli.entry_points import inspect_network

sys.exit(inspect_network())
