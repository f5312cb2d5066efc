"""LaneRule: what a kernel with a network in each lane of a vector is written for, and where its numbers stand.

A row is a vector that has one number of each network of a block: `lanes` of them. All that belongs to a block stands in
one piece of memory, row after row, in the order of `Places`. The weights are in the order of their matrices: number
(i, j) of w1 is row i * H + j.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

__all__ = [
    "DECAY",
    "FACTOR",
    "LANE_BYTES",
    "MOMENTUM",
    "ROOT",
    "SCALARS",
    "STEP",
    "Argument",
    "LaneRule",
    "Momentum",
    "Places",
]

LANE_BYTES = 64
"""Of a row: 16 networks in single precision, 8 in double. Where registers are shorter, each row takes several."""

STEP, MOMENTUM, FACTOR, DECAY, ROOT, SCALARS = range(6)
"""Rows of `Places.scalars`: the rate, the momentum, what gradients are multiplied by, weight decay, and Adam's root."""


class Momentum(IntEnum):
    """How many networks have momentum."""

    NONE = 0
    ALL = 1
    SOME = 2


class Argument(IntEnum):
    """What stands where in the table of arguments that a kernel takes: addresses, and steps of time."""

    MEMORY = 0
    STATES = 1
    DELTAS = 2
    CONTEXT = 3
    TOTALS = 4
    """(lanes,) in double precision."""
    VECTORS = 5
    ROWS = 6
    TARGETS = 7
    TARGET_ROWS = 8
    WEIGHTS = 9
    FIRST = 10
    STOP = 11
    COUNTED_FROM = 12
    BASE = 13


@dataclass(frozen=True)
class LaneRule:
    """All that the kernels are written for; the functions are numbers of `kernels.py`."""

    inputs: int
    hidden: int
    outputs: int
    activation: int
    output: int
    loss: int
    biases: bool
    direct: bool
    weighted: bool
    one_step: bool
    optimizer: int
    momentum: Momentum
    prepares: bool
    """Whether gradients are shortened or weights decay."""
    double: bool

    @property
    def lanes(self) -> int:
        """How many networks a row has."""
        return LANE_BYTES // (8 if self.double else 4)

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """Of the weights."""
        return np.dtype(np.float64 if self.double else np.float32)

    @property
    def rows1(self) -> int:
        """Rows of the matrix w1."""
        return self.inputs + self.hidden + self.biases

    @property
    def rows2(self) -> int:
        """Rows of the matrix w2."""
        return self.hidden + (self.inputs if self.direct else 0) + self.biases

    @property
    def weights(self) -> int:
        """How many numbers are learned."""
        return self.rows1 * self.hidden + self.rows2 * self.outputs


@dataclass(frozen=True)
class Places:
    """The first row of each part of a block's memory."""

    rule: LaneRule

    @property
    def gradient(self) -> int:
        return self.rule.weights

    @property
    def moment1(self) -> int:
        return 2 * self.rule.weights

    @property
    def moment2(self) -> int:
        return 3 * self.rule.weights

    @property
    def epoch_start(self) -> int:
        return 4 * self.rule.weights

    @property
    def best(self) -> int:
        return 5 * self.rule.weights

    @property
    def last(self) -> int:
        return 6 * self.rule.weights

    @property
    def epoch_context(self) -> int:
        return 7 * self.rule.weights

    @property
    def validation_context(self) -> int:
        return self.epoch_context + self.rule.hidden

    @property
    def next_delta(self) -> int:
        return self.validation_context + self.rule.hidden

    @property
    def scalars(self) -> int:
        return self.next_delta + self.rule.hidden

    @property
    def rows(self) -> int:
        return self.scalars + SCALARS
