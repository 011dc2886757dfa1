"""Train the emotion network; ``python scripts/train.py --help`` tells how."""

import sys

from emotion.cli.train import main

sys.exit(main())
