"""Measure weights on labelled faces; see ``python scripts/evaluate.py --help``."""

import sys

from emotion.cli.entry_points import evaluate

sys.exit(evaluate())
