"""ReLU and its gradient."""

from __future__ import annotations

from numpy.typing import NDArray

from npcnn.kernels.elementwise import chunk, launch_elementwise
from npcnn.runtime.buffers import empty
from npcnn.runtime.compile import kernel
from npcnn.runtime.tasks import next_tasks


@kernel
def _forward(call, x, y):
    """``y = max(x, 0)`` of the flat array x, for the tasks of ``call``. A NaN stays NaN."""
    zero = x.dtype.type(0)
    for task in next_tasks(call):
        for i in chunk(task, len(x)):
            y[i] = zero if x[i] <= zero else x[i]


def relu_forward(x: NDArray) -> NDArray:
    """``y = max(x, 0)``, of any shape."""
    y = empty(x.shape, x.dtype)
    launch_elementwise(_forward, x.size, x.reshape(-1), y.reshape(-1))
    return y


@kernel
def _backward(call, dy, y, dx):
    """``dx = dy`` where ``y > 0``, else 0, of flat arrays, for the tasks of ``call``."""
    zero = dy.dtype.type(0)
    for task in next_tasks(call):
        for i in chunk(task, len(y)):
            dx[i] = dy[i] if y[i] > zero else zero


def relu_backward(dy: NDArray, y: NDArray) -> NDArray:
    """``dx = dy`` where ``y > 0``, else 0; y is the output of the forward pass."""
    dx = empty(dy.shape, dy.dtype)
    launch_elementwise(_backward, y.size, dy.reshape(-1), y.reshape(-1), dx.reshape(-1))
    return dx
