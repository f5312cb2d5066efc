"""Exponential smoothing: Theta and ETS, fitted by statsmodels, which predict from any row without fitting again."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ets", "Method", "Smoothing", "Theta", "fitted_ets", "fitted_theta"]

_FIT_ROWS = 3_000
"""A longer series is fitted to its last rows."""
_MOST_ESTIMATED = 24
"""A season of more rows has too many initial states to be estimated; they are taken from its decomposition."""

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


class Smoothing(Protocol):
    """A fitted method: its parameters stay, its states follow the rows."""

    def ahead(self, values: Array, origins: Integers, steps: int) -> Array:
        """Predict 1 ... H steps from some rising rows of one series (R,): (H, n), of nothing but the rows up to each.

        The series must begin with the rows that were fitted to.
        """
        ...


class Method(Protocol):
    """Fits to one series (R,) with a season of so many rows, or None; None where it cannot be fitted."""

    def __call__(self, values: Array, season: int | None, /) -> Smoothing | None: ...


@dataclass(frozen=True, eq=False)
class Theta:
    """Predicts by the Theta method of Assimakopoulos & Nikolopoulos (2000), as Hyndman & Billah (2003) write it::

        l_t = alpha z_t + (1 - alpha) l_{t-1},  l_{-1} = z_first
        z_{t+h} = l_t + b / 2 (h - 1 + 1 / alpha - (1 - alpha)^(t + 1) / alpha)

    where z is the series without its seasonal indices, which are put on again.

    Attributes
    ----------
    alpha, slope
        Of the smoothing; b, the slope of the trend line.
    seasonal : (m,)
        Indices from the first row on; empty without a season.
    multiplies
        Whether z = x / index instead of x - index.
    begin
        The row that counts as the first one.
    """

    alpha: float
    slope: float
    seasonal: Array
    multiplies: bool
    begin: int = 0

    def ahead(self, values: Array, origins: Integers, steps: int) -> Array:
        """See `Smoothing`; an origin before the first row that counts predicts its own value."""
        z = self._without_season(values[self.begin :])
        level, levels = float(z[0]), np.empty(len(z))
        for place, value in enumerate(z.tolist()):
            level += self.alpha * (value - level)
            levels[place] = level
        inside = np.maximum(origins - self.begin, 0)
        step = np.arange(steps)[:, None]
        drift = step + (1 - (1 - self.alpha) ** (inside + 1)) / self.alpha
        predicted = levels[inside] + self.slope / 2 * drift  # (H, n)
        if len(self.seasonal):
            index = self.seasonal[(inside + 1 + step) % len(self.seasonal)]
            predicted = predicted * index if self.multiplies else predicted + index
        return np.where(origins >= self.begin, predicted, values[origins])

    def _without_season(self, values: Array) -> Array:
        if not len(self.seasonal):
            return values
        index = self.seasonal[np.arange(len(values)) % len(self.seasonal)]
        return values / index if self.multiplies else values - index


@dataclass(frozen=True, eq=False)
class Ets:
    """Exponential smoothing in state space (Hyndman et al. 2008) with additive errors::

        e_t = x_t - l_{t-1} - phi b_{t-1} - s_{t-m}
        l_t = l_{t-1} + phi b_{t-1} + alpha e_t
        b_t = phi b_{t-1} + beta e_t
        s_t = s_{t-m} + gamma e_t

    Attributes
    ----------
    alpha, beta, gamma, damping
        beta is 0 without a trend, gamma without a season; phi is 1 where the trend is not damped.
    level, trend : float
        Before the first row.
    seasonal : (m,)
        Indices before the first row, that of the first row first; empty without a season.
    begin
        The row that counts as the first one.
    """

    alpha: float
    beta: float
    gamma: float
    damping: float
    level: float
    trend: float
    seasonal: Array
    begin: int = 0

    @property
    def name(self) -> str:
        """ETS(error, trend, season), as it is written in the field."""
        trend = "N" if self.beta == self.trend == 0 else "A" if self.damping == 1 else "Ad"
        return f"ETS(A,{trend},{'A' if len(self.seasonal) else 'N'})"

    def ahead(self, values: Array, origins: Integers, steps: int) -> Array:
        """See `Smoothing`; an origin before the first row that counts predicts its own value."""
        season, phi = len(self.seasonal) or 1, self.damping
        row = np.maximum(origins - self.begin, 0)
        step = np.arange(1, steps + 1)[:, None]
        level, trend, indices = self._states(values[self.begin :].tolist(), row, season)
        # Over the rows ahead the trend adds up to phi + ... + phi^h times itself.
        predicted = level + np.cumsum(phi**step, axis=0) * trend
        predicted += np.take_along_axis(indices.T, (row + step) % season, axis=0)
        return np.where(origins >= self.begin, predicted, values[origins])

    def _states(self, values: list[float], wanted: Integers, season: int) -> tuple[Array, Array, Array]:
        """Return level (n,), trend (n,) and indices (n, m), by the place in the season, after the rows wanted."""
        levels, trends, seasons = np.empty(len(wanted)), np.empty(len(wanted)), np.empty((len(wanted), season))
        level, trend, indices = self.level, self.trend, self.seasonal.tolist() or [0.0]
        done = 0
        for place, stop in enumerate((wanted + 1).tolist()):
            for row in range(done, stop):
                own, slope = row % season, self.damping * trend
                error = values[row] - level - slope - indices[own]
                level, trend = level + slope + self.alpha * error, slope + self.beta * error
                indices[own] += self.gamma * error
            done = stop
            levels[place], trends[place], seasons[place] = level, trend, indices
        return levels, trends, seasons


def fitted_theta(values: Array, season: int | None) -> Theta | None:
    """Fit Theta: seasonal indices where a test at 10 % finds a season, a trend line, and the smoothing.

    None where it cannot be fitted, as to a series that is too short or does not vary.
    """
    from statsmodels.tsa.forecasting.theta import ThetaModel  # imported when it is used: it takes a second

    begin = max(0, len(values) - _FIT_ROWS)
    rows = values[begin:]
    has_season = season is not None and len(rows) >= 2 * season + 1
    found = _quietly(
        lambda: ThetaModel(rows, period=season if has_season else 1, deseasonalize=has_season).fit(disp=False)
    )
    if found is None:
        return None
    slope, alpha = (float(value) for value in np.asarray(found.params))
    model = found.model
    seasonal = np.asarray(found._seasonal if has_season else [], np.float64)  # it has no public name
    theta = Theta(alpha, slope, seasonal, multiplies=model.method.startswith("mul"), begin=begin)
    is_usable = np.isfinite([slope, alpha, *seasonal]).all() and alpha > 1e-8
    return theta if is_usable else None


def fitted_ets(values: Array, season: int | None) -> Ets | None:
    """Fit ETS with additive errors: no trend, an additive or a damped one, and a season or none, by AICc.

    The AICc counts the initial states as parameters. None where none can be fitted.
    """
    begin = max(0, len(values) - _FIT_ROWS)
    rows = values[begin:]
    seasons = [None, *([season] if season is not None and len(rows) >= 2 * season + 2 else [])]
    candidates = [
        {"trend": trend, "damped_trend": damped, "seasonal": own and "add", "seasonal_periods": own}
        for own in seasons
        for trend, damped in ((None, False), ("add", False), ("add", True))
    ]
    fitted = [(_fit_ets(rows, "heuristic", settings), settings) for settings in candidates]
    usable = [(_criterion(found, settings, len(rows)), found, settings) for found, settings in fitted if found]
    criterion, found, settings = min(usable, key=lambda one: one[0], default=(np.inf, None, {}))
    if not np.isfinite(criterion):
        return None
    if settings["seasonal"] is None or (season or 1) <= _MOST_ESTIMATED:
        found = _fit_ets(rows, "estimated", settings) or found
    ets = _ets_of(found, settings, begin)
    return ets if np.isfinite([ets.alpha, ets.beta, ets.gamma, ets.level, ets.trend, *ets.seasonal]).all() else None


def _fit_ets(rows: Array, begin: str, settings: dict[str, Any]) -> Any:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # imported when it is used: it takes a second

    return _quietly(lambda: ETSModel(rows, error="add", initialization_method=begin, **settings).fit(disp=False))


def _criterion(found: Any, settings: dict[str, Any], rows: int) -> float:
    """Return the AICc, infinite where there are too few rows."""
    # The parameters, the variance, and the states that it begins with.
    count = len(found.params) + 2 + (settings["trend"] is not None) + (settings["seasonal_periods"] or 0)
    left = rows - count - 1
    return float(-2 * found.llf + 2 * count + 2 * count * (count + 1) / left) if left > 0 else np.inf


def _ets_of(found: Any, settings: dict[str, Any], begin: int) -> Ets:
    own = dict(zip(found.param_names, np.asarray(found.params).tolist(), strict=True))
    seasonal = np.asarray(found.initial_seasonal if settings["seasonal_periods"] else [], np.float64)
    return Ets(
        alpha=own["smoothing_level"],
        beta=own.get("smoothing_trend", 0.0),
        gamma=own.get("smoothing_seasonal", 0.0),
        damping=own.get("damping_trend", 1.0),
        level=float(found.initial_level),
        trend=float(found.initial_trend) if settings["trend"] else 0.0,
        seasonal=seasonal,
        begin=begin,
    )


def _quietly(fit: Any) -> Any:
    """Return what a fit returns, or None where statsmodels cannot fit; its warnings say that it is not sure."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return fit()
        except (ValueError, IndexError, ZeroDivisionError, OverflowError, np.linalg.LinAlgError):
            return None
