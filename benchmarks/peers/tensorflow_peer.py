"""The networks in TensorFlow with channels last: eager, or traced by ``tf.function``."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from benchmarks.peers.peer import Weights, is_parameter

_FLATTENED = (64, 4, 4)  # channels, rows, columns before the first dense layer


def _to_tensorflow(name: str, w: NDArray) -> NDArray:
    """Convert filters to (KH, KW, C, OC), and the rows of the first dense layer from (C, H, W) to (H, W, C) order."""
    if w.ndim == 4:
        return w.transpose(2, 3, 1, 0)
    if name == "5/w":
        return w.reshape(*_FLATTENED, -1).transpose(1, 2, 0, 3).reshape(w.shape)
    return w


def _from_tensorflow(name: str, w: NDArray) -> NDArray:
    if w.ndim == 4:
        return np.ascontiguousarray(w.transpose(3, 2, 0, 1))
    if name == "5/w":
        channels, rows, columns = _FLATTENED
        return w.reshape(rows, columns, channels, -1).transpose(2, 0, 1, 3).reshape(w.shape)
    return w


def _convolution(p: dict[str, tf.Variable], name: str, x: tf.Tensor, stride: int) -> tf.Tensor:
    return tf.nn.bias_add(tf.nn.conv2d(x, p[f"{name}/w"], stride, "SAME"), p[f"{name}/b"])


def _original_block(p: dict[str, tf.Variable], name: str, x: tf.Tensor) -> tf.Tensor:
    y = x
    for layer in ("0", "3"):
        y = tf.nn.elu(tf.nn.max_pool2d(_convolution(p, f"{name}/body/{layer}", y, 1), 2, 2, "VALID"))
    return y + tf.nn.elu(_convolution(p, f"{name}/shortcut/0", x, 4))


def _dropout(x: tf.Tensor, rate: float, training: bool) -> tf.Tensor:
    return tf.nn.dropout(x, rate) if training else x


def _original(p: dict[str, tf.Variable], x: tf.Tensor, training: bool) -> tf.Tensor:
    x = _dropout(_original_block(p, "0", x), 0.3, training)
    x = _dropout(_original_block(p, "2", x), 0.5, training)
    x = tf.nn.elu(tf.reshape(x, (x.shape[0], -1)) @ p["5/w"] + p["5/b"])
    return _dropout(x, 0.5, training) @ p["8/w"] + p["8/b"]


def _normalised_convolution(
    p: dict[str, tf.Variable], name: str, x: tf.Tensor, stride: int, training: bool
) -> tf.Tensor:
    """A convolution and the batch normalisation in the layer after it."""
    parent, _, index = name.rpartition("/")
    norm = f"{parent}/{int(index) + 1}".lstrip("/")
    x = tf.nn.conv2d(x, p[f"{name}/w"], stride, "SAME")
    gamma, beta, epsilon = p[f"{norm}/gamma"], p[f"{norm}/beta"], 1e-5
    mean, variance = p[f"{norm}/running_mean"], p[f"{norm}/running_var"]
    if not training:
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, epsilon)
    y, batch_mean, batch_variance = tf.compat.v1.nn.fused_batch_norm(x, gamma, beta, epsilon=epsilon)
    mean.assign_add(0.1 * (batch_mean - mean))
    variance.assign_add(0.1 * (batch_variance - variance))
    return y


def _resnet(p: dict[str, tf.Variable], x: tf.Tensor, training: bool) -> tf.Tensor:
    x = tf.nn.elu(_normalised_convolution(p, "0", x, 2, training))
    for block in range(3, 10):
        shortcut = f"{block}/shortcut/0"
        stride = 2 if f"{shortcut}/w" in p else 1
        y = tf.nn.elu(_normalised_convolution(p, f"{block}/body/0", x, stride, training))
        y = _normalised_convolution(p, f"{block}/body/3", y, 1, training)
        x = tf.nn.elu(y + (_normalised_convolution(p, shortcut, x, 2, training) if stride == 2 else x))
    return _dropout(tf.reduce_mean(x, (1, 2)), 0.4, training) @ p["12/w"] + p["12/b"]


_NETWORKS = {"original": _original, "resnet": _resnet}


class _Adam:
    """TensorFlow's fused Adam operation, one call per weight array, and its state."""

    def __init__(self, weights: list[tf.Variable]) -> None:
        self._weights = weights
        self._m = [tf.Variable(tf.zeros_like(w)) for w in weights]
        self._v = [tf.Variable(tf.zeros_like(w)) for w in weights]
        self._powers = [tf.Variable(beta) for beta in (0.9, 0.999)]

    def step(self, gradients: list[tf.Tensor]) -> None:
        for w, m, v, dw in zip(self._weights, self._m, self._v, gradients, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=w.handle, m=m.handle, v=v.handle, beta1_power=self._powers[0], beta2_power=self._powers[1],
                lr=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, grad=dw,
            )  # fmt: skip
        for power, beta in zip(self._powers, (0.9, 0.999), strict=True):
            power.assign(power * beta)


class TensorFlowPeer:
    """TensorFlow with fused Adam; variables have npcnn's names and TensorFlow's layouts.

    variant: ``function`` or ``eager``.
    """

    trains = True

    def __init__(self, network: str, weights: Weights, threads: int, variant: str) -> None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        tf.random.set_seed(0)
        compiled = tf.function if variant == "function" else lambda eager: eager
        self._p = {name: tf.Variable(_to_tensorflow(name, w)) for name, w in weights.items()}
        self._trained = {name: w for name, w in self._p.items() if is_parameter(name)}
        self._forward = _NETWORKS[network]
        self._infer = compiled(lambda x: self._forward(self._p, x, training=False))
        self._gradients = compiled(lambda x, labels: self._differentiate(x, labels, training=False)[1])
        self._step = compiled(self._one_step)

    @cached_property
    def _adam(self) -> _Adam:
        return _Adam(list(self._trained.values()))

    def native(self, array: NDArray) -> tf.Tensor:
        """Convert to a tensor; images (N, 1, H, W) become (N, H, W, 1)."""
        return tf.constant(array.transpose(0, 2, 3, 1) if array.ndim == 4 else array)

    def infer(self, x: tf.Tensor) -> NDArray:
        """Return logits (N, 8)."""
        return self._infer(x).numpy()

    def gradients(self, x: tf.Tensor, labels: tf.Tensor) -> Weights:
        """Return the gradients of all weights, without dropout."""
        gradients = self._gradients(x, labels)
        return {name: _from_tensorflow(name, dw.numpy()) for name, dw in zip(self._trained, gradients, strict=True)}

    def train_step(self, x: tf.Tensor, labels: tf.Tensor) -> float:
        """Run one training step and return the loss."""
        _ = self._adam  # a traced function must not create variables
        return float(self._step(x, labels))

    def _differentiate(self, x: tf.Tensor, labels: tf.Tensor, training: bool) -> tuple[tf.Tensor, list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, self._forward(self._p, x, training))
            loss = tf.reduce_mean(losses)
        return loss, tape.gradient(loss, list(self._trained.values()))

    def _one_step(self, x: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        loss, gradients = self._differentiate(x, labels, training=True)
        self._adam.step(gradients)
        return loss
