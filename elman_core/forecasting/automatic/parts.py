"""Parts: the networks of a candidate, before training."""

from __future__ import annotations

from dataclasses import replace

from elman_core.config import (
    ALL,
    AutomaticConfig,
    Begin,
    LossReduction,
    NetworkConfig,
    Optimizer,
    Precision,
    TrainingConfig,
)
from elman_core.data.dataset import SequenceDataset
from elman_core.experiment import Run
from elman_core.forecasting.automatic.candidates import Candidate
from elman_core.training.initial_weights import initial_weights

__all__ = ["linear_run", "pure_run", "residual_run"]


def linear_run(name: str, dataset: SequenceDataset, candidate: Candidate) -> Run:
    """Return least squares with a penalty, as a network whose one hidden unit has no say."""
    network = _sized(
        NetworkConfig(hidden=1, biases=True, direct=True, begin=Begin.LEAST_SQUARES, ridge=candidate.ridge), dataset
    )
    training = TrainingConfig(epochs=1, precision=Precision.DOUBLE, warm_up_steps=candidate.lags - 1, **_WHOLE)
    run = Run(name, dataset, network, training)
    return replace(run, weights=initial_weights(run))


def residual_run(
    name: str, dataset: SequenceDataset, candidate: Candidate, automatic: AutomaticConfig, networks: int
) -> Run:
    """Return untrained networks that begin at least squares, hold them, and learn what these leave."""
    network = _sized(
        NetworkConfig(
            hidden=automatic.hidden,
            biases=True,
            direct=True,
            begin=Begin.LEAST_SQUARES,
            ridge=candidate.ridge,
        ),
        dataset,
    )
    training = TrainingConfig(
        epochs=automatic.epochs,
        learning_rate=0.005,
        weight_decay=0.01,
        hold_direct=True,
        networks=networks,
        seed=automatic.seed,
        warm_up_steps=candidate.lags - 1,
        **_WHOLE,
    )
    return Run(name, dataset, network, training)


def pure_run(
    name: str, dataset: SequenceDataset, candidate: Candidate, automatic: AutomaticConfig, networks: int
) -> Run:
    """Return untrained networks without direct connections."""
    network = _sized(NetworkConfig(hidden=automatic.pure_hidden, biases=True), dataset)
    training = TrainingConfig(
        epochs=automatic.epochs,
        learning_rate=0.01,
        networks=networks,
        seed=automatic.seed,
        **_WHOLE,
    )
    return Run(name, dataset, network, training)


_WHOLE = {
    "optimizer": Optimizer.ADAM,
    "update_every": ALL,
    "truncation": ALL,
    "loss_reduction": LossReduction.MEAN,
}
"""One update an epoch, from the mean error of all steps, propagated back to the first."""


def _sized(network: NetworkConfig, dataset: SequenceDataset) -> NetworkConfig:
    return network.replace(inputs=dataset.encoding.network_inputs, outputs=dataset.encoding.network_outputs)
