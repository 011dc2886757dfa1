"""Benchmarks of the network. Each module is a command: ``python -m benchmarks.compare --help``.

The benchmarks are not installed, and neither npcnn nor emotion imports them.
"""
