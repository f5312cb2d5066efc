"""The built-in experiments, and untrained experiments on any table."""

from __future__ import annotations

from elman_core.config import DataConfig, Loss, NetworkConfig, Optimizer, Output, Schedule, TrainingConfig
from elman_core.data.preparation import prepare
from elman_core.data.table import Table
from elman_core.experiment import Experiment
from elman_core.experiments.built_in import BuiltIn
from elman_core.experiments.elman_1990 import ELMAN_1990
from elman_core.experiments.sine import SINE
from elman_core.experiments.sunspots import SUNSPOTS

__all__ = ["BUILT_IN", "SERIES_NETWORK", "SERIES_TRAINING", "begin", "symbol_settings"]

BUILT_IN: dict[str, BuiltIn] = {experiment.name: experiment for experiment in (SINE, SUNSPOTS, *ELMAN_1990)}

SERIES_NETWORK = NetworkConfig(hidden=8, biases=True)
"""The network for one's own series, before any setting is changed."""
SERIES_TRAINING = TrainingConfig(
    epochs=500, optimizer=Optimizer.ADAM, learning_rate=0.01, update_every=20, truncation=40
)

_SYMBOLS_GONE_THROUGH = 2_000_000


def symbol_settings(table: Table) -> tuple[NetworkConfig, TrainingConfig]:
    """Return the settings for one's own symbols, before any is changed.

    One-hot symbols are learned as probabilities, by softmax and cross-entropy; features, of which several are on at
    once, by logistic outputs and squared error as in 1990. Short texts are trained on for more epochs.
    """
    assert table.symbols is not None
    one_hot = table.symbols.vocabulary.is_one_hot
    network = NetworkConfig(
        hidden=50,
        output=Output.SOFTMAX if one_hot else Output.LOGISTIC,
        biases=True,
        input_spread=0.2,
        output_spread=0.2,
    )
    training = TrainingConfig(
        epochs=min(max(_SYMBOLS_GONE_THROUGH // len(table.symbols), 5), 300),
        optimizer=Optimizer.ADAM,
        learning_rate=0.003,
        schedule=Schedule.COSINE,
        update_every=20,
        truncation=40,
        loss=Loss.CROSS_ENTROPY if one_hot else Loss.SQUARED_ERROR,
        patience=10,
    )
    return network, training


def begin(name: str, table: Table, data: DataConfig, network: NetworkConfig, training: TrainingConfig) -> Experiment:
    """Return an untrained experiment; inputs and outputs follow from the chosen columns.

    Raises
    ------
    DataError
        When the table cannot be learned from as the config asks.
    """
    dataset = prepare(table, data)
    columns = len(dataset.columns)
    return Experiment(name, dataset, network.replace(inputs=columns, outputs=columns), training)
