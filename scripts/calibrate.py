"""Fit the calibration of weights to labelled faces; see ``python scripts/calibrate.py --help``."""

import sys

from emotion.cli.entry_points import calibrate

sys.exit(calibrate())
