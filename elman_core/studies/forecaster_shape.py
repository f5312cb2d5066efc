"""ForecasterShape: the sizes of one forecaster by the automatic recipe, from which its time and memory follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from elman_core.config import AUTO, NO_SEASON, AutomaticConfig, DataConfig, NetworkConfig, TrainingConfig
from elman_core.config.study import AxisValue
from elman_core.data.dataset import SequenceDataset
from elman_core.errors import ConfigError
from elman_core.forecasting.automatic.candidates import lag_choices, ridge_choices, transform_choices
from elman_core.forecasting.automatic.many_choices import horizon_of, lags_of, network_of, training_of
from elman_core.forecasting.automatic.season import detected_season
from elman_core.studies.axes import field_named
from elman_core.training.estimate import DataSizes, Estimate, estimate_training, steps_seconds

__all__ = ["ForecasterShape"]

_TRIAL_SECONDS, _TRIAL_ROW_SECONDS = 1.2e-3, 2.8e-6
"""Of least squares with one transform and so many lags, judged with all penalties; and of each row of them."""
_PART_SECONDS, _EPOCH_SECONDS = 10e-3, 0.15e-3
"""Of each Elman part, and of each epoch of its networks, beside their steps."""
_EPOCH_ROW_SECONDS, _UPDATE_SECONDS = 1.6e-6, 0.12e-3
"""Of each row in each epoch of a few small networks, beside what a step of many takes; and of each update of a network
that learns from many series."""
_SCORED_ROW_SECONDS = 7e-6
"""Of a row that a part predicts."""
_EPOCHS_TO_BEST = 45
"""Of a usual part: most are best within some ten, some within hundreds."""
_MOST_RESIDUAL, _PURE, _LINEAR, _MOST_STEPS, _FEWEST_EPOCHS = 8, 2, 12, 2_000_000, 8
_UPDATE_EVERY, _TRUNCATION = 20, 40
_LONG = 20_000
"""Rows beyond which a season is not looked for: that alone would take too long for a rough estimate."""


@dataclass(frozen=True)
class ForecasterShape:
    """One run of a study of forecasters.

    Attributes
    ----------
    automatic, network, training
        Its settings, as a recipe has them.
    data
        Roles and horizon.
    rows, fitting
        Of the table, and of these before the test parts.
    lengths
        Rows of each sequence before its test part.
    past, known
        Columns that are seen, and those that are known ahead.
    targets
        How many columns are forecast.
    least
        The smallest value before the test parts, by which logarithms are tried.
    season
        That the series seem to have; None where they have none.
    """

    automatic: AutomaticConfig
    data: DataConfig
    rows: int
    fitting: int
    lengths: tuple[int, ...]
    past: int
    known: int
    targets: int
    least: float
    season: int | None
    network: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        dataset: SequenceDataset,
        automatic: AutomaticConfig,
        data: DataConfig,
        network: Mapping[str, Any] | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> ForecasterShape:
        """Return that of a table which is prepared in any way: only its rows before the test parts count."""
        parts, panel = dataset.parts, dataset.panel
        lengths = parts.validation_stops - panel.starts
        season = dataset.config.season or data.season
        if season is None and not panel.has_several and dataset.rows <= _LONG:
            season = detected_season(dataset)
        values = dataset.values[:]
        return cls(
            automatic, data, dataset.rows, int(lengths.sum()), tuple(lengths[lengths > 0].tolist()),
            len(dataset.columns) + len(data.inputs), len(data.known) + len(automatic.calendar), len(dataset.columns),
            float(np.min(values)) if values.size else 0.0, season, network or {}, training or {},
        )  # fmt: skip

    def with_setting(self, name: str, value: AxisValue) -> ForecasterShape | None:
        """Return it with another setting; None where that does not go together, so that it will not be fitted."""
        group, _, own = name.partition(".")
        try:
            setting = field_named(name, automatic=True).setting(value)
            match group:
                case "automatic":
                    return replace(self, automatic=self.automatic.replace(**{own: setting}))
                case "data":
                    return replace(self, data=self.data.replace(**{own: setting}))
                case "network":
                    changed = replace(self, network={**self.network, own: setting})
                case "training":
                    changed = replace(self, training={**self.training, own: setting})
                case _:
                    return self
            changed._elman(1, 1)  # settings that do not go together are refused by it
        except ConfigError:
            return None
        return changed

    @property
    def seconds(self) -> float:
        """How long a run takes on one thread."""
        if self._is_many:
            networks = min(self.automatic.inner_networks, self._networks) + self._networks
            training = self._elman(1, 1)[1]
            updates = networks * training.epochs * -(-len(self.lengths) // training.batch)
            return self._steps_seconds(networks) + updates * _UPDATE_SECONDS + 3 * self.rows * _SCORED_ROW_SECONDS
        choices, parts = self._transforms, self._elman_parts
        lags = lag_choices(self.automatic, self._season, max(self.fitting // 2 - 1, 1))
        trials = choices * len(lags) * (1 if len(ridge_choices(self.automatic)) > 1 else 0.5)
        trying = trials * (_TRIAL_SECONDS + self.fitting * _TRIAL_ROW_SECONDS)
        most = min(self.automatic.epochs, max(_MOST_STEPS // max(self.fitting, 1), _FEWEST_EPOCHS))
        validated = min(most, self.automatic.patience + _EPOCHS_TO_BEST)
        fitted = min(most, _EPOCHS_TO_BEST)
        of_part = (
            _PART_SECONDS + (validated + fitted) * (_EPOCH_SECONDS + self.fitting * _EPOCH_ROW_SECONDS)
            + self._steps_seconds(self.automatic.inner_networks, validated)
            + self._steps_seconds(self._networks, fitted)
        )  # fmt: skip
        return trying + parts * of_part + (parts + _LINEAR) * self.rows * _SCORED_ROW_SECONDS

    @property
    def bytes(self) -> int:
        """What one run takes."""
        return self.block_bytes(1, 1)

    @property
    def model_bytes(self) -> int:
        """Of the model file of a run: the weights of all parts, and what validation was off by."""
        weights = self._elman(1, 1)[0].weight_count * self._networks * max(self._elman_parts, 1)
        errors = self.rows // 5 * self.automatic.horizon * self.targets * (_LINEAR + self._elman_parts)
        return 5 * 8 * weights + 8 * errors + 24_000

    def block_bytes(self, runs: int, workers: int) -> int:
        """Return what so many take that are fitted at once; each has the networks of one part under way."""
        each = self._estimate()
        return runs * workers * (each.bytes + self.model_bytes)

    # -- one part ---------------------------------------------------------------------------------

    @property
    def _is_many(self) -> bool:
        return len(self.lengths) > 1

    @property
    def _networks(self) -> int:
        return int(self.training.get("networks", self.automatic.networks))

    @property
    def _season(self) -> int | None:
        given = self.automatic.season
        return None if given == NO_SEASON else self.season if given == AUTO else int(given)

    @property
    def _transforms(self) -> int:
        return len(transform_choices(self.automatic, least=self.least, season=self._season))

    @property
    def _elman_parts(self) -> int:
        if self._is_many:
            return 1
        residual = min(_MOST_RESIDUAL, self._transforms) if self.automatic.residual else 0
        return residual + (_PURE if self.automatic.pure else 0)

    def _elman(self, networks: int, epochs: int) -> tuple[NetworkConfig, TrainingConfig, DataSizes]:
        """Return the networks of a usual part, how they are trained, and on what."""
        lengths, horizon = np.asarray(self.lengths or (1,)), 1
        if self._is_many:
            horizon, lags = (
                horizon_of(self.data, self.automatic, lengths),
                lags_of(self.automatic, self._season, lengths),
            )
            network = network_of(self.automatic, self.network)
            training = training_of(self.automatic, {**self.training, "networks": networks}, len(lengths), lags)
        else:
            tried = lag_choices(self.automatic, self._season, max(self.fitting // 2 - 1, 1))
            lags = tried[len(tried) // 2]
            usual = {"hidden": self.automatic.hidden, "biases": True, "direct": True}
            network = NetworkConfig(**usual | dict(self.network))
            every = {"update_every": _UPDATE_EVERY, "truncation": _TRUNCATION, "optimizer": "adam"}
            training = TrainingConfig(**every | dict(self.training) | {"networks": networks, "epochs": epochs})
        inputs, outputs = self.past * lags + self.known * horizon, self.targets * horizon
        longest = max(1, int(lengths.max()))
        sizes = DataSizes(self.rows, max(1, self.fitting), longest, max(1, len(self.lengths)), is_plain=False)
        return network.replace(inputs=max(1, inputs), outputs=max(1, outputs)), training, sizes

    def _steps_seconds(self, networks: int, epochs: int = 1) -> float:
        return steps_seconds(*self._elman(networks, epochs))

    def _estimate(self) -> Estimate:
        return estimate_training(*self._elman(self._networks, self.automatic.epochs), "compiled")
