"""An Elman network, or the mean of several, as a method of forecasting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.experiment import Run
from elman_core.forecasting.methods import predicted_by
from elman_core.forecasting.predictor import NetworkPredictor
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, within
from elman_core.training.trainer import Trainer

__all__ = ["NetworkMethod", "train_again"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class NetworkMethod:
    """Predicts in closed loop; several networks by their mean.

    A network whose prediction is no finite number is left out of the mean, unless all are like that.
    """

    network: ElmanNetwork

    def ahead(self, dataset: SequenceDataset, origins: Integers, steps: int) -> Job[Array]:
        """See `Method`."""
        return (yield from self.spread_ahead(dataset, origins, steps))[0]

    def spread_ahead(self, dataset: SequenceDataset, origins: Integers, steps: int) -> Job[tuple[Array, Array | None]]:
        """Predict, and return mean and standard deviation over the networks too: (H, n, C) each; None of a single one.

        The deviation is that of a sample, sqrt(sum (y_k - mean)^2 / (N - 1)).
        """
        networks = self.network.networks
        if networks == 1:
            return (yield from _one_ahead(self.network, dataset, origins, steps)), None
        shape = (steps, len(origins), len(dataset.columns))
        first, count, mean, squares = np.empty(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape)
        for member in range(networks):
            own = _one_ahead(self.network, dataset, origins, steps, member)
            predicted = yield from within(own, member / networks, (member + 1) / networks)
            first = predicted if member == 0 else first
            finite = np.isfinite(predicted)
            count += finite
            off = np.where(finite, predicted, mean) - mean
            mean += off / np.maximum(count, 1)
            squares += off * (np.where(finite, predicted, mean) - mean)
        deviation = np.sqrt(np.maximum(squares, 0.0) / np.maximum(count - 1, 1))
        return np.where(count > 0, mean, first), np.where(count > 1, deviation, np.nan)


def _one_ahead(
    network: ElmanNetwork, dataset: SequenceDataset, origins: Integers, steps: int, member: int = 0
) -> Job[Array]:
    columns = len(dataset.columns)
    width = steps * max(columns, network.config.outputs, network.config.inputs)
    return predicted_by(NetworkPredictor.prepare(network, dataset, member), columns, origins, steps, width)


def train_again(run: Run, dataset: SequenceDataset, device: str = "auto", engine: str = "auto") -> Job[NetworkMethod]:
    """Train the networks of a run anew, from the seed on, on the training part of another dataset of its kind."""
    epochs = max(run.training.epochs, 1)
    trainer = Trainer(Run(run.name, dataset, run.network, run.training), device=device, engine=engine)
    for update in trainer.updates():
        yield min(update.epoch / epochs, 1.0)
    return NetworkMethod(trainer.network)
