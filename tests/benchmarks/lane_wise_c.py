"""Elman's own rule in C with a network in each lane of a vector: what the lanes are measured against."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["C_LANES", "lane_wise_c"]

Array = NDArray[np.float32]
C_LANES = 16

_C = r"""
#include <math.h>
#define L 16
#define H 6
#define P 7

static inline void fast_tanh(float *restrict z)
{
    for (int l = 0; l < L; l++) {
        float x = fminf(fmaxf(z[l], -7.9f), 7.9f), u = x * x;
        float p = (((1.5260248e-08f * u + 2.1903825e-05f) * u + 0.0035717209f) * u + 0.13444473f) * u + 1.0f;
        float q = (((8.5307795e-07f * u + 0.00034117837f) * u + 0.026164508f) * u + 0.46777795f) * u + 1.0f;
        z[l] = x * p / q;
    }
}

/* The tutorial's network, 1-6-1: weights (P, H, L) and (H, L), a network in each lane. */
void train(float *restrict w1, float *restrict w2, const float *restrict inputs, const float *restrict targets,
           int T, int epochs, float rate, double *restrict losses)
{
    float x[P][L], h[H][L], delta[H][L], e[L], total[L];
    for (int epoch = 0; epoch < epochs; epoch++) {
        for (int l = 0; l < L; l++) total[l] = 0;
        for (int i = 0; i < P; i++) for (int l = 0; l < L; l++) x[i][l] = 0;
        for (int t = 0; t < T; t++) {
            for (int l = 0; l < L; l++) x[0][l] = inputs[t];
            for (int j = 0; j < H; j++) {
                for (int l = 0; l < L; l++) h[j][l] = 0;
                for (int i = 0; i < P; i++)
                    for (int l = 0; l < L; l++) h[j][l] += x[i][l] * w1[(i * H + j) * L + l];
                fast_tanh(h[j]);
            }
            for (int l = 0; l < L; l++) e[l] = -targets[t];
            for (int j = 0; j < H; j++)
                for (int l = 0; l < L; l++) e[l] += h[j][l] * w2[j * L + l];
            for (int l = 0; l < L; l++) total[l] += 0.5f * e[l] * e[l];
            for (int j = 0; j < H; j++)
                for (int l = 0; l < L; l++) {
                    delta[j][l] = w2[j * L + l] * e[l] * (1 - h[j][l] * h[j][l]);
                    w2[j * L + l] -= rate * e[l] * h[j][l];
                }
            for (int i = 0; i < P; i++)
                for (int j = 0; j < H; j++)
                    for (int l = 0; l < L; l++) w1[(i * H + j) * L + l] -= rate * x[i][l] * delta[j][l];
            for (int j = 0; j < H; j++) for (int l = 0; l < L; l++) x[1 + j][l] = h[j][l];
        }
        for (int l = 0; l < L; l++) losses[epoch * L + l] = total[l];
    }
}
"""


def lane_wise_c() -> Callable[[Array, Array, Array, Array, int, float], NDArray[np.float64]] | None:
    """Compile it with gcc; None where there is no gcc.

    The function takes w1 (blocks, 7, 6, 16), w2 (blocks, 6, 16), inputs and targets (T,), the epochs and the rate, and
    returns the losses (blocks, epochs, 16).
    """
    if shutil.which("gcc") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder) / "lanes.c", Path(folder) / "lanes.so"
        source.write_text(_C)
        flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
        subprocess.run(["gcc", *flags, str(source), "-o", str(library), "-lm"], check=True, capture_output=True)
        run = ctypes.CDLL(str(library)).train

    def train(w1: Array, w2: Array, inputs: Array, targets: Array, epochs: int, rate: float) -> NDArray[np.float64]:
        losses = np.zeros((len(w1), epochs, C_LANES))
        for block in range(len(w1)):
            arrays = (w1[block], w2[block], inputs, targets)
            places = [array.ctypes.data_as(ctypes.c_void_p) for array in arrays]
            run(*places, len(inputs), epochs, ctypes.c_float(rate), losses[block].ctypes.data_as(ctypes.c_void_p))
        return losses

    return train
