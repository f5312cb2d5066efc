"""Two chaotic series on which Elman networks have been compared: Mackey-Glass and Lorenz.

500 values to learn from and 500 to test on, one step ahead, as in Chandra and Zhang (2012), whose best Elman networks
have a test error of 6.3e-3 on the first and 6.4e-3 on the second; Chandra (2015) has 3.3e-3 and 3.2e-3. Of the 500 the
last 100 choose the weights, and show where a start has failed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from elman_core.config import (
    ALL,
    SEQUENCE,
    DataConfig,
    Initialization,
    NetworkConfig,
    Optimizer,
    Precision,
    Scaling,
    Schedule,
    TrainingConfig,
)
from elman_core.data.generators import lorenz_table, mackey_glass_table
from elman_core.data.table import Source, Table
from elman_core.experiments.built_in import BuiltIn

__all__ = ["CHAOS"]


def _experiment(name: str, title: str, summary: str, table: Callable[[], Table], restart_above: float) -> BuiltIn:
    return BuiltIn(
        name=name,
        title=title,
        summary=summary,
        table=table,
        data=DataConfig(train_percent=40, validation_percent=10, scaling=Scaling.NONE),
        network=NetworkConfig(hidden=8, biases=True, initialization=Initialization.FAN_IN),
        training=TrainingConfig(
            epochs=900,
            optimizer=Optimizer.LBFGS,
            learning_rate=1.0,
            update_every=ALL,
            truncation=ALL,
            warm_up_steps=20,
            precision=Precision.DOUBLE,
            restarts=2,
            restart_above=restart_above,
        ),
    )


def _free_run_table() -> Table:
    table = mackey_glass_table()
    return replace(table, name="mackey-glass-free-run", source=Source(kind="built-in", name="mackey-glass-free-run"))


# Noise makes the network come back from small errors, and steps on its own outputs show it those that it makes. The
# same network without both has a smaller error at one step, but its free run is lost after a tenth of the steps. One
# step ahead says nothing of this, so there is no validation part that would choose an epoch by it.
_FREE_RUN = BuiltIn(
    name="mackey-glass-free-run",
    title="Mackey-Glass, free run",
    summary="The same series, learned for a free run that lasts: 32 hidden units, input noise and closed-loop steps.",
    table=_free_run_table,
    data=DataConfig(train_percent=50, validation_percent=0, scaling=Scaling.NONE),
    network=NetworkConfig(hidden=32, biases=True, initialization=Initialization.FAN_IN),
    training=TrainingConfig(
        epochs=6000,
        optimizer=Optimizer.ADAM,
        learning_rate=0.005,
        schedule=Schedule.COSINE,
        clip_norm=1.0,
        update_every=SEQUENCE,
        truncation=ALL,
        warm_up_steps=20,
        input_noise=0.02,
        closed_loop_steps=3,
    ),
)

CHAOS = (
    _experiment(
        "mackey-glass", "Mackey-Glass (chaos)",
        "A chaotic series with a delay of 17: 8 hidden units, full BPTT with L-BFGS in float64.",
        mackey_glass_table, 1e-5,
    ),
    _experiment(
        "lorenz", "Lorenz (chaos)",
        "x of the Lorenz equations, which flips between two wings: 8 hidden units, full BPTT with L-BFGS in float64.",
        lorenz_table, 1e-6,
    ),
    _FREE_RUN,
)  # fmt: skip
