"""The functions of hidden and output units on arrays; those on tensors stand beside the network's equations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.config import Activation, Output

__all__ = ["activated", "output_of"]

Array = NDArray[Any]
"""Of floating-point numbers; a result has the type of what went in."""


def activated(z: Array, activation: Activation, out: Array | None = None) -> Array:
    """Return f(z), the hidden units' function, in `out` where that is given."""
    hidden: Array
    match activation:
        case Activation.TANH:
            hidden = np.tanh(z, out=out)
        case Activation.LOGISTIC:
            hidden = np.divide(1, 1 + np.exp(-z), out=out)
        case Activation.RELU:
            hidden = np.maximum(z, 0, out=out)
    return hidden


def output_of(z: Array, function: Output) -> Array:
    """Return g(z), the output units' function, of one time step: (O,)."""
    match function:
        case Output.LINEAR:
            return z
        case Output.LOGISTIC:
            return 1 / (1 + np.exp(-z))
        case Output.SOFTMAX:
            powers = np.exp(z - z.max())
            return np.asarray(powers / powers.sum())
