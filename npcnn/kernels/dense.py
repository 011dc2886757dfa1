"""Dense layers as matrix products: of packed weights, or of weights read sequentially where the batch is small."""

from __future__ import annotations

from numpy.typing import NDArray

from npcnn.kernels.gemm import PARTS, matmul
from npcnn.kernels.simd.transpose import transpose
from npcnn.kernels.small_batch import MEMORY_WORK, matmul_small_batch, matmul_small_batch_transposed
from npcnn.runtime.buffers import empty
from npcnn.runtime.compile import kernel
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import launch

_SMALL_BATCH = 32
"""The most images of a small batch."""

_SEQUENTIAL = 32
"""Elements from which on a row or a column of weights is long enough for sequential access to pay."""


def _is_small(x: NDArray, w: NDArray) -> bool:
    """Whether packing w takes longer than it saves."""
    return len(x) == 1 or (len(x) <= _SMALL_BATCH and min(w.shape) >= _SEQUENTIAL)


def dense_forward(x: NDArray, w: NDArray, b: NDArray) -> NDArray:
    """``y = x w + b``: x (N, inputs), w (inputs, outputs), b (outputs,), y (N, outputs)."""
    return matmul_small_batch(x, w, b) if _is_small(x, w) else matmul(x, w, bias=b)


def dense_backward_input(dy: NDArray, w: NDArray) -> NDArray:
    """``dx = dy w^T``: (N, inputs)."""
    return matmul_small_batch_transposed(dy, w) if _is_small(dy, w) else matmul(dy, w, transposed=True)


@kernel
def _transpose(call, x, transposed):
    """``transposed = x^T``, for the tasks of ``call``: x (images, inputs), transposed (inputs, images)."""
    (images, inputs), x_flat, target = x.shape, x.reshape(-1), transposed.reshape(-1)
    for part in next_tasks(call):
        first, last = inputs * part // PARTS, inputs * (part + 1) // PARTS
        transpose(x_flat, first, inputs, images, last - first, target, first * images, images)


def dense_backward_weights(dy: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
    """``dw = x^T dy``, (inputs, outputs), and ``db``, the sum of dy over the images."""
    transposed = empty((x.shape[1], len(x)), x.dtype)
    launch(_transpose, PARTS, x, transposed, work=x.size * MEMORY_WORK)
    return matmul(transposed, dy), dy.sum(axis=0)
