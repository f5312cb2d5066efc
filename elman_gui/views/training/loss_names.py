"""What losses are called along an axis."""

from __future__ import annotations

from elman_core.config import Loss

__all__ = ["LOSS_NAMES"]

LOSS_NAMES = {
    Loss.SQUARED_ERROR: "½ squared error",
    Loss.CROSS_ENTROPY: "cross-entropy",
    Loss.ABSOLUTE_ERROR: "absolute error",
}
