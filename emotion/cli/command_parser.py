"""The parser of a command's arguments, with the option that all commands have."""

from __future__ import annotations

import argparse
from typing import Any

from emotion import __version__


def command_parser(**options: Any) -> argparse.ArgumentParser:
    """Return a parser, made with these options of argparse, that knows ``--version``."""
    parser = argparse.ArgumentParser(**options)
    parser.add_argument("--version", action="version", version=f"npcnn-emotion {__version__}")
    return parser
