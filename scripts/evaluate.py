"""Measure weights on labelled faces; ``python scripts/evaluate.py --help`` tells how."""

import sys

from emotion.cli.evaluate import main

sys.exit(main())
