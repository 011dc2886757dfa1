"""Every operation of the library in a few lines of plain NumPy: the definition. Read this file first.

The compiled implementations in ``npcnn.kernels`` have the same names and arguments; the tests compare the two. The
letters are explained in the docstring of ``npcnn``.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Pair = tuple[int, int]
Padding = tuple[int, int, int, int]


def output_size(size: Pair, window: Pair, stride: Pair, padding: Padding = (0, 0, 0, 0)) -> Pair:
    """How many windows fit an image of ``size`` (H, W), padding included: ``(H + top + bottom - KH) // SH + 1``."""
    top, bottom, left, right = padding
    return (size[0] + top + bottom - window[0]) // stride[0] + 1, (size[1] + left + right - window[1]) // stride[1] + 1


def _patches(x: NDArray, kernel_size: Pair, stride: Pair, padding: Padding) -> NDArray:
    """A view of the padded images as (N, C, OH, OW, KH, KW): the pixels under the kernel at each output."""
    top, bottom, left, right = padding
    padded = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    return sliding_window_view(padded, kernel_size, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]


def conv2d_forward(x: NDArray, w: NDArray, b: NDArray, stride: Pair, padding: Padding) -> NDArray:
    """``y[n,o,i,j] = b[o] + sum_{c,k,l} w[o,c,k,l] padded(x)[n,c,i*SH+k,j*SW+l]``: a matrix times patches.

    Each patch becomes a column (im2col), and the weights of each filter a row.
    x (N, C, H, W), w (OC, C, KH, KW), b (OC,), padding (top, bottom, left, right) in pixels; y (N, OC, OH, OW).
    """
    patches = _patches(x, w.shape[2:], stride, padding)
    n, c, oh, ow, kh, kw = patches.shape
    columns = patches.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, oh * ow)
    y = w.reshape(len(w), -1) @ columns
    y += b[:, None]
    return y.reshape(n, len(w), oh, ow)


def conv2d_backward_input(dy: NDArray, w: NDArray, input_size: Pair, stride: Pair, padding: Padding) -> NDArray:
    """``dx``: every output adds its gradient to the pixels under the kernel, times the weights it read them with.

    dy (N, OC, OH, OW), w (OC, C, KH, KW), input_size (H, W); dx (N, C, H, W).
    """
    (n, _, oh, ow), (_, c, kh, kw) = dy.shape, w.shape
    (sh, sw), (top, bottom, left, right) = stride, padding
    height, width = input_size
    padded = np.zeros((n, c, top + height + bottom, left + width + right), dy.dtype)
    for k in range(kh):
        for l in range(kw):
            under_tap = padded[:, :, k : k + sh * oh : sh, l : l + sw * ow : sw]
            under_tap += np.einsum("noij,oc->ncij", dy, w[:, :, k, l])
    return np.ascontiguousarray(padded[:, :, top : top + height, left : left + width])


def conv2d_backward_weights(
    dy: NDArray, x: NDArray, kernel_size: Pair, stride: Pair, padding: Padding
) -> tuple[NDArray, NDArray]:
    """``dw[o,c,k,l] = sum_{n,i,j} dy[n,o,i,j] padded(x)[n,c,i*SH+k,j*SW+l]``; ``db[o] = sum_{n,i,j} dy[n,o,i,j]``."""
    patches = _patches(x, kernel_size, stride, padding)
    return np.einsum("noij,ncijkl->ockl", dy, patches, optimize=True), dy.sum(axis=(0, 2, 3))


def maxpool2d_forward(x: NDArray, window: Pair, stride: Pair) -> tuple[NDArray, NDArray[np.uint16]]:
    """The largest pixel of each window and its index in the window, in row order.

    x (N, C, H, W); y and argmax (N, C, OH, OW). Pixels that do not fill a window are dropped. Of equal pixels the
    first counts; a NaN counts as the largest.
    """
    windows = _patches(x, window, stride, (0, 0, 0, 0))
    windows = windows.reshape(*windows.shape[:4], window[0] * window[1])
    argmax = windows.argmax(axis=-1)
    return np.take_along_axis(windows, argmax[..., None], axis=-1)[..., 0], argmax.astype(np.uint16)


def maxpool2d_backward(
    dy: NDArray, argmax: NDArray[np.uint16], input_size: Pair, window: Pair, stride: Pair
) -> NDArray:
    """``dx``: each window's gradient goes to the pixel that was its maximum; windows that overlap add up."""
    (n, c, oh, ow), (kh, kw), (sh, sw) = dy.shape, window, stride
    dx = np.zeros((n, c, *input_size), dy.dtype)
    for k in range(kh):
        for l in range(kw):
            dx[:, :, k : k + sh * oh : sh, l : l + sw * ow : sw] += np.where(argmax == k * kw + l, dy, 0)
    return dx


