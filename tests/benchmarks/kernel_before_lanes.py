"""Elman's own rule as the compiled engine did it before there were lanes: one network after another.

It is what networks in lanes are measured against. The loop is kept as it was, without all that stood around it: weights
are moved and multiplied by the next input in one pass over them, four rows at a time, and sums may have any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = ["train_one_by_one"]

_LOOSE = {"reassoc", "contract", "arcp", "nsz"}
_kernel: Any = njit(nogil=True, error_model="numpy", fastmath=_LOOSE)
_inline: Any = njit(nogil=True, error_model="numpy", fastmath=_LOOSE, inline="always")
_ZERO, _HALF, _ONE, _EDGE = (np.float32(number) for number in (0, 0.5, 1, 7.9))
_P0, _P1, _P2, _P3, _P4 = (
    np.float32(p)
    for p in (0.9999999736368664, 0.1344447272410442, 0.003571720872755015, 2.1903825438443417e-05, 1.5260248367274e-08)
)
_Q1, _Q2, _Q3, _Q4 = (
    np.float32(q) for q in (0.4677779492660327, 0.026164507576909246, 0.0003411783677020404, 8.53077954939587e-07)
)


@_inline
def _tanh(x):  # type: ignore[no-untyped-def]
    x = min(max(x, -_EDGE), _EDGE)
    u = x * x
    p = (((_P4 * u + _P3) * u + _P2) * u + _P1) * u + _P0
    return x * p / ((((_Q4 * u + _Q3) * u + _Q2) * u + _Q1) * u + _ONE)


@_kernel
def _move_and_multiply(w, x_before, delta, step, x, z):  # type: ignore[no-untyped-def]
    """W -= step * x_before^T delta; z = x @ w."""
    rows, columns = w.shape
    s0, x0 = step * x_before[0], x[0]
    for j in range(columns):
        w0 = w[0, j] - s0 * delta[j]
        w[0, j] = w0
        z[j] = x0 * w0
    i = 1
    while i + 4 <= rows:
        s0, s1, s2, s3 = step * x_before[i], step * x_before[i + 1], step * x_before[i + 2], step * x_before[i + 3]
        x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(columns):
            d = delta[j]
            w0, w1, w2, w3 = w[i, j] - s0 * d, w[i + 1, j] - s1 * d, w[i + 2, j] - s2 * d, w[i + 3, j] - s3 * d
            w[i, j], w[i + 1, j], w[i + 2, j], w[i + 3, j] = w0, w1, w2, w3
            z[j] += x0 * w0 + x1 * w1 + x2 * w2 + x3 * w3
        i += 4
    while i < rows:
        s0, x0 = step * x_before[i], x[i]
        for j in range(columns):
            w0 = w[i, j] - s0 * delta[j]
            w[i, j] = w0
            z[j] += x0 * w0
        i += 1


@_kernel
def train_one_by_one(w1, w2, inputs, targets, epochs, rate, losses):  # type: ignore[no-untyped-def]
    """Train networks 1-H-1: w1 (N, 1 + H, H), w2 (N, H), inputs and targets (T,); losses (epochs, N) are written."""
    networks, columns, hidden = w1.shape
    x, x_before = np.ones(columns, w1.dtype), np.ones(columns, w1.dtype)
    z, delta = np.empty(hidden, w1.dtype), np.empty(hidden, w1.dtype)
    for n in range(networks):
        w, column = w1[n], w2[n]
        for epoch in range(epochs):
            total = 0.0
            x[1:] = _ZERO
            delta[:] = _ZERO
            for t in range(len(inputs) + 1):
                if t < len(inputs):
                    x[0] = inputs[t]
                _move_and_multiply(w, x_before, delta, rate, x, z)
                if t == len(inputs):
                    break
                for i in range(columns):
                    x_before[i] = x[i]
                y = _ZERO
                for j in range(hidden):
                    x[1 + j] = _tanh(z[j])
                    y += x[1 + j] * column[j]
                error = y - targets[t]
                total += _HALF * error * error
                change = rate * error
                for j in range(hidden):
                    v = column[j]
                    delta[j] = error * v * (_ONE - x[1 + j] * x[1 + j])
                    column[j] = v - change * x[1 + j]
            losses[epoch, n] = total
