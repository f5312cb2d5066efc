"""Predictors: what is prepared to predict the rows after some rows of one dataset; scores know nothing more of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.data.dataset import SequenceDataset
from elman_core.forecasting.running import ahead_of, contexts_before, first_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job

__all__ = ["NetworkPredictor", "Predictor"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


class Predictor(Protocol):
    """Predicts from the true rows up to an origin, the last known row; it has seen all of these.

    It belongs to one dataset; a `Method` is for any, and prepares a predictor of each.
    """

    def ahead(self, origins: Integers, steps: int) -> Array:
        """Predict 1 ... H rows after each origin (n,): (H, n, C) in the data's own units."""
        ...


@dataclass(frozen=True, eq=False)
class NetworkPredictor:
    """One Elman network on a dataset.

    Attributes
    ----------
    contexts : (R, H)
        Its state before each row, from all true rows of the sequence before it.
    """

    network: ElmanNetwork
    dataset: SequenceDataset
    contexts: Tensor

    @classmethod
    def prepare(cls, network: ElmanNetwork, dataset: SequenceDataset, member: int = 0) -> Job[Self]:
        """Run one network of an ensemble over all rows, so that it can predict from any of them."""
        network = first_network(network, member)
        contexts = yield from contexts_before(network, dataset)
        return cls(network, dataset, contexts)

    def ahead(self, origins: Integers, steps: int) -> Array:
        """Predict 1 ... H rows after each origin (n,): (H, n, C) in the data's own units."""
        return ahead_of(self.network, self.dataset, origins, self.contexts_at(origins), steps)

    def contexts_at(self, origins: Integers) -> Tensor:
        """Return the state before each origin, (n, H)."""
        return self.contexts[torch.from_numpy(origins).to(self.contexts.device)]
