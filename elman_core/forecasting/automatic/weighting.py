"""Weighting: how much each part counts, by what the inner validation says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.forecasting.automatic.judging import Judge
from elman_core.forecasting.automatic.selection import weights_of
from elman_core.forecasting.forecaster import ForecastPart, PartKind

__all__ = ["weighted"]

Array = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class _Rule:
    """How parts are weighed for one step, or for several.

    Attributes
    ----------
    residual_within, pure_within
        How far an Elman part may be behind the best linear one, as a factor. A pure network does not go on beyond the
        values that it has seen, as a line does, so one step ahead it has to be as good.
    power
        Weights go with the score to minus this.
    """

    residual_within: float
    pure_within: float
    power: float


_ONE_STEP = _Rule(1.3, 1.02, 4.0)
_SEVERAL = _Rule(1.6, 1.3, 10.0)
_BETTER = 0.99
"""Times the RMSE of what it begins at: an Elman part as good as this counts in place of it."""


def weighted(
    parts: Sequence[ForecastPart], judge: Judge, chosen: Sequence[tuple[bool, bool]]
) -> tuple[ForecastPart, ...]:
    """Return the parts with weights for one step and for several, each of which sum to 1.

    A linear part counts where it was `chosen` for that, unless an Elman part with the same transforms that begins at
    least squares does better; an Elman part counts where it is near enough to the best linear one.
    """
    judgements = []
    for part in parts:
        assert part.errors is not None
        judgements.append(judge.judge(part.errors))
    one_step = _weights(
        parts,
        np.array([each.one_step for each in judgements]),
        np.array([each.sure_one_step for each in judgements]),
        np.array([own for own, _ in chosen]),
        _ONE_STEP,
    )
    several = _weights(
        parts,
        np.array([each.several for each in judgements]),
        np.array([each.sure_several for each in judgements]),
        np.array([own for _, own in chosen]),
        _SEVERAL,
    )
    return tuple(
        replace(part, one_step=float(one), several=float(more))
        for part, one, more in zip(parts, one_step, several, strict=True)
    )


def _weights(parts: Sequence[ForecastPart], rmse: Array, sure: Array, chosen: Booleans, rule: _Rule) -> Array:
    linear = np.array([part.kind is PartKind.LINEAR for part in parts])
    pure = ~np.array([part.run.network.direct for part in parts])
    best = np.min(sure[linear & chosen], initial=np.inf)
    within = np.where(pure, rule.pure_within, rule.residual_within)
    counts = (linear & chosen) | (~linear & (sure <= within * best))
    for transforms in {part.run.dataset.config.transforms for part in parts}:
        same = np.array([part.run.dataset.config.transforms == transforms for part in parts])
        ruler, networks = same & linear & counts, same & ~linear & ~pure & counts
        if networks.any() and ruler.any() and rmse[networks].min() <= _BETTER * rmse[ruler].min():
            counts &= ~ruler
    return weights_of(np.where(counts, sure, np.inf), rule.power)
