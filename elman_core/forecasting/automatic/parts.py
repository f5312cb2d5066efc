"""Parts: the networks of a candidate, before training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from elman_core.config import ALL, AutomaticConfig, Begin, NetworkConfig, Optimizer, Precision, TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.experiment import Run
from elman_core.forecasting.automatic.candidates import Candidate
from elman_core.training.initial_weights import initial_weights

__all__ = ["as_asked", "linear_run", "pure_run", "residual_run"]

_UPDATE_EVERY, _TRUNCATION = 20, 40


def linear_run(name: str, dataset: SequenceDataset, candidate: Candidate) -> Run:
    """Return least squares with a penalty, as a network whose one hidden unit has no say."""
    network = _sized(
        NetworkConfig(hidden=1, biases=True, direct=True, begin=Begin.LEAST_SQUARES, ridge=candidate.ridge), dataset
    )
    training = TrainingConfig(
        epochs=1, precision=Precision.DOUBLE, warm_up_steps=candidate.lags - 1, **_updates(dataset)
    )
    run = Run(name, dataset, network, training)
    return replace(run, weights=initial_weights(run))


def residual_run(
    name: str, dataset: SequenceDataset, candidate: Candidate, automatic: AutomaticConfig, networks: int
) -> Run:
    """Return untrained networks that begin at least squares, hold them, and learn what these leave."""
    network = NetworkConfig(
        hidden=automatic.hidden, biases=True, direct=True, begin=Begin.LEAST_SQUARES, ridge=candidate.ridge
    )
    return _run(name, dataset, candidate, automatic, networks, network, learning_rate=0.002, hold_direct=True)


def pure_run(
    name: str, dataset: SequenceDataset, candidate: Candidate, automatic: AutomaticConfig, networks: int
) -> Run:
    """Return untrained networks without direct connections."""
    network = NetworkConfig(hidden=automatic.pure_hidden, biases=True)
    return _run(name, dataset, candidate, automatic, networks, network, learning_rate=0.003)


def as_asked(run: Run, network: Mapping[str, Any], training: Mapping[str, Any]) -> Run:
    """Return an Elman part with settings that were given in place of the recipe's own.

    Raises
    ------
    ConfigError
        When they do not go together.
    """
    changes = dict(training)
    optimizer = changes.get("optimizer", run.training.optimizer)
    if optimizer in (Optimizer.RPROP, Optimizer.LBFGS):  # which make one update an epoch
        changes = {"update_every": ALL, "truncation": ALL} | changes
    if optimizer is Optimizer.LBFGS:
        changes = {"weight_decay": 0.0, "clip_norm": 0.0} | changes
    return replace(run, network=run.network.replace(**network), training=run.training.replace(**changes))


def _run(
    name: str,
    dataset: SequenceDataset,
    candidate: Candidate,
    automatic: AutomaticConfig,
    networks: int,
    network: NetworkConfig,
    **settings: Any,
) -> Run:
    training = TrainingConfig(
        epochs=automatic.epochs,
        weight_decay=0.1,
        networks=networks,
        seed=automatic.seed,
        warm_up_steps=candidate.lags - 1,
        **settings,
        **_updates(dataset),
    )
    return Run(name, dataset, _sized(network, dataset), training)


def _updates(dataset: SequenceDataset) -> dict[str, Any]:
    """Return how often weights are moved; a short series has fewer steps than are usual between two changes."""
    steps = max(dataset.train_steps, 1)
    return {
        "optimizer": Optimizer.ADAM,
        "update_every": min(_UPDATE_EVERY, steps),
        "truncation": min(_TRUNCATION, steps),
    }


def _sized(network: NetworkConfig, dataset: SequenceDataset) -> NetworkConfig:
    return network.replace(inputs=dataset.encoding.network_inputs, outputs=dataset.encoding.network_outputs)
