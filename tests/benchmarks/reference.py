"""What the engines are measured against: hand-written C, torch as one writes it, and the tutorial's own loop."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = [
    "hand_written_c",
    "one_step_rule_in_torch",
    "products_and_tanh_in_torch",
    "rnn_with_adam",
    "tutorials_own_loop",
]

Array = NDArray[np.float32]

_C = r"""
#include <math.h>

/* Elman's own rule: tanh units, linear outputs, no biases; P = I + H. */
void train(float *restrict w1, float *restrict w2, const float *restrict inputs, const float *restrict targets,
           int T, int I, int H, int O, int epochs, float rate, double *losses,
           float *restrict xh, float *restrict h, float *restrict delta, float *restrict e)
{
    const int P = I + H;
    for (int epoch = 0; epoch < epochs; epoch++) {
        double total = 0;
        for (int j = 0; j < H; j++) xh[I + j] = 0;
        for (int t = 0; t < T; t++) {
            for (int i = 0; i < I; i++) xh[i] = inputs[t * I + i];
            for (int j = 0; j < H; j++) h[j] = 0;
            for (int i = 0; i < P; i++) {
                const float x = xh[i];
                for (int j = 0; j < H; j++) h[j] += x * w1[i * H + j];
            }
            for (int j = 0; j < H; j++) h[j] = tanhf(h[j]);
            for (int o = 0; o < O; o++) e[o] = -targets[t * O + o];
            for (int j = 0; j < H; j++) {
                const float x = h[j];
                for (int o = 0; o < O; o++) e[o] += x * w2[j * O + o];
            }
            float loss = 0;
            for (int o = 0; o < O; o++) loss += 0.5f * e[o] * e[o];
            total += loss;
            for (int j = 0; j < H; j++) {
                float sum = 0;
                for (int o = 0; o < O; o++) sum += w2[j * O + o] * e[o];
                delta[j] = sum * (1 - h[j] * h[j]);
            }
            for (int j = 0; j < H; j++) {
                const float r = rate * h[j];
                for (int o = 0; o < O; o++) w2[j * O + o] -= r * e[o];
            }
            for (int i = 0; i < P; i++) {
                const float r = rate * xh[i];
                for (int j = 0; j < H; j++) w1[i * H + j] -= r * delta[j];
            }
            for (int j = 0; j < H; j++) xh[I + j] = h[j];
        }
        losses[epoch] = total;
    }
}
"""


def hand_written_c() -> Callable[[Array, Array, Array, Array, int, float], NDArray[np.float64]] | None:
    """Compile the one-step rule with gcc; None where there is no gcc."""
    if shutil.which("gcc") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder) / "elman.c", Path(folder) / "elman.so"
        source.write_text(_C)
        flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
        subprocess.run(["gcc", *flags, str(source), "-o", str(library), "-lm"], check=True, capture_output=True)
        run = ctypes.CDLL(str(library)).train

    def train(w1: Array, w2: Array, inputs: Array, targets: Array, epochs: int, rate: float) -> NDArray[np.float64]:
        (steps, ins), (rows, hidden), outs = inputs.shape, w1.shape, w2.shape[1]
        losses = np.zeros(epochs)
        scratch = [np.zeros(size, np.float32) for size in (rows, hidden, hidden, outs)]
        every: tuple[NDArray[Any], ...] = (w1, w2, inputs, targets, losses, *scratch)
        arrays = [array.ctypes.data_as(ctypes.c_void_p) for array in every]
        sizes = (steps, ins, hidden, outs, epochs, ctypes.c_float(rate))
        run(*arrays[:4], *sizes, *arrays[4:])
        return losses

    return train


def one_step_rule_in_torch(w1: Tensor, w2: Tensor, inputs: Tensor, targets: Tensor, rate: float) -> float:
    """One epoch of Elman's own rule with gradients written by hand, a few tensor operations a step."""
    context, total = torch.zeros(1, w1.shape[1]), 0.0
    for x, target in zip(torch.split(inputs, 1), torch.split(targets, 1), strict=True):
        xh = torch.cat((x, context), 1)
        context = torch.tanh(xh @ w1)
        error = context @ w2 - target
        total += 0.5 * float(error.square().sum())
        delta = (error @ w2.T) * (1 - context * context)
        w2.addmm_(context.T, error, alpha=-rate)
        w1.addmm_(xh.T, delta, alpha=-rate)
    return total


