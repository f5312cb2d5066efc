"""What the network loses with each of its hidden units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from elman_core.analysis.chosen_steps import StepBlock, last_steps
from elman_core.analysis.types import Clamps, Lesions
from elman_core.analysis.units import Layer, Unit
from elman_core.data.dataset import SequenceDataset
from elman_core.model.clamps import ClampedNetwork, clamped_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job

__all__ = ["LESION_STEPS", "lesions"]

LESION_STEPS = 1_000
"""Time steps of longer data that are looked at: of the last sequences, or the last ones of a single series."""
_BYTES_AT_ONCE = 32 * 2**20


def lesions(network: ElmanNetwork, dataset: SequenceDataset) -> Job[Lesions]:
    """Lesion each unit of network 0 in turn."""
    hidden = network.config.hidden
    alone = ElmanNetwork(network.config, network.w1[:1], network.w2[:1])
    blocks = [_Block.of(block, network) for block in last_steps(dataset, LESION_STEPS)]
    steps = sum(block.inputs.shape[0] * block.inputs.shape[2] for block in blocks)
    intact = _errors(alone, blocks)[0]
    no_context = Clamps({Unit(Layer.CONTEXT, index): 0.0 for index in range(hidden)})
    found: dict[Layer, list[float]] = {Layer.HIDDEN: [], Layer.CONTEXT: []}
    at_once = max(1, _BYTES_AT_ONCE // max(network.w1[0].nbytes, steps * hidden * network.w1.element_size()))
    for layer, errors in found.items():
        for start in range(0, hidden, at_once):
            yield (start / hidden + (layer is Layer.CONTEXT)) / 2
            units = torch.arange(start, min(start + at_once, hidden))
            masks = {layer: torch.eye(hidden, dtype=torch.bool)[units][:, None, :]}  # (N, 1, H)
            w1, w2 = (weights[:1].expand(len(units), -1, -1) for weights in (network.w1, network.w2))
            lesioned = ClampedNetwork(network.config, w1, w2, masks, {layer: torch.zeros((), dtype=network.w1.dtype)})
            errors += _errors(lesioned, blocks)
    return Lesions(
        intact,
        np.array(found[Layer.HIDDEN]),
        np.array(found[Layer.CONTEXT]),
        _errors(clamped_network(alone, no_context), blocks)[0],
    )


@dataclass(frozen=True)
class _Block:
    """Inputs and targets as a network takes them, (T, N = 1, B, ·)."""

    inputs: Tensor
    targets: Tensor

    @classmethod
    def of(cls, block: StepBlock, network: ElmanNetwork) -> _Block:
        return cls(*(torch.from_numpy(part).to(network.w1)[:, None] for part in (block.inputs, block.targets)))


@torch.no_grad()
def _errors(network: ElmanNetwork, blocks: list[_Block]) -> list[float]:
    """Return the root mean squared error of each network, over all that is to be predicted."""
    total, count = torch.zeros(network.networks, dtype=torch.float64), 0
    for block in blocks:
        _, y = network.forward(block.inputs)
        squares = (y - block.targets).double().square()
        known = ~block.targets.isnan().expand_as(squares)
        total += torch.where(known, squares, 0.0).sum(dim=(0, 2, 3)).cpu()
        count += int((~block.targets.isnan()).sum())
    errors: list[float] = (total / count).sqrt().tolist()
    return errors
