"""The CPUheater tutorial: an Elman network of two weight matrices learns a sine wave."""

from __future__ import annotations

from elman_core.config import DataConfig, NetworkConfig, Scaling, TrainingConfig
from elman_core.data.generators import sine_table
from elman_core.experiments.built_in import BuiltIn

__all__ = ["SINE"]

SINE = BuiltIn(
    name="sine",
    title="Sine wave (tutorial)",
    summary="The CPUheater tutorial: 20 points of a sine, 6 hidden units, Elman's one-step rule, 300 epochs.",
    table=sine_table,
    data=DataConfig(train_percent=100, validation_percent=0, scaling=Scaling.NONE),
    network=NetworkConfig(),
    training=TrainingConfig(),
)
