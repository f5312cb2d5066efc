"""What a backtest found, as plain arrays and figures that a view or a report can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.forecasting.scores import SequenceScores

__all__ = ["Backtest", "Contestant", "Figures", "Residuals"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Figures:
    """Errors e = forecast - value over some origins and steps; of several sequences, means over these.

    Attributes
    ----------
    rmse, mae, mase, smape
        As in `Score`.
    quantile_loss
        Weighted quantile loss of the intervals' edges and of the forecast itself as median: the mean over quantiles q
        of 2 sum max(q (x - f_q), (q - 1) (x - f_q)) / sum |x|, over all sequences; of several columns their mean. None
        without intervals.
    skill
        1 - error / error of the best simple baseline, which is persistence or the seasonal persistence, whichever errs
        less on the same values: 1 is perfect, 0 no better. By RMSE, over several columns or sequences by MASE. None
        where that baseline makes no error.
    coverage
        By level in per cent, the share of all values that lie within the interval.
    spread_coverage
        The same of intervals by the ensemble's spread alone; empty for a single network.
    rows
        How many values were scored, a row counted once for each origin that it is predicted from.
    """

    rmse: float
    mae: float
    mase: float | None
    smape: float
    rows: int
    quantile_loss: float | None = None
    skill: float | None = None
    coverage: Mapping[float, float] = field(default_factory=dict)
    spread_coverage: Mapping[float, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Contestant:
    """What a model or a baseline forecast, and how far that was off.

    Attributes
    ----------
    name, title
        For programs, and for people.
    is_baseline
        Whether it is one of those that the model has to beat.
    point : (H, n, C)
        Forecasts in the data's own units, 1 ... H steps after each of the backtest's origins.
    radii : (L, H, n, C)
        Half the width of the intervals; NaN where nothing is known to make them by.
    deviation : (H, n, C), optional
        The standard deviation over an ensemble's networks.
    horizons
        Figures at each number of steps, from all origins with a value there.
    overall
        Over steps 1 ... H and all origins whose H values are there.
    folds
        The same in each fold; None in one without such an origin.
    by_sequence
        The same of each sequence.
    """

    name: str
    title: str
    is_baseline: bool
    point: Array
    radii: Array
    deviation: Array | None
    horizons: tuple[Figures, ...]
    overall: Figures
    folds: tuple[Figures | None, ...]
    by_sequence: SequenceScores


@dataclass(frozen=True, eq=False)
class Residuals:
    """What a model's one-step forecasts were off by in one column, and what is left in them.

    Attributes
    ----------
    rows, errors : (n,)
        The rows forecast and value - forecast; without those that were filled.
    autocorrelation : (K,)
        At lags 1 ... K, of several sequences over all of them.
    bound
        A correlation beyond +- so much is seen in one lag of twenty where nothing is left: 1.96 / sqrt(n).
    """

    column: str
    rows: Integers
    errors: Array
    autocorrelation: Array
    bound: float


@dataclass(frozen=True, eq=False)
class Backtest:
    """Forecasts from many origins against what came.

    Attributes
    ----------
    dataset
        The data, divided as the model was fitted.
    horizon
        H.
    origins, fold : (n,)
        The last row known to each forecast, and the fold it is in, from 0.
    values : (H, n, C)
        What came; NaN beyond a sequence's end and where a row was filled.
    levels : L
        Of the intervals, in per cent.
    contestants
        The model first, then the baselines.
    refitted
        Whether all were fitted anew at the beginning of each fold.
    verdict
        How the model compares with the best baseline, in a sentence.
    warnings, notes
        Sentences: what should make one doubt the forecasts, and how they were made.
    """

    dataset: SequenceDataset
    horizon: int
    origins: Integers
    fold: Integers
    values: Array
    levels: tuple[float, ...]
    contestants: tuple[Contestant, ...]
    refitted: bool
    residuals: tuple[Residuals, ...]
    verdict: str
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def model(self) -> Contestant:
        """The one that is tested."""
        return self.contestants[0]

    @property
    def complete(self) -> NDArray[np.bool_]:
        """(n,), True for the origins with all H rows after them."""
        return np.asarray(self.origins + self.horizon < self.dataset.parts_stop(self.origins))

    @property
    def leaderboard(self) -> tuple[Contestant, ...]:
        """All contestants, the best first: by MASE, or by RMSE where there is no scale for that."""
        return tuple(sorted(self.contestants, key=lambda own: error_of(own.overall)))


def error_of(figures: Figures) -> float:
    """Return the MASE, or the RMSE where there is no scale for it; infinite where it is no number."""
    found = figures.rmse if figures.mase is None else figures.mase
    return found if np.isfinite(found) else np.inf
