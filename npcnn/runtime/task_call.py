"""What a kernel is told about the launch it belongs to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TASKS, STARTED, STARTED_AT_FRONT, STARTED_AT_BACK, DONE, LAUNCH, RUNNING = range(7)
"""Indices of the task counters: the number of tasks, how many of them have been started, how many from the front and
from the back, how many are done, and the number of the launch. From RUNNING on, there is one element for each thread:
1 while the thread runs tasks, else 0. The caller has the first of these."""

TaskCall = tuple[NDArray[np.int64], NDArray[np.int64], int, int]
"""The first argument of a kernel whose tasks are shared: one thread's view of a launch.

0. ``counters``: the task counters, shared by all threads of the launch.
1. ``latest``, (1,): the number of the pool's latest launch.
2. ``is_caller``: 1 in the thread that called ``launch``, 0 in a worker.
3. ``running``: index of the thread's own element of the counters.

It is a plain tuple because passing a NamedTuple to a kernel takes more than a microsecond longer.
"""


def new_counters(tasks: int, workers: int) -> NDArray[np.int64]:
    """The task counters of a launch that is about to begin."""
    counters = np.zeros(RUNNING + 1 + workers, np.int64)
    counters[TASKS] = tasks
    return counters
