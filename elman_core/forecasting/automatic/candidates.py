"""Candidates: the linear models that the automatic recipe tries, and the sizes of its inner validation."""

from __future__ import annotations

from dataclasses import dataclass

from elman_core.config import AUTO, AutomaticConfig, TransformName

__all__ = ["Candidate", "lag_choices", "ridge_choices", "transform_choices"]

_RIDGES = (0.1, 1.0, 10.0, 100.0)


@dataclass(frozen=True)
class Candidate:
    """A linear model that may become a part.

    Attributes
    ----------
    transforms, season, lags
        As in `DataConfig`.
    ridge
        As in `NetworkConfig`.
    """

    transforms: tuple[TransformName, ...]
    season: int | None
    lags: int
    ridge: float


def transform_choices(
    automatic: AutomaticConfig, *, least: float, season: int | None
) -> list[tuple[TransformName, ...]]:
    """Return what may be done to targets whose `least` value is given, with and without each.

    Log where all are above 0, log(x + 1) where there are zeros; seasonal difference or indices; difference.
    """
    if automatic.transforms != AUTO:
        return [automatic.transforms]
    logs: list[tuple[TransformName, ...]] = [()]
    if least >= 0:
        logs.append((TransformName.LOG if least > 0 else TransformName.LOG1P,))
    seasons: list[tuple[TransformName, ...]] = [()]
    if season is not None:
        seasons += [(TransformName.SEASONAL_DIFFERENCE,), (TransformName.SEASONAL_ADDITIVE,)]
    differences = ((), (TransformName.DIFFERENCE,))
    return [log + seasonal + difference for log in logs for seasonal in seasons for difference in differences]


def lag_choices(automatic: AutomaticConfig, season: int | None, most: int) -> list[int]:
    """Return how many lags are tried, each at most `most` and at least 1."""
    if automatic.lags != AUTO:
        return [automatic.lags]
    if season is None:
        wanted = [1, 2, 3, 4, 6, 9, 12, 18]
    elif season <= 12:
        wanted = [1, 3, 6, season, season + 1, season + 6, 2 * season + 1]
    else:
        wanted = [1, 2, 4, max(season // 4, 6), max(season // 2, 8), season + 1]
    return sorted({min(lags, max(most, 1)) for lags in wanted if lags <= most} or {1})


def ridge_choices(automatic: AutomaticConfig) -> tuple[float, ...]:
    """Return the penalties that are tried."""
    return _RIDGES if automatic.ridge == AUTO else (automatic.ridge,)
