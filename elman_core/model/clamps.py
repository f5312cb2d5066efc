"""Units held at a value, lesions among them: what a person does to a network to see what a unit is for."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from elman_core.analysis.types import Clamps
from elman_core.analysis.units import Layer, units_of
from elman_core.config import NetworkConfig
from elman_core.model.network import ElmanNetwork

__all__ = ["ClampedNetwork", "clamped_network"]


class ClampedNetwork(ElmanNetwork):
    """An Elman network of which some units keep a value whatever comes in.

    For each of the layers input, context and hidden there is a mask and a value, both (N or 1, 1, units), in the
    network's units: a = where(mask, value, a).
    """

    _hooks_change_nothing = False

    def __init__(
        self,
        config: NetworkConfig,
        w1: Tensor,
        w2: Tensor,
        masks: Mapping[Layer, Tensor],
        values: Mapping[Layer, Tensor],
    ) -> None:
        super().__init__(config, w1, w2)
        self._masks = masks
        self._values = values

    def forward(self, inputs: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run through a whole sequence, as `ElmanNetwork.forward` does."""
        return super().forward(self._held(inputs, Layer.INPUT), context)

    def _context_hook(self, context: Tensor) -> Tensor:
        return self._held(context, Layer.CONTEXT)

    def _hidden_hook(self, hidden: Tensor) -> Tensor:
        return self._held(hidden, Layer.HIDDEN)

    def _held(self, activations: Tensor, layer: Layer) -> Tensor:
        mask = self._masks.get(layer)
        return activations if mask is None else torch.where(mask, self._values[layer], activations)


def clamped_network(network: ElmanNetwork, clamps: Clamps) -> ElmanNetwork:
    """Return the network with these units held, or the network itself where there are none."""
    masks: dict[Layer, Tensor] = {}
    values: dict[Layer, Tensor] = {}
    for unit, value in clamps.values.items():
        if unit.layer not in masks:
            size = len(units_of(network.config, unit.layer))
            masks[unit.layer] = torch.zeros(1, 1, size, dtype=torch.bool)
            values[unit.layer] = torch.zeros(1, 1, size, dtype=network.w1.dtype)
        masks[unit.layer][..., unit.index] = True
        values[unit.layer][..., unit.index] = value
    return ClampedNetwork(network.config, network.w1, network.w2, masks, values) if clamps else network
