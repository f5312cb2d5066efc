"""Fitting a forecaster again, choices and all, to fewer rows of its series, as a backtest with refitting asks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from elman_core.config import AutomaticConfig, DataConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import Table
from elman_core.errors import DataError
from elman_core.forecasting.automatic.fit import ForecasterFit
from elman_core.forecasting.automatic.many_series import ManySeriesFit
from elman_core.forecasting.forecaster import Forecaster
from elman_core.support.jobs import Job

__all__ = ["fit_again"]


def fit_again(
    name: str, table: Table, data: DataConfig, automatic: AutomaticConfig, engine: str = "auto"
) -> Callable[[SequenceDataset], Job[Forecaster]]:
    """Return what fits a forecaster to the training part of a dataset that was made of the table.

    Raises
    ------
    DataError
        When there are too few rows, or the dataset has other rows than the table.
    """

    def fit(dataset: SequenceDataset) -> Job[Forecaster]:
        after = np.unique(dataset.parts.stops - dataset.parts.train_stops)
        if len(after) > 1:
            raise DataError(f"{name}: its series end at different times, so that they cannot be fitted again together")
        config = data.replace(test_rows=int(after[0]), validation_rows=0)
        kind = ManySeriesFit if table.panel.has_several else ForecasterFit
        own = kind(name, table, config, automatic, engine=engine)
        if own.views.plain.rows != dataset.rows:
            raise DataError(f"{name}: the table has other rows than the forecaster was fitted to")
        for update in own.updates():
            yield update.share
        assert own.forecaster is not None
        return own.forecaster

    return fit