def elu_forward(x: NDArray, alpha: float) -> NDArray:
    """``y = x`` where ``x > 0``, else ``alpha (e^x - 1)`` (Clevert et al., arXiv:1511.07289)."""
    # Of the two terms, one is 0: a sum is faster than a choice. `np.expm1` has more digits near 0, but is much slower.
    return np.maximum(x, 0) + alpha * (np.exp(np.minimum(x, 0)) - 1)


def elu_backward(dy: NDArray, y: NDArray, alpha: float) -> NDArray:
    """``dx = dy`` where ``y > 0``, else ``dy (y + alpha)``: the derivative of ``alpha (e^x - 1)`` is ``y + alpha``."""
    return np.where(y > 0, dy, dy * (y + alpha)).astype(dy.dtype, copy=False)


def relu_forward(x: NDArray) -> NDArray:
    """``y = max(x, 0)``."""
    return np.maximum(x, 0)


def relu_backward(dy: NDArray, y: NDArray) -> NDArray:
    """``dx = dy`` where ``y > 0``, else 0."""
    return np.where(y > 0, dy, 0).astype(dy.dtype, copy=False)


def avgpool2d_forward(x: NDArray, window: Pair, stride: Pair) -> NDArray:
    """``y[n,c,i,j] = sum_{k,l} x[n,c,i*SH+k,j*SW+l] / (KH KW)``; x (N, C, H, W), y (N, C, OH, OW)."""
    return np.ascontiguousarray(_patches(x, window, stride, (0, 0, 0, 0)).mean(axis=(4, 5)))


def avgpool2d_backward(dy: NDArray, input_size: Pair, window: Pair, stride: Pair) -> NDArray:
    """``dx``: each pixel of a window gets ``dy / (KH KW)``; windows that overlap add up."""
    (n, c, oh, ow), (kh, kw), (sh, sw) = dy.shape, window, stride
    dx = np.zeros((n, c, *input_size), dy.dtype)
    for k in range(kh):
        for l in range(kw):
            dx[:, :, k : k + sh * oh : sh, l : l + sw * ow : sw] += dy / dy.dtype.type(kh * kw)
    return dx


def global_avgpool2d_forward(x: NDArray) -> NDArray:
    """``y[n,c] = sum_{h,w} x[n,c,h,w] / (H W)``; x (N, C, H, W), y (N, C)."""
    return x.mean(axis=(2, 3))


def global_avgpool2d_backward(dy: NDArray, input_size: Pair) -> NDArray:
    """``dx[n,c,h,w] = dy[n,c] / (H W)``; dy (N, C), dx (N, C, H, W)."""
    share = dy / dy.dtype.type(input_size[0] * input_size[1])
    return np.ascontiguousarray(np.broadcast_to(share[..., None, None], (*dy.shape, *input_size)))


def _per_channel(a: NDArray) -> NDArray:
    """(C,) as (C, 1, 1), which broadcasts over images (N, C, H, W)."""
    return a[:, None, None]


def batchnorm2d_forward(x: NDArray, gamma: NDArray, beta: NDArray, epsilon: float) -> tuple[NDArray, NDArray, NDArray]:
    """``y = gamma x^ + beta``, ``x^ = (x - mean) inverse_std``: y, mean and ``inverse_std = 1 / sqrt(var + epsilon)``.

    x and y (N, C, H, W), the others (C,); mean and (biased) variance are those of each channel over N, H and W.
    """
    mean, variance = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    inverse_std = 1 / np.sqrt(variance + x.dtype.type(epsilon))
    normalised = (x - _per_channel(mean)) * _per_channel(inverse_std)
    return _per_channel(gamma) * normalised + _per_channel(beta), mean, inverse_std


def batchnorm2d_inference(
    x: NDArray, gamma: NDArray, beta: NDArray, mean: NDArray, variance: NDArray, epsilon: float
) -> NDArray:
    """The same with given statistics (C,): ``y = gamma (x - mean) / sqrt(variance + epsilon) + beta``."""
    scale = gamma / np.sqrt(variance + x.dtype.type(epsilon))
    return (x - _per_channel(mean)) * _per_channel(scale) + _per_channel(beta)


