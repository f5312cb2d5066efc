"""One time step of learning with all its numbers: forward, back, and the move of the weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.analysis.activations import Activations
from elman_core.config import Activation, Loss, NetworkConfig, Output
from elman_core.model.functions import activated, output_of

__all__ = ["WorkedStep", "worked_step"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class WorkedStep:
    """Elman's own rule at one time step, in the network's units::

        z = cat(x, context [, 1]) w1,  h = f(z),  y = g(cat(h [, 1]) w2)
        e = d loss / d (cat(h [, 1]) w2)
        grad w2 = cat(h [, 1])^T e
        delta = f'(z) * (e w2^T)
        grad w1 = cat(x, context [, 1])^T delta

    Attributes
    ----------
    x : (I,)
    context, z, hidden, delta : (H,)
    y, target, e : (O,)
    loss
    gradient1 : (I + H [+ 1], H)
    gradient2 : (H [+ 1], O)
    """

    x: Array
    context: Array
    z: Array
    hidden: Array
    y: Array
    target: Array
    loss: float
    e: Array
    delta: Array
    gradient1: Array
    gradient2: Array


def worked_step(
    config: NetworkConfig, loss: Loss, w1: NDArray[np.floating], w2: NDArray[np.floating], at: Activations
) -> WorkedStep | None:
    """Work one step out, from the inputs and context that the units have there; None where no target is known."""
    if at.target is None:
        return None
    first, second = w1.astype(np.float64), w2.astype(np.float64)
    bias = [1.0] if config.biases else []
    entering = np.concatenate([at.input, at.context, bias])
    z = entering @ first
    hidden, slope = _activated(z, config.activation)
    leaving = np.concatenate([hidden, at.input if config.direct else [], bias])
    y, total, e = _judged(leaving @ second, at.target, config.output, loss)
    delta = slope * (second[: config.hidden] @ e)
    return WorkedStep(
        x=at.input, context=at.context, z=z, hidden=hidden, y=y, target=at.target, loss=total, e=e, delta=delta,
        gradient1=np.outer(entering, delta), gradient2=np.outer(leaving, e),
    )  # fmt: skip


def _activated(z: Array, activation: Activation) -> tuple[Array, Array]:
    """Return f(z) and f'(z)."""
    hidden = activated(z, activation)
    match activation:
        case Activation.TANH:
            return hidden, 1 - hidden**2
        case Activation.LOGISTIC:
            return hidden, hidden * (1 - hidden)
        case Activation.RELU:
            return hidden, (z > 0).astype(np.float64)


def _judged(z: Array, target: Array, output: Output, loss: Loss) -> tuple[Array, float, Array]:
    """Return g(z), the loss, and d loss / d z."""
    y = output_of(z, output)
    error = y - target
    if loss is Loss.CROSS_ENTROPY:
        if output is Output.SOFTMAX:
            return y, float(-(target * np.log(y)).sum()), y * target.sum() - target
        return y, float(-(target * np.log(y) + (1 - target) * np.log(1 - y)).sum()), error
    if loss is Loss.ABSOLUTE_ERROR:
        total, error = float(np.abs(error).sum()), np.sign(error)
    else:
        total = float(0.5 * (error**2).sum())
    match output:
        case Output.LINEAR:
            return y, total, error
        case Output.LOGISTIC:
            return y, total, error * y * (1 - y)
        case Output.SOFTMAX:
            return y, total, y * (error - (error * y).sum())
