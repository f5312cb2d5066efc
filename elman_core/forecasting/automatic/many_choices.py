"""What the recipe for many series chooses without a trial: horizon, lags, transforms, sizes and rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.config import (
    ALL,
    AUTO,
    SEQUENCE,
    AutomaticConfig,
    DataConfig,
    Initialization,
    Loss,
    LossReduction,
    NetworkConfig,
    Optimizer,
    Scaling,
    Schedule,
    Strategy,
    TrainingConfig,
    TransformName,
)

__all__ = ["horizon_of", "lags_of", "network_of", "seen_by_parts", "training_of"]

Integers = NDArray[np.int64]

_USUAL_LAGS = 12
_FEWEST_LAGS, _MOST_LAGS = 8, 60
_BATCH = 64
_FEWEST_BATCHES = 16
"""In an epoch, where there are so many sequences: a few updates that are each exact learn little."""
_UPDATES = 920
_FEWEST_EPOCHS, _MOST_EPOCHS = 15, 400


def horizon_of(data: DataConfig, automatic: AutomaticConfig, lengths: Integers) -> int:
    """Return how many steps are predicted at once: as given, else 12, at most a quarter of a usual sequence.

    Parameters
    ----------
    lengths : (S,)
        Rows of each sequence before its test part.
    """
    if data.horizon > 1:
        return data.horizon
    return int(np.clip(np.median(lengths) // 4, 1, automatic.horizon))


def lags_of(automatic: AutomaticConfig, season: int | None, lengths: Integers) -> int:
    """Return how many values a network sees at each step: two seasons, from 8 to 60; at most half a usual sequence."""
    if automatic.lags != AUTO:
        return int(automatic.lags)
    wanted = int(np.clip(_USUAL_LAGS if season is None else 2 * season, _FEWEST_LAGS, _MOST_LAGS))
    return int(np.clip(np.median(lengths) // 2, 1, wanted))


def seen_by_parts(
    plain: DataConfig, automatic: AutomaticConfig, season: int | None, horizon: int, lags: int
) -> DataConfig:
    """Return how the parts see the series.

    Logarithms where a sequence is positive, seasonal indices where a test finds them, and all relative to the newest
    value make sequences of any size alike, so that one network can learn from all of them.
    """
    transforms: tuple[TransformName, ...] = (TransformName.LOG_WHERE_POSITIVE,)
    if season is not None:
        transforms += (TransformName.SEASONAL_IF_FOUND,)
    return plain.replace(
        transforms=transforms if automatic.transforms == AUTO else automatic.transforms,
        scaling=Scaling.NONE if automatic.transforms == AUTO else plain.scaling,
        season=season,
        lags=lags,
        horizon=horizon,
        strategy=Strategy.DIRECT,
        relative_to_last=True,
    )


def network_of(automatic: AutomaticConfig, given: Mapping[str, Any]) -> NetworkConfig:
    """Return the Elman network, with the settings given: it begins with nearly no say, and direct connections at 0."""
    hidden = given.get("hidden", automatic.shared_hidden)
    usual = {
        "hidden": hidden,
        "biases": True,
        "direct": True,
        "initialization": Initialization.UNIFORM,
        "input_spread": hidden**-0.5,
        "output_spread": 0.1 * hidden**-0.5,
    }
    return NetworkConfig(**usual | dict(given))


def training_of(automatic: AutomaticConfig, given: Mapping[str, Any], sequences: int, lags: int) -> TrainingConfig:
    """Return how networks are trained on so many sequences, with the settings given."""
    batch = int(np.clip(sequences // _FEWEST_BATCHES, 1, _BATCH))
    epochs = int(np.clip(_UPDATES // -(-sequences // batch), _FEWEST_EPOCHS, _MOST_EPOCHS))
    usual: dict[str, Any] = {
        "epochs": epochs if automatic.shared_epochs == AUTO else automatic.shared_epochs,
        "batch": batch,
        "optimizer": Optimizer.ADAM,
        "learning_rate": 0.005,
        "schedule": Schedule.COSINE,
        "warm_up_share": 0.1,
        "clip_norm": 1.0,
        "update_every": SEQUENCE,
        "truncation": ALL,
        "loss": Loss.ABSOLUTE_ERROR,
        "loss_reduction": LossReduction.MEAN,
        "warm_up_steps": lags - 1,
        "seed": automatic.seed,
    }
    return TrainingConfig(**usual | dict(given))
