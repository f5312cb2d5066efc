"""Rollout: what goes into a network that is fed with its own predictions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset

__all__ = ["Rollout"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


class Rollout:
    """Builds the next input from predictions and from the columns known ahead, for B origins at once.

    Inputs, whose future is not known, hold their last value; so do columns known ahead after their last row, but for
    the calendar.

    Attributes
    ----------
    columns
        C, how many targets there are.
    """

    def __init__(self, dataset: SequenceDataset, origins: Integers) -> None:
        """Begin at some rows, the last ones that are known."""
        self._dataset = dataset
        self._encoding = dataset.encoding
        self._rows = np.array(origins)
        self._window = dataset.windows(self._rows)  # (B, p, C + D), newest first
        self._stops = dataset.parts_stop(self._rows)
        self.columns = len(dataset.columns)

    @property
    def is_plain(self) -> bool:
        """Whether the outputs go in as they are."""
        return self._encoding.is_plain

    def jump(self, last: Array, steps: int) -> None:
        """Go on from the last of some predictions (B, C) that went in as they were."""
        self._window = last[:, None]
        self._rows = self._rows + steps

    def input(self) -> Array:
        """Return what goes in now, (B, I)."""
        if self._encoding.is_plain:
            return self._window[:, 0]
        return self._encoding.input(self._window, self._known())

    def advance(self, outputs: Array) -> Array:
        """Take in the outputs (B, O), and return the row that they predict next, (B, C), in the network's units."""
        last = self._window[:, 0]
        predicted = self._encoding.decoded(outputs, last[:, : self.columns])[:, 0]
        if self._encoding.is_plain:
            self._window = predicted[:, None]
        else:
            newest = np.concatenate([predicted, last[:, self.columns :]], axis=1)
            self._window = np.concatenate([newest[:, None], self._window[:, :-1]], axis=1)
        self._rows = self._rows + 1
        return predicted

    def _known(self) -> Array:
        """(B, S, K), the columns known ahead of the next rows."""
        return self._dataset.known_after(self._rows, self._stops)
