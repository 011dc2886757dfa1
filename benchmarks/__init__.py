"""How fast the network is, and where its time goes; each module is a program: ``python -m benchmarks.compare --help``.

None of this is installed, and nothing of npcnn or emotion imports it.
"""
