"""The built-in experiments, and untrained experiments on any table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from elman_core.config import (
    ALL,
    SEQUENCE,
    DataConfig,
    Initialization,
    Loss,
    NetworkConfig,
    Optimizer,
    Output,
    Schedule,
    TrainingConfig,
)
from elman_core.data.dataset import SequenceDataset
from elman_core.data.preparation import prepare
from elman_core.data.table import Table
from elman_core.experiment import Run
from elman_core.experiments.built_in import BuiltIn
from elman_core.experiments.chaos import CHAOS
from elman_core.experiments.elman_1990 import ELMAN_1990
from elman_core.experiments.series import AIRLINE, CO2
from elman_core.experiments.sine import SINE
from elman_core.experiments.sunspots import SUNSPOTS

__all__ = ["BUILT_IN", "SERIES_NETWORK", "SERIES_TRAINING", "Preparing", "begin", "symbol_settings"]

Preparing = Callable[[Table, DataConfig], SequenceDataset]
"""What makes a dataset of a table: `prepare`, or something that remembers what it has made."""

BUILT_IN: dict[str, BuiltIn] = {
    experiment.name: experiment for experiment in (SINE, SUNSPOTS, CO2, AIRLINE, *CHAOS, *ELMAN_1990)
}

SERIES_NETWORK = NetworkConfig(hidden=8, biases=True, initialization=Initialization.FAN_IN)
"""The network for one's own series, before any setting is changed."""
SERIES_TRAINING = TrainingConfig(
    epochs=500,
    optimizer=Optimizer.ADAM,
    learning_rate=0.005,
    schedule=Schedule.PLATEAU,
    schedule_epochs=25,
    clip_norm=1.0,
    update_every=20,
    truncation=40,
    patience=100,
)
"""Its training: on series of many kinds and lengths, the loss of no epoch was three times that of an earlier one."""

_SYMBOLS_GONE_THROUGH = 2_000_000
_SYMBOLS_OF_LINES = 500_000
_ON_AND_ON: dict[str, Any] = {"learning_rate": 0.003, "update_every": 20, "truncation": 40}
_BY_SEQUENCES: dict[str, Any] = {"learning_rate": 0.01, "update_every": SEQUENCE, "truncation": ALL, "batch": 16}


def symbol_settings(table: Table) -> tuple[NetworkConfig, TrainingConfig]:
    """Return the settings for one's own symbols, before any is changed.

    One-hot symbols are learned as probabilities, by softmax and cross-entropy; features, of which several are on at
    once, by logistic outputs and squared error as in 1990. Short texts are trained on for more epochs. Where there are
    several sequences, such as lines, errors travel back through the whole of each, and some are learned at once.
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
    symbols, how = _SYMBOLS_GONE_THROUGH, _ON_AND_ON
    if table.panel.has_several:
        symbols, how = _SYMBOLS_OF_LINES, _BY_SEQUENCES
    training = TrainingConfig(
        epochs=min(max(symbols // len(table.symbols), 5), 300),
        optimizer=Optimizer.ADAM,
        schedule=Schedule.COSINE,
        loss=Loss.CROSS_ENTROPY if one_hot else Loss.SQUARED_ERROR,
        patience=10,
        **how,
    )
    return network, training


def begin(
    name: str,
    table: Table,
    data: DataConfig,
    network: NetworkConfig,
    training: TrainingConfig,
    preparing: Preparing = prepare,
) -> Run:
    """Return an untrained experiment; inputs and outputs follow from roles, lags and horizon.

    Raises
    ------
    DataError
        When the table cannot be learned from as the config asks.
    """
    dataset = preparing(table, data)
    sizes = {"inputs": dataset.encoding.network_inputs, "outputs": dataset.encoding.network_outputs}
    return Run(name, dataset, network.replace(**sizes), training)
