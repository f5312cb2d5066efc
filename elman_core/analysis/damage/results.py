"""What damage does: curves of errors over the levels, and their bands over networks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from elman_core.config.damage import DamageConfig, DamageKind

if TYPE_CHECKING:  # what imports torch
    from elman_core.analysis.damage.examination import Undamaged
    from elman_core.experiments.scorecard import Measure

__all__ = ["SHARES", "DamageCurve", "DamageResults", "LevelScorecard", "bands"]

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The shares of networks that lie below the edges of the bands."""
_HUGE = 1e300

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DamageCurve:
    """What networks reach at each level of one kind of damage.

    Attributes
    ----------
    errors : (L, N, R)
        Root mean squared, in the data's own units, by level, network and repeat; infinite where a prediction was no
        number.
    right : (L, N, R) or None
        The share of symbols predicted right.
    """

    kind: DamageKind
    levels: tuple[float, ...]
    errors: Array
    right: Array | None

    def values(self, measure: str) -> Array | None:
        """Return the "error" or the share that is "right", (L, N, R)."""
        return self.errors if measure == "error" else self.right


@dataclass(frozen=True, eq=False)
class DamageResults:
    """What each kind of damage did.

    Attributes
    ----------
    config
        What was asked for.
    undamaged
        The networks, and what they and the baselines reach.
    """

    config: DamageConfig
    undamaged: Undamaged
    curves: tuple[DamageCurve, ...]

    def with_curve(self, curve: DamageCurve) -> DamageResults:
        """Return the results with one kind more."""
        return replace(self, curves=(*self.curves, curve))

    def curve(self, kind: DamageKind) -> DamageCurve | None:
        """Return what one kind did; None where that is not known."""
        return next((curve for curve in self.curves if curve.kind is kind), None)


@dataclass(frozen=True, eq=False)
class LevelScorecard:
    """The scorecards of Elman (1990) of networks at one level of one kind of damage.

    Attributes
    ----------
    measures : M
        Of the first network, for their names and what the paper says.
    values : (N, M)
        NaN of a network that has no scorecard, as it has diverged.
    """

    kind: DamageKind
    level: float
    measures: tuple[Measure, ...]
    values: Array


def bands(values: Array) -> Array:
    """Return how values (L, N, R) are spread over networks at each level: (5, L), the quantiles of `SHARES`.

    A network counts with the mean of its repeats. Of a single network the repeats are what is spread.
    """
    each = values[:, 0] if values.shape[1] == 1 else values.mean(axis=2)  # (L, N) or (L, R)
    found = np.quantile(np.minimum(each, _HUGE), SHARES, axis=1)
    return np.where(found >= _HUGE / 2, np.inf, found)
