"""What every unit does at one row of the series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.analysis.units import Layer, Unit
from elman_core.config import NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.training.events import Response

__all__ = ["Activations", "activations_at"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Activations:
    """The activations of each layer, in the network's units, while it answers a row.

    Attributes
    ----------
    row
        The row that goes in; the output is for the one after it.
    free_running
        Whether what goes in is the network's own prediction.
    target : (O,) or None
        The true row after it, where it is known.
    """

    row: int
    free_running: bool
    input: Array
    context: Array
    hidden: Array
    output: Array
    target: Array | None

    def of(self, unit: Unit) -> float:
        """Return the activation of a unit; a bias is always 1."""
        return 1.0 if unit.layer is Layer.BIAS else float(getattr(self, unit.layer.value)[unit.index])


def activations_at(response: Response, dataset: SequenceDataset, config: NetworkConfig, row: int) -> Activations | None:
    """Return what the units do at a row: fed with the series while it lasts, then free-running; None where unknown."""
    first, free_first = response.first_row - 1, response.closed_loop_row - 1
    scale = dataset.scale.apply
    initial = np.full(config.hidden, config.initial_context, np.float64)
    true_before = 0 <= free_first - first - 1 < len(response.hidden)
    if 0 <= row - first < len(response.hidden):
        at = row - first
        context = response.hidden[at - 1] if at else (initial if first == 0 else np.full(config.hidden, np.nan))
        entering, hidden, output, free = dataset.values[row], response.hidden[at], response.one_step[at], False
    elif 0 <= row - free_first < len(response.closed_loop):
        at = row - free_first
        hidden, output, free = response.closed_loop_hidden[at], response.closed_loop[at], at > 0
        if at:
            entering, context = response.closed_loop[at - 1], response.closed_loop_hidden[at - 1]
        else:
            entering = dataset.values[row]
            context = response.hidden[free_first - first - 1] if true_before else initial
    else:
        return None
    target = scale(dataset.values[row + 1]) if row + 1 < dataset.rows else None
    return Activations(
        row, free, scale(entering), context.astype(np.float64), hidden.astype(np.float64), scale(output), target
    )
