"""An Elman network, or the mean of several, as a predictor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.experiment import Run
from elman_core.forecasting.predictors import blocks
from elman_core.forecasting.running import ahead_of, contexts_before, first_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, within
from elman_core.training.trainer import Trainer

__all__ = ["NetworkPredictor", "train_again"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class NetworkPredictor:
    """Predicts in closed loop; several networks by their mean.

    A network whose prediction is no finite number is left out of the mean, unless all are like that.
    """

    network: ElmanNetwork

    def ahead(self, dataset: SequenceDataset, origins: Integers, steps: int) -> Job[Array]:
        """See `Predictor`."""
        return (yield from self.spread_ahead(dataset, origins, steps))[0]

    def spread_ahead(self, dataset: SequenceDataset, origins: Integers, steps: int) -> Job[tuple[Array, Array | None]]:
        """Predict, and return mean and standard deviation over the networks too: (H, n, C) each; None of a single one.

        The deviation is that of a sample, sqrt(sum (y_k - mean)^2 / (N - 1)).
        """
        networks = self.network.networks
        if networks == 1:
            return (yield from self._one_ahead(self.network, dataset, origins, steps)), None
        shape = (steps, len(origins), len(dataset.columns))
        first, count, mean, squares = np.empty(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape)
        for member in range(networks):
            own = self._one_ahead(first_network(self.network, member), dataset, origins, steps)
            predicted = yield from within(own, member / networks, (member + 1) / networks)
            first = predicted if member == 0 else first
            finite = np.isfinite(predicted)
            count += finite
            off = np.where(finite, predicted, mean) - mean
            mean += off / np.maximum(count, 1)
            squares += off * (np.where(finite, predicted, mean) - mean)
        deviation = np.sqrt(np.maximum(squares, 0.0) / np.maximum(count - 1, 1))
        return np.where(count > 0, mean, first), np.where(count > 1, deviation, np.nan)

    @staticmethod
    def _one_ahead(network: ElmanNetwork, dataset: SequenceDataset, origins: Integers, steps: int) -> Job[Array]:
        columns = len(dataset.columns)
        predicted = np.empty((steps, len(origins), columns))
        contexts = yield from within(contexts_before(network, dataset), 0.0, 0.5)
        for some in blocks(origins, steps * max(columns, network.config.outputs, network.config.inputs)):
            yield 0.5 + 0.5 * some.start / len(origins)
            states = contexts[torch.from_numpy(origins[some]).to(contexts.device)]
            predicted[:, some] = ahead_of(network, dataset, origins[some], states, steps)
        return predicted


def train_again(
    run: Run, dataset: SequenceDataset, device: str = "auto", engine: str = "auto"
) -> Job[NetworkPredictor]:
    """Train the networks of a run anew, from the seed on, on the training part of another dataset of its kind."""
    epochs = max(run.training.epochs, 1)
    trainer = Trainer(Run(run.name, dataset, run.network, run.training), device=device, engine=engine)
    for update in trainer.updates():
        yield min(update.epoch / epochs, 1.0)
    return NetworkPredictor(trainer.network)