def batchnorm2d_backward(
    dy: NDArray, x: NDArray, gamma: NDArray, mean: NDArray, inverse_std: NDArray, batch_statistics: bool
) -> tuple[NDArray, NDArray, NDArray]:
    """``dx``, ``dgamma = sum dy x^`` and ``dbeta = sum dy``, the sums over N, H and W.

    With given statistics ``dx = gamma inverse_std dy``. With those of the batch, mean and variance depend on x, too;
    of M values a channel: ``dx = gamma inverse_std (dy - dbeta / M - x^ dgamma / M)``.
    """
    normalised = (x - _per_channel(mean)) * _per_channel(inverse_std)
    dgamma, dbeta = (dy * normalised).sum(axis=(0, 2, 3)), dy.sum(axis=(0, 2, 3))
    if batch_statistics:
        count = dy.dtype.type(dy.size // dy.shape[1])
        dy = dy - _per_channel(dbeta / count) - normalised * _per_channel(dgamma / count)
    return _per_channel(gamma * inverse_std) * dy, dgamma, dbeta


def conv_block_forward(
    x: NDArray, w: NDArray, b: NDArray, stride: Pair, padding: Padding, window: Pair, alpha: float
) -> tuple[NDArray, NDArray[np.uint16]]:
    """Convolution, max-pooling with windows that do not overlap, and ELU: y and argmax (N, OC, OH, OW)."""
    y, argmax = maxpool2d_forward(conv2d_forward(x, w, b, stride, padding), window, window)
    return elu_forward(y, alpha), argmax


def conv_block_backward(
    dy: NDArray,
    y: NDArray,
    argmax: NDArray[np.uint16],
    x: NDArray,
    w: NDArray,
    stride: Pair,
    padding: Padding,
    window: Pair,
    alpha: float,
    needs_input_gradient: bool,
) -> tuple[NDArray | None, NDArray, NDArray]:
    """``dx`` (None unless needed), ``dw`` and ``db``: dy goes back through ELU, pooling and convolution."""
    convolved = output_size(x.shape[2:], w.shape[2:], stride, padding)
    dy = maxpool2d_backward(elu_backward(dy, y, alpha), argmax, convolved, window, window)
    dw, db = conv2d_backward_weights(dy, x, w.shape[2:], stride, padding)
    return conv2d_backward_input(dy, w, x.shape[2:], stride, padding) if needs_input_gradient else None, dw, db


def dropout(x: NDArray, random: NDArray[np.uint16], rate: float) -> NDArray:
    """``x / (1 - rate)`` where ``random >= rate * 65536``, else 0. ``dx`` is the same function of ``dy``."""
    return np.where(random >= round(rate * 65536), x / x.dtype.type(1 - rate), 0).astype(x.dtype, copy=False)


def dense_forward(x: NDArray, w: NDArray, b: NDArray) -> NDArray:
    """``y = x w + b``: x (N, inputs), w (inputs, outputs), b (outputs,), y (N, outputs)."""
    return x @ w + b


def dense_backward_input(dy: NDArray, w: NDArray) -> NDArray:
    """``dx = dy w^T``."""
    return dy @ w.T


def dense_backward_weights(dy: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
    """``dw = x^T dy`` and ``db``, the sum of dy over the images."""
    return x.T @ dy, dy.sum(axis=0)


def softmax(logits: NDArray) -> NDArray:
    """``p[n,k] = e^{logits[n,k]} / sum_j e^{logits[n,j]}``, less the row's largest first, so that nothing overflows."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def softmax_cross_entropy_forward(logits: NDArray, targets: NDArray, weights: NDArray) -> tuple[float, NDArray]:
    """``loss = sum_n weights[n] sum_k -targets[n,k] log p[n,k]`` and the probabilities p, the softmax of each row.

    logits and targets (N, K), weights (N,). ``log p`` is taken as ``logits - log sum exp``, so it never is log 0.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-(weights[:, None] * targets * log_p).sum()), np.exp(log_p)


def softmax_cross_entropy_backward(probabilities: NDArray, targets: NDArray, weights: NDArray) -> NDArray:
    """``dlogits[n,k] = weights[n] (p[n,k] sum_j targets[n,j] - targets[n,k])``."""
    return weights[:, None] * (probabilities * targets.sum(axis=1, keepdims=True) - targets)


def adam(
    w: NDArray,
    dw: NDArray,
    m: NDArray,
    v: NDArray,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    weight_decay: float,
    step: int,
) -> None:
    """One step of Adam with decoupled weight decay, in place on the flat arrays w, m and v; ``step`` counts from 1.

    ``m = beta1 m + (1 - beta1) dw``; ``v = beta2 v + (1 - beta2) dw^2``; both are divided by ``1 - beta^step`` (they
    started at zero); ``w -= learning_rate (m^ / (sqrt(v^) + epsilon) + weight_decay w)``.
    """
    m[:] = beta1 * m + (1 - beta1) * dw
    v[:] = beta2 * v + (1 - beta2) * dw * dw
    m_hat, v_hat = m / (1 - beta1**step), v / (1 - beta2**step)
    w -= learning_rate * (m_hat / (np.sqrt(v_hat) + epsilon) + weight_decay * w)


def sum_of_squares(x: NDArray) -> float:
    """``sum_i x[i]^2`` of a flat array, accumulated in double precision."""
    return float(np.square(x, dtype=np.float64).sum())


def ema_update(average: NDArray, w: NDArray, decay: float) -> None:
    """``average = decay average + (1 - decay) w``, in place on flat arrays."""
    average[:] = decay * average + (1 - decay) * w
