"""Yearly sunspot numbers since 1700: a real series with a cycle of about eleven years."""

from __future__ import annotations

from dataclasses import replace

from elman_core.config import DataConfig, NetworkConfig, Optimizer, TrainingConfig
from elman_core.data.csv.read import read_table
from elman_core.data.table import Source, Table
from elman_core.experiments.built_in import BuiltIn
from elman_core.support.jobs import complete
from elman_core.support.resources import resource

__all__ = ["SUNSPOTS"]


def _table() -> Table:
    table = complete(read_table(resource("data/sunspots.csv")))
    return replace(table, name="sunspots", source=Source(kind="built-in", name="sunspots"))


SUNSPOTS = BuiltIn(
    name="sunspots",
    title="Sunspots, 1700-2008",
    summary="Yearly mean sunspot numbers, a real series: 6 hidden units, full BPTT with Adam, stopped early.",
    table=_table,
    data=DataConfig(train_percent=70, validation_percent=15),
    network=NetworkConfig(hidden=6, biases=True),
    training=TrainingConfig(
        epochs=600, optimizer=Optimizer.ADAM, learning_rate=0.01, update_every="all", truncation="all", patience=150
    ),
)
