"""The derivatives that truncated BPTT is made of, per time step."""

from __future__ import annotations

import torch
from torch import Tensor

from elman_core.config import Activation, Loss, Output

__all__ = ["activation_slope", "losses", "output_delta", "through_output", "weighted"]

_SMALLEST = 1e-30
"""Keeps the logarithm of a probability finite in float32."""


def losses(y: Tensor, target: Tensor, output: Output, loss: Loss) -> Tensor:
    r"""Return the loss of each time step of each sequence, (..., N, B): summed over the outputs.

    Squared error is 1/2 * sum((y - target)^2), absolute error sum(|y - target|). Cross-entropy is
    -sum(target * log(y)) for softmax, and -sum(target * log(y) + (1 - target) * log(1 - y)) for logistic outputs.
    """
    if loss is Loss.SQUARED_ERROR:
        each = 0.5 * (y - target).square()
    elif loss is Loss.ABSOLUTE_ERROR:
        each = (y - target).abs()
    elif output is Output.SOFTMAX:
        each = -target * y.clamp_min(_SMALLEST).log()
    else:
        each = -(target * y.clamp_min(_SMALLEST).log() + (1 - target) * (1 - y).clamp_min(_SMALLEST).log())
    return each.sum(dim=-1)


def output_delta(y: Tensor, target: Tensor, output: Output, loss: Loss) -> Tensor:
    """Return d loss / d z, where y = g(z): (..., N, B, O)."""
    error = y - target
    if loss is Loss.CROSS_ENTROPY:
        # The output function's slope and the loss's cancel; for softmax given that the targets sum to 1.
        return error if output is Output.LOGISTIC else y * target.sum(dim=-1, keepdim=True) - target
    return through_output(error.sign() if loss is Loss.ABSOLUTE_ERROR else error, y, output)


def through_output(error: Tensor, y: Tensor, output: Output) -> Tensor:
    """Return d loss / d z of d loss / d y, where y = g(z)."""
    match output:
        case Output.LINEAR:
            return error
        case Output.LOGISTIC:
            return error * y * (1 - y)
        case Output.SOFTMAX:
            return y * (error - (error * y).sum(dim=-1, keepdim=True))


def weighted(values: Tensor, weights: Tensor | None) -> Tensor:
    """Return values times weights that are broadcast, and 0 where a weight is 0, whatever the value; None is all 1."""
    return values if weights is None else torch.where(weights > 0, values * weights, 0.0)


def activation_slope(hidden: Tensor, activation: Activation) -> Tensor:
    """Return f'(z) written in terms of h = f(z)."""
    match activation:
        case Activation.TANH:
            return 1 - hidden * hidden
        case Activation.LOGISTIC:
            return hidden * (1 - hidden)
        case Activation.RELU:
            return (hidden > 0).to(hidden.dtype)
