"""Element-wise kernels work on flat arrays; each task handles one chunk of consecutive elements."""

from __future__ import annotations

from collections.abc import Callable

from npcnn.runtime.compile import inlined, unsigned
from npcnn.runtime.threads import ELEMENTWISE, launch

CHUNK = 16384
"""Elements a task."""


@inlined
def chunk(task, size):
    """The indices that belong to number ``task`` of the chunks of a flat array of ``size`` elements."""
    return range(unsigned(task * CHUNK), unsigned(min((task + 1) * CHUNK, size)))


def launch_elementwise(kernel: Callable, size: int, *arguments: object) -> None:
    """Run ``kernel(call, *arguments)`` with one task for each chunk of ``size`` elements."""
    launch(kernel, -(-size // CHUNK), *arguments, work=size * ELEMENTWISE)
