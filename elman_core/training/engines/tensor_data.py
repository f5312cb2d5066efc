"""What the passes of the tensors engine go through and hand on, on the network's device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.sequences import Sequences

__all__ = ["DeviceSteps", "Move", "TrainingPass", "Within", "outer_sum", "sum_dtype", "validated_sequences"]

Integers = NDArray[np.int64]
Move = Callable[[Tensor, Tensor, int, int], None]
"""Moves the weights by the gradients of w1 and w2; which update of the epoch it is, and of how many."""


@dataclass(frozen=True, eq=False)
class DeviceSteps:
    """All time steps, those of training and then those of validation, written out only where they are looked at.

    Attributes
    ----------
    inputs, targets : (K, I), (L, O)
        The different vectors.
    input_rows, target_rows : (T + V, B)
        Which of them each step has.
    weights : (T + V,)
        What the loss of each step is multiplied by; None where all are 1.
    """

    inputs: Tensor
    targets: Tensor
    input_rows: Tensor
    target_rows: Tensor
    weights: Tensor | None

    @classmethod
    def of(cls, sequences: Sequences, like: Tensor) -> DeviceSteps:
        """Put sequences on a tensor's device, in its precision."""
        parts = sequences.training, sequences.validation
        vectors: dict[int, Tensor] = {}  # by the identity of the array, which inputs and targets may share
        found: list[tuple[Tensor, Tensor]] = []
        for first, second in ((part.inputs for part in parts), (part.targets for part in parts)):
            for series in (first, second):
                if id(series.vectors) not in vectors:
                    vectors[id(series.vectors)] = torch.from_numpy(series.vectors).to(like)
            tensor, rows = vectors[id(first.vectors)], first.rows
            if second.vectors is first.vectors:
                rows = np.concatenate([rows, second.rows])
            elif len(second):
                rows = np.concatenate([rows, second.rows + np.int32(len(first.vectors))])
                tensor = torch.cat([tensor, vectors[id(second.vectors)]])
            found.append((tensor, torch.from_numpy(np.array(rows)).to(like.device)))
        weights = np.concatenate([part.weights for part in parts])
        return cls(
            inputs=found[0][0],
            targets=found[1][0],
            input_rows=found[0][1],
            target_rows=found[1][1],
            weights=None if (weights == 1).all() else torch.from_numpy(weights).to(like),
        )

    def inputs_at(self, steps: slice) -> Tensor:
        """Return the inputs of some steps, (n, N = 1, B, I)."""
        return self.inputs[self.input_rows[steps]][:, None]

    def targets_at(self, steps: slice) -> Tensor:
        """Return the targets of some steps, (n, N = 1, B, O)."""
        return self.targets[self.target_rows[steps]][:, None]

    def weights_at(self, steps: slice | Tensor) -> Tensor | None:
        """Return the weights of some steps, in the shape of `steps`; None where all are 1."""
        return None if self.weights is None else self.weights[steps]


@dataclass(frozen=True, eq=False)
class Within:
    """Where a pass through the training steps stands, of the n networks that take part; see `Position`."""

    time_step: int
    loss: Tensor
    states: Tensor
    gradients: tuple[Tensor, Tensor]
    end_contexts: Tensor


class TrainingPass(Protocol):
    """Goes through the training steps of an epoch and asks for updates of the weights on its way.

    Attributes
    ----------
    time_step
        Time steps into the epoch.
    loss : (n,)
        Loss of the epoch so far.
    """

    time_step: int
    loss: Tensor

    def begin(
        self, network: ElmanNetwork, members: Integers, epoch: int, context: Tensor, within: Within | None
    ) -> None:
        """Begin an epoch with a context (n, B, H), or go on within one.

        `network` holds the n members of the ensemble that take part; its tensors are changed in place by the updates.
        """

    def advance(self, work: int) -> tuple[int, int]:
        """Do about so much work; return the time steps gone forward, and the units of work."""

    @property
    def work_due(self) -> int:
        """Units of work before the next time step forward."""

    @property
    def done(self) -> bool:
        """Whether all training steps have been gone through, and the last update has been made."""

    @property
    def context(self) -> Tensor:
        """(n, B, H): the state of the context units now."""

    @property
    def end_contexts(self) -> Tensor:
        """(n, E, H): the state after the last training step of each sequence that is validated too."""

    def within(self) -> Within:
        """Return where it stands, between updates or on the way to one."""


def validated_sequences(sequences: Sequences) -> Integers:
    """Return which sequences have both training and validation steps, (E,)."""
    lengths = [part.lengths[: len(sequences.validation.lengths)] for part in (sequences.training, sequences.validation)]
    return np.flatnonzero((lengths[0] > 0) & (lengths[1][: len(lengths[0])] > 0))


def sum_dtype(like: Tensor) -> torch.dtype:
    """Return the type that losses are summed in."""
    return torch.float32 if like.device.type == "mps" else torch.float64


def outer_sum(left: Tensor, right: Tensor) -> Tensor:
    """Sum left^T @ right over time and sequences: (n, N, B, P), (n, N, B, Q) -> (N, P, Q)."""
    if len(left) == 1:
        return left[0].mT @ right[0]
    left, right = (side.transpose(0, 1).flatten(1, 2) for side in (left, right))  # (N, n * B, ·)
    return left.mT @ right
