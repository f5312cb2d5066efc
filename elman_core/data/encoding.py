"""Encoding: what of a series goes into the network at a time step, and what is to come out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.config import DataConfig

__all__ = ["Encoding"]

Array = NDArray[np.float64]

_GREATEST_DIFFERENCE = 3.0
"""From the newest value; what is further off is taken to be so far."""


@dataclass(frozen=True)
class Encoding:
    """How columns become inputs and outputs, and back.

    With C targets, D inputs and K columns known ahead, p lags and S steps predicted at once::

        past    = cat(targets, inputs)
        input   = cat(past_t, past_{t-1}, ..., past_{t-p+1}, known_{t+1}, ..., known_{t+S})
        output  = cat(targets_{t+1}, ..., targets_{t+S})

    Relative to the last, targets_t is taken off all targets; differences that go in are clipped to +-3.

    Attributes
    ----------
    targets, inputs, known
        C, D and K.
    lags
        p.
    steps
        S.
    """

    targets: int
    inputs: int = 0
    known: int = 0
    lags: int = 1
    steps: int = 1
    relative: bool = False

    @classmethod
    def of(cls, config: DataConfig, targets: int) -> Encoding:
        """Return the encoding that a config asks for."""
        return cls(
            targets, len(config.inputs), len(config.known), config.lags, config.output_steps, config.relative_to_last
        )

    @property
    def past(self) -> int:
        """Columns seen up to now."""
        return self.targets + self.inputs

    @property
    def network_inputs(self) -> int:
        """Numbers that go in at each time step."""
        return self.lags * self.past + self.steps * self.known

    @property
    def network_outputs(self) -> int:
        """Numbers that come out at each time step."""
        return self.steps * self.targets

    @property
    def is_plain(self) -> bool:
        """Whether a row goes in as it is and the next one comes out, as in the tutorial."""
        return self.lags == self.steps == 1 and not (self.inputs or self.known or self.relative)

    def input(self, window: Array, ahead: Array) -> Array:
        """Return what goes in, (n, inputs), from windows (n, p, C + D), newest first, and (n, S, K) known ahead."""
        if self.relative:
            window = window.copy()
            off = window[:, :, : self.targets] - window[:, :1, : self.targets]
            window[:, :, : self.targets] = np.clip(off, -_GREATEST_DIFFERENCE, _GREATEST_DIFFERENCE)
        return np.concatenate([window.reshape(len(window), -1), ahead.reshape(len(window), -1)], axis=1)

    def target(self, ahead: Array, last: Array) -> Array:
        """Return what is to come out, (n, outputs), from the targets ahead, (n, S, C), and the newest ones, (n, C)."""
        wanted = ahead - last[:, None] if self.relative else ahead
        return wanted.reshape(len(ahead), -1)

    def decoded(self, outputs: Array, last: Array) -> Array:
        """Return the targets that outputs (n, S * C) stand for, (n, S, C)."""
        ahead = outputs.reshape(len(outputs), self.steps, self.targets)
        return ahead + last[:, None] if self.relative else ahead