def rnn_with_adam(hidden: int, inputs: Tensor, targets: Tensor) -> Callable[[], float]:
    """Return one epoch of full BPTT as people write it: torch.nn.RNN, autograd and fused Adam.

    `inputs` and `targets` are (T, I) and (T, O), or (T, B, I) and (T, B, O).
    """
    rnn, readout = torch.nn.RNN(inputs.shape[-1], hidden), torch.nn.Linear(hidden, targets.shape[-1])
    weights = [*rnn.parameters(), *readout.parameters()]
    adam = torch.optim.Adam(weights, lr=0.001, fused=True)

    def epoch() -> float:
        adam.zero_grad()
        states, _ = rnn(inputs)
        loss = 0.5 * (readout(states) - targets).square().sum()
        loss.backward()
        adam.step()
        return float(loss.detach())

    return epoch


def products_and_tanh_in_torch(hidden: int, inputs: Tensor, targets: Tensor) -> Callable[[], None]:
    """Return what full BPTT cannot do without, each by torch in place: the matrix products, and tanh.

    `inputs` and `targets` are (T, B, I) and (T, B, O).
    """
    (steps, sequences, ins), outs = inputs.shape, targets.shape[2]
    w_in, w_back, w_out = torch.randn(ins, hidden) / 8, torch.randn(hidden, hidden) / 8, torch.randn(hidden, outs) / 8
    x, states = inputs.reshape(-1, ins), torch.zeros(steps + 1, sequences, hidden)
    deltas, errors = torch.empty(steps, sequences, hidden), torch.empty(steps * sequences, outs)
    state, delta = states.unbind(), deltas.unbind()
    before, after, all_deltas = states[:-1].flatten(0, 1), states[1:].flatten(0, 1), deltas.flatten(0, 1)
    sums = [torch.empty(rows, hidden) for rows in (ins, hidden)] + [torch.empty(hidden, outs)]

    def update() -> None:
        torch.mm(x, w_in, out=after)
        for t in range(steps):
            torch.tanh(state[t + 1].addmm_(state[t], w_back), out=state[t + 1])
        torch.mm(after, w_out, out=errors)
        torch.mm(errors, w_out.T, out=all_deltas)
        for t in range(steps - 1, 0, -1):
            delta[t - 1].addmm_(delta[t], w_back.T)
        torch.mm(x.T, all_deltas, out=sums[0])
        torch.mm(before.T, all_deltas, out=sums[1])
        torch.mm(after.T, errors, out=sums[2])

    return update


def tutorials_own_loop(epochs: int) -> float:
    """Train the sine as the CPUheater tutorial does: autograd at every time step."""
    torch.manual_seed(1)
    series = torch.sin(torch.linspace(2, 10, 21))
    w1 = torch.empty(7, 6).normal_(0.0, 0.4).requires_grad_()
    w2 = torch.empty(6, 1).normal_(0.0, 0.3).requires_grad_()
    total = 0.0
    for _ in range(epochs):
        total, context = 0.0, torch.zeros(1, 6)
        for t in range(20):
            xh = torch.cat((series[t].reshape(1, 1), context), 1)
            context = torch.tanh(xh.mm(w1))
            loss = (context.mm(w2) - series[t + 1]).pow(2).sum() / 2
            total += loss.item()
            torch.autograd.backward(loss)
            for weights in (w1, w2):
                assert weights.grad is not None
                weights.data -= 0.1 * weights.grad.data
                weights.grad.data.zero_()
            context = context.detach()
    return total
