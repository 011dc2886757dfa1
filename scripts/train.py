"""Train the emotion network; see ``python scripts/train.py --help``."""

import sys

from emotion.cli.entry_points import train

sys.exit(train())
