"""Real series that begin with a forecaster: carbon dioxide at Mauna Loa, and airline passengers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from elman_core.config import AutomaticConfig, DataConfig, NetworkConfig, Optimizer, TrainingConfig
from elman_core.data.csv.read import read_table
from elman_core.data.table import Source, Table
from elman_core.experiments.built_in import BuiltIn
from elman_core.support.jobs import complete
from elman_core.support.resources import resource

__all__ = ["AIRLINE", "CO2"]


def _reader(name: str) -> Callable[[], Table]:
    def read() -> Table:
        table = complete(read_table(resource(f"data/{name}.csv")))
        return replace(table, name=name, source=Source(kind="built-in", name=name))

    return read


_NETWORK = NetworkConfig(hidden=8, biases=True)
_TRAINING = TrainingConfig(
    epochs=300, optimizer=Optimizer.ADAM, learning_rate=0.01, update_every="all", truncation="all", clip_norm=1.0
)

CO2 = BuiltIn(
    name="co2",
    title="CO2 at Mauna Loa, 1958-2001",
    summary="Weekly carbon dioxide in the air, a trend and a yearly season with 59 gaps: an automatic forecaster.",
    table=_reader("co2"),
    data=DataConfig(fill_gaps=True, train_percent=80, validation_percent=0),
    network=_NETWORK,
    training=_TRAINING,
    automatic=AutomaticConfig(),
)
AIRLINE = BuiltIn(
    name="airline",
    title="Airline passengers, 1949-1960",
    summary="Monthly thousands of passengers, whose season grows with the trend: an automatic forecaster.",
    table=_reader("airline"),
    data=DataConfig(train_percent=80, validation_percent=0),
    network=_NETWORK,
    training=_TRAINING,
    automatic=AutomaticConfig(),
)
