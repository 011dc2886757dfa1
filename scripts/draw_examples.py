"""Draw the example pictures of ``data/test``; ``python scripts/draw_examples.py --help`` tells how."""

import sys

from emotion.cli.draw_examples import main

sys.exit(main())
