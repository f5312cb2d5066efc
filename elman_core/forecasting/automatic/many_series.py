"""ManySeriesFit: the automatic recipe for many series, which one Elman network learns together."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.config import (
    ALL,
    AUTO,
    SEQUENCE,
    AutomaticConfig,
    Begin,
    DataConfig,
    LossReduction,
    NetworkConfig,
    Precision,
    TrainingConfig,
)
from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import Table
from elman_core.experiment import Run, Weights
from elman_core.forecasting.automatic.many_choices import network_of, training_of
from elman_core.forecasting.automatic.panel_views import InnerPanel, PanelViews
from elman_core.forecasting.automatic.parts_fit import FitStage, FitUpdate, PartsFit
from elman_core.forecasting.forecaster import Forecaster, ForecastPart, PartKind, PartPredictor
from elman_core.forecasting.inner_validation import InnerValidation, JudgedCandidate
from elman_core.training.engines.sequences import Sequences
from elman_core.training.initial_weights import least_squares_weights

__all__ = ["ManySeriesFit", "network_share"]

Array = NDArray[np.float64]

_ELMAN = 1
"""The place of the part that is trained."""
_RIDGES = (1.0, 30.0, 1000.0)
_LEVEL, _HOPELESS = 1.02, 1.3
"""Validation error of the network, as a share of that of least squares, up to which these do not count, and from which
on the network does not. The network that is validated has learned less than the one that is kept."""


class ManySeriesFit(PartsFit):
    """Fits a forecaster of two parts to all rows of many series before their test parts.

    One is the mean of Elman networks that each learn from all series; the other, their ruler, least squares that see
    the same. The result depends on the table, the settings and the engine only, not on pauses.

    Attributes
    ----------
    views
        The series as parts see them.
    """

    def __init__(
        self,
        name: str,
        table: Table,
        data: DataConfig | None = None,
        automatic: AutomaticConfig | None = None,
        *,
        engine: str = "auto",
        network: Mapping[str, Any] | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        """Prepare; of `data`, columns, roles, horizon, season and the test part count.

        `network` and `training` are settings of the Elman networks that are not to be the usual ones.

        Raises
        ------
        ConfigError
            When settings do not go together.
        DataError
            When a column is missing, or no sequence is long enough.
        """
        super().__init__(name, automatic or AutomaticConfig(), engine, network, training)
        self._networks = self._training.pop("networks", self.automatic.networks)
        self.views = PanelViews.of(table, data or DataConfig(), self.automatic)
        self._untrained(self.views.whole, self._networks)  # what does not go together is told now

    # -- stages -----------------------------------------------------------------------------------

    def _fit(self) -> Iterator[FitUpdate]:
        yield FitUpdate(FitStage.CHOOSING, 0.0)
        part = ForecastPart(
            self._least_squares(self.views.whole, self._ridges[len(self._ridges) // 2]), PartKind.LINEAR
        )
        self.forecaster = Forecaster(self.views.plain, (part,), self.automatic, notes=self.views.notes)
        yield FitUpdate(FitStage.CHOOSING, 0.01, forecaster=self.forecaster)
        begin, errors = 0.01, None
        if self.views.inner is not None:
            yield from self._choose_ridge(self.views.inner)
            networks = min(self.automatic.inner_networks, self._networks)
            end = 0.05 + 0.9 * networks / (networks + self._networks)
            run = yield from self._elman(self.views.inner.dataset, networks, FitStage.VALIDATING, 0.05, end - 0.01)
            errors = yield from self._errors(run, self.views.inner, FitStage.VALIDATING, end - 0.01, end)
            begin = end
        run = yield from self._elman(self.views.whole, self._networks, FitStage.FITTING, begin, 0.99)
        self.forecaster = self._weighted(self.forecaster, ForecastPart(run, PartKind.ELMAN, errors=errors))
        yield FitUpdate(FitStage.DONE, 1.0, forecaster=self.forecaster)

    @property
    def _ridges(self) -> tuple[float, ...]:
        return _RIDGES if self.automatic.ridge == AUTO else (self.automatic.ridge,)

    def _choose_ridge(self, inner: InnerPanel) -> Iterator[FitUpdate]:
        """Put the least squares that inner validation prefers in place of those there are."""
        config, ridges, tried = self.views.whole.config, self._ridges, []
        for place, ridge in enumerate(ridges):
            begin, end = (0.01 + 0.04 * done / len(ridges) for done in (place, place + 1))
            run = self._least_squares(inner.dataset, ridge)
            errors = yield from self._errors(run, inner, FitStage.CHOOSING, begin, end)
            one, several = (inner.score(errors[:steps]) for steps in (1, len(errors)))
            judged = JudgedCandidate(config.transforms, config.season, config.lags, ridge, one, several)
            tried.append((judged, errors))
        tried.sort(key=lambda each: each[0].several)
        best, errors = tried[0]
        part = ForecastPart(self._least_squares(self.views.whole, best.ridge), PartKind.LINEAR, errors=errors)
        validation = InnerValidation(inner.rows, config.horizon, tuple(judged for judged, _ in tried))
        assert self.forecaster is not None
        self.forecaster = replace(self.forecaster, parts=(part,), validation=validation)
        yield FitUpdate(FitStage.CHOOSING, 0.05, forecaster=self.forecaster)

    def _errors(
        self, run: Run, inner: InnerPanel, stage: FitStage, begin: float, end: float
    ) -> Generator[FitUpdate, None, Array]:
        """Return what networks are off by in the inner validation, (H, n, C), in the data's own units."""
        job = PartPredictor.prepare(run)
        while True:
            try:
                share = next(job)
            except StopIteration as stop:
                predictor: PartPredictor = stop.value
                return inner.errors(predictor.ahead(inner.origins, run.dataset.config.horizon))
            yield FitUpdate(stage, begin + (end - begin) * share)

    def _least_squares(self, dataset: SequenceDataset, ridge: float) -> Run:
        """Return least squares with a penalty, as a network whose one hidden unit has no say."""
        network = _sized(
            NetworkConfig(hidden=1, biases=True, direct=True, begin=Begin.LEAST_SQUARES, ridge=ridge), dataset
        )
        training = TrainingConfig(
            epochs=1, precision=Precision.DOUBLE, update_every=SEQUENCE, truncation=ALL,
            loss_reduction=LossReduction.MEAN, warm_up_steps=dataset.config.lags - 1,
        )  # fmt: skip
        direct = least_squares_weights(network, Sequences.of(dataset, training).training)
        w1 = np.zeros((1, network.input_rows, 1))
        w2 = np.concatenate([np.zeros((1, network.outputs)), direct])[None]
        return Run(self.name, dataset, network, training, Weights(w1, w2, np.zeros((1, 1))))

    def _elman(
        self, dataset: SequenceDataset, networks: int, stage: FitStage, begin: float, end: float
    ) -> Generator[FitUpdate, None, Run]:
        """Train networks to the last epoch, and return them."""
        run = self._untrained(dataset, networks)
        trainer, epochs = self._begin(run, _ELMAN), run.training.epochs
        for update in self._train(trainer, epochs):
            yield FitUpdate(stage, begin + (end - begin) * trainer.epoch / epochs, _ELMAN, update)
        return replace(run, weights=trainer.weights(), history=self.history)

    def _untrained(self, dataset: SequenceDataset, networks: int) -> Run:
        given = self._training | {"networks": networks}
        training = training_of(self.automatic, given, dataset.train_sequences, dataset.config.lags)
        return Run(self.name, dataset, _sized(network_of(self.automatic, self._network), dataset), training)

    def _weighted(self, forecaster: Forecaster, elman: ForecastPart) -> Forecaster:
        (linear,), shares = forecaster.parts, [1.0, 1.0]
        if self.views.inner is not None and linear.errors is not None and elman.errors is not None:
            for place, steps in enumerate((1, len(elman.errors))):
                own, ruler = (self.views.inner.score(errors[:steps]) for errors in (elman.errors, linear.errors))
                shares[place] = network_share(own, ruler)
        one, several = shares
        return replace(
            forecaster,
            parts=(
                replace(linear, one_step=1 - one, several=1 - several),
                replace(elman, one_step=one, several=several),
            ),
        )


def network_share(network: float, ruler: float) -> float:
    """Return how much a network counts beside its ruler, from 0 to 1, by what both are off by in validation.

    Alone where it is level; else each by its error to the power -4, as long as the network is not hopeless.
    """
    if network <= _LEVEL * ruler:
        return 1.0
    return 1 / (1 + (network / ruler) ** 4) if network <= _HOPELESS * ruler else 0.0


def _sized(network: NetworkConfig, dataset: SequenceDataset) -> NetworkConfig:
    return network.replace(inputs=dataset.encoding.network_inputs, outputs=dataset.encoding.network_outputs)
