"""Softmax and its cross-entropy. N rows of K classes are too little work for several threads."""

from __future__ import annotations

import numpy as np

from npcnn.runtime.compile import inlined, kernel


@inlined
def _row_maximum(logits, n):
    """The largest of ``logits[n, :]``, logits (N, K), which keeps the exponentials from overflowing."""
    largest = logits.dtype.type(-np.inf)
    for k in range(logits.shape[1]):
        largest = max(largest, logits[n, k])
    return largest


@kernel
def softmax(logits):
    """``p[n,k] = e^{logits[n,k]} / sum_j e^{logits[n,j]}``; logits and p (N, K)."""
    p = np.empty_like(logits)
    for n in range(len(logits)):
        largest, total = _row_maximum(logits, n), p.dtype.type(0)
        for k in range(logits.shape[1]):
            p[n, k] = np.exp(logits[n, k] - largest)
            total += p[n, k]
        for k in range(logits.shape[1]):
            p[n, k] /= total
    return p


@kernel
def softmax_cross_entropy_forward(logits, targets, weights):
    """``sum_n weights[n] sum_k -targets[n,k] log p[n,k]`` and p: logits, targets and p (N, K), weights (N,)."""
    p = np.empty_like(logits)
    loss = np.float64(0)
    for n in range(len(logits)):
        largest = _row_maximum(logits, n)
        total = np.float64(0)
        for k in range(logits.shape[1]):
            total += np.exp(logits[n, k] - largest)
        log_total = np.log(total)
        for k in range(logits.shape[1]):
            log_p = logits[n, k] - largest - log_total
            p[n, k] = np.exp(log_p)
            loss -= weights[n] * targets[n, k] * log_p
    return loss, p


@kernel
def softmax_cross_entropy_backward(probabilities, targets, weights):
    """``dlogits[n,k] = weights[n] (p[n,k] sum_j targets[n,j] - targets[n,k])``.

    probabilities (the p of the forward pass), targets and dlogits (N, K), weights (N,).
    """
    dlogits = np.empty_like(probabilities)
    for n in range(len(probabilities)):
        target_sum = targets.dtype.type(0)
        for k in range(targets.shape[1]):
            target_sum += targets[n, k]
        for k in range(probabilities.shape[1]):
            dlogits[n, k] = weights[n] * (probabilities[n, k] * target_sum - targets[n, k])
    return dlogits
