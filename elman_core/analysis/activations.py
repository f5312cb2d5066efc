"""What every unit does at one row of the series, and what the context units hold at each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.analysis.types import Clamps
from elman_core.analysis.units import Layer, Unit
from elman_core.config import NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.training.events import Response

__all__ = ["Activations", "activations_at", "context_states"]

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
    initial = np.full(config.hidden, config.initial_context, np.float64)
    begins = row < dataset.rows and row == int(dataset.first_rows[dataset.panel.sequence_of(row)])
    if 0 <= row - first < len(response.hidden):
        at = row - first
        if np.isnan(response.hidden[at]).any():
            return None  # a row that only serves as what others are differenced with
        before = response.hidden[at - 1] if at else np.full(config.hidden, np.nan)
        context = initial if begins else before
        entering, hidden, output, free = _entering(dataset, row), response.hidden[at], response.outputs[at], False
    elif 0 <= row - free_first < len(response.closed_loop):
        at = row - free_first
        hidden, output, free = response.closed_loop_hidden[at], response.closed_loop_outputs[at], at > 0
        entering = response.closed_loop_inputs[at]
        if at:
            context = response.closed_loop_hidden[at - 1]
        else:
            known = 0 <= free_first - first - 1 < len(response.hidden)
            context = response.hidden[free_first - first - 1] if known and not begins else initial
    else:
        return None
    target = None
    if row + 1 < dataset.rows and dataset.is_predicted[row + 1]:
        wanted = dataset.step_targets(np.array([row]))[0]
        target = wanted if np.isfinite(wanted).all() else None
    entering, context, hidden, output = (part.astype(np.float64) for part in (entering, context, hidden, output))
    return Activations(row, free, entering, context, hidden, output, target)


def context_states(
    response: Response,
    dataset: SequenceDataset,
    config: NetworkConfig,
    clamps: Clamps | None = None,
    places: NDArray[np.integer] | None = None,
) -> NDArray[np.float32]:
    """Return what the context units hold while the network answers each row of a response, (T, H).

    It is what the hidden units did one step before, and the initial context where a sequence begins; NaN where neither
    is known. A unit that is clamped holds its value.

    Parameters
    ----------
    places : (T,)
        Which of the response's rows, counted from 0; all if None.
    """
    places = np.arange(len(response.hidden)) if places is None else places
    context = response.hidden[np.maximum(places - 1, 0)]  # (T, H), a copy
    context[places == 0] = np.nan
    rows = np.minimum(response.first_row - 1 + places, dataset.rows - 1)
    context[rows == dataset.first_rows[dataset.sequence_of_row[rows]]] = config.initial_context
    for unit, value in (Clamps() if clamps is None else clamps).values.items():
        if unit.layer is Layer.CONTEXT:
            context[:, unit.index] = value
    return context


def _entering(dataset: SequenceDataset, row: int) -> Array:
    entering: Array = dataset.step_inputs(np.array([row]))[0]
    return entering
