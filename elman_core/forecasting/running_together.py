"""Running all networks of an ensemble side by side over a dataset."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.data.dataset import SequenceDataset
from elman_core.forecasting.running import CHUNK_STEPS, input_tensor, side_by_side
from elman_core.model.network import ElmanNetwork

__all__ = ["members_of", "outputs_together", "run_rows_together"]

_NUMBERS_AT_ONCE = 2_000_000

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def members_of(network: ElmanNetwork, members: Integers | slice) -> ElmanNetwork:
    """Return some networks of an ensemble, as an ensemble."""
    return ElmanNetwork(network.config, network.w1[members], network.w2[members])


def run_rows_together(
    network: ElmanNetwork, dataset: SequenceDataset, first: int, stop: int
) -> Iterator[tuple[float, Integers, Tensor]]:
    """Feed rows first ... stop - 1 into all N networks, and give their hidden states (n, N, 1, H), some rows at a time.

    The context starts afresh at each sequence, and at `first`. Rows that a transform takes from the beginning of a
    sequence are left out. Yields the share done, the rows in their order and the states.
    """
    if not dataset.panel.has_several:
        context = network.initial_context()
        width = network.networks * (network.config.hidden + network.config.outputs)
        count = int(np.clip(_NUMBERS_AT_ONCE // width, 1, CHUNK_STEPS))
        for start in range(max(first, int(dataset.first_rows[0])), stop, count):
            rows = np.arange(start, min(start + count, stop))
            with torch.no_grad():
                hidden, _ = network.forward(input_tensor(network, dataset, rows), context)
            context = hidden[-1]
            yield (start - first) / (stop - first), rows, hidden
        return
    for done, starts, lengths in side_by_side(network, dataset, first, stop):
        longest = int(lengths.max())
        step = np.arange(longest)[:, None]
        inside = step < lengths  # (T, B)
        rows = np.where(inside, starts + step, starts)
        inputs = dataset.step_inputs(rows.ravel()).reshape(longest, 1, len(starts), -1)
        with torch.no_grad():
            hidden, _ = network.forward(torch.from_numpy(inputs).to(network.w1), network.initial_context(len(starts)))
        order = torch.from_numpy(np.argsort(rows[inside], kind="stable")).to(hidden.device)
        states = hidden.transpose(1, 2)[torch.from_numpy(inside).to(hidden.device)][order]  # (n, N, H)
        yield done, np.sort(rows[inside]), states[:, :, None]


def outputs_together(network: ElmanNetwork, dataset: SequenceDataset, rows: Integers, hidden: Tensor) -> Array:
    """Return the outputs (n, N, O) of the hidden states (n, N, 1, H) of all networks at some rows."""
    inputs = input_tensor(network, dataset, rows) if network.config.direct else None
    with torch.no_grad():
        return np.asarray(network.read_out(hidden, inputs)[:, :, 0].double().cpu().numpy())
