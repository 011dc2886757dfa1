"""Recognise the emotions in an archive of pictures; see ``python scripts/archive.py --help``."""

import sys

from emotion.cli.entry_points import archive

sys.exit(archive())
