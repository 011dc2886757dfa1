"""Recognise the emotions of the faces in pictures; see ``python scripts/predict.py --help``."""

import sys

from emotion.cli.entry_points import predict

sys.exit(predict())
