"""What the network loses with each of its hidden units."""

from __future__ import annotations

import numpy as np
import torch

from elman_core.analysis.types import Clamps, Lesions
from elman_core.analysis.units import Layer, Unit
from elman_core.data.dataset import SequenceDataset
from elman_core.model.clamps import ClampedNetwork, clamped_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job

__all__ = ["LESION_STEPS", "lesions"]

LESION_STEPS = 1_000
"""Time steps of a longer series that are looked at, its last ones."""
_BYTES_AT_ONCE = 32 * 2**20


def lesions(network: ElmanNetwork, dataset: SequenceDataset) -> Job[Lesions]:
    """Lesion each unit of network 0 in turn."""
    hidden = network.config.hidden
    alone = ElmanNetwork(network.config, network.w1[:1], network.w2[:1])
    stop = dataset.rows
    rows = np.arange(max(int(dataset.first_rows[0]), stop - 1 - LESION_STEPS), stop - 1)
    x, target = (
        torch.from_numpy(numbers).to(network.w1)[:, None, None]  # (T, N = 1, B = 1, ·)
        for numbers in (dataset.step_inputs(rows), dataset.step_targets(rows))
    )
    intact = _errors(alone, x, target)[0]
    no_context = Clamps({Unit(Layer.CONTEXT, index): 0.0 for index in range(hidden)})
    found: dict[Layer, list[float]] = {Layer.HIDDEN: [], Layer.CONTEXT: []}
    at_once = max(1, _BYTES_AT_ONCE // max(network.w1[0].nbytes, len(x) * hidden * network.w1.element_size()))
    for layer, errors in found.items():
        for start in range(0, hidden, at_once):
            yield (start / hidden + (layer is Layer.CONTEXT)) / 2
            units = torch.arange(start, min(start + at_once, hidden))
            masks = {layer: torch.eye(hidden, dtype=torch.bool)[units][:, None, :]}  # (N, 1, H)
            w1, w2 = (weights[:1].expand(len(units), -1, -1) for weights in (network.w1, network.w2))
            lesioned = ClampedNetwork(network.config, w1, w2, masks, {layer: torch.zeros((), dtype=network.w1.dtype)})
            errors += _errors(lesioned, x, target)
    return Lesions(
        intact,
        np.array(found[Layer.HIDDEN]),
        np.array(found[Layer.CONTEXT]),
        _errors(clamped_network(alone, no_context), x, target)[0],
    )


@torch.no_grad()
def _errors(network: ElmanNetwork, x: torch.Tensor, target: torch.Tensor) -> list[float]:
    _, y = network.forward(x)
    errors: list[float] = (y - target).double().square().nanmean(dim=(0, 2, 3)).sqrt().tolist()
    return errors
