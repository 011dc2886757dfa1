"""Recognise the emotions of the faces in pictures; ``python scripts/predict.py --help`` tells how."""

import sys

from emotion.cli.predict import main

sys.exit(main())
