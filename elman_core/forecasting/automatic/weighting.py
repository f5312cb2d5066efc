"""Weighting: how much each part counts, by what the inner validation says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from elman_core.forecasting.automatic.judging import Judge
from elman_core.forecasting.automatic.selection import weights_of
from elman_core.forecasting.forecaster import ForecastPart, PartKind

__all__ = ["weighted"]

_ONE_STEP_WITHIN, _SEVERAL_WITHIN = 1.02, 1.3
_ONE_STEP_POWER, _SEVERAL_POWER = 8.0, 4.0


def weighted(
    parts: Sequence[ForecastPart], judge: Judge, chosen: Sequence[tuple[bool, bool]]
) -> tuple[ForecastPart, ...]:
    """Return the parts with weights for one step and for several, each of which sum to 1.

    A linear part counts where it was `chosen` for that; an Elman part where it is within 2 % of the best of these one
    step ahead, or within 30 % for several steps.
    """
    judgements = []
    for part in parts:
        assert part.errors is not None
        judgements.append(judge.judge(part.errors))
    linear = np.array([part.kind is PartKind.LINEAR for part in parts])
    found = []
    for scores, own, within, power in (
        (np.array([each.sure_one_step for each in judgements]), 0, _ONE_STEP_WITHIN, _ONE_STEP_POWER),
        (np.array([each.sure_several for each in judgements]), 1, _SEVERAL_WITHIN, _SEVERAL_POWER),
    ):
        allowed = np.array([each[own] for each in chosen])
        best = np.min(scores[linear & allowed], initial=np.inf)
        allowed |= ~linear & (scores <= within * best)
        found.append(weights_of(np.where(allowed, scores, np.inf), power))
    return tuple(
        replace(part, one_step=float(one), several=float(several))
        for part, one, several in zip(parts, *found, strict=True)
    )
