"""Selection: which linear models become parts, and how much each part counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from elman_core.forecasting.automatic.candidates import Candidate

__all__ = ["Judged", "chosen_for_one_step", "chosen_for_several"]

_ONE_WITHIN, _MOST_ONE = 1.10, 3
_TREATMENT_WITHIN = 1.6
_SEVERAL_WITHIN, _MOST_SEVERAL = 1.15, 2


@dataclass(frozen=True)
class Judged:
    """A candidate, and its scores one step ahead and for 1 to H steps."""

    candidate: Candidate
    one_step: float
    several: float


def chosen_for_one_step(judged: Sequence[Judged]) -> list[Candidate]:
    """Return the best three candidates, where they are within 10 % of the best."""
    ranked = sorted(judged, key=lambda each: each.one_step)
    return [each.candidate for each in ranked[:_MOST_ONE] if each.one_step <= _ONE_WITHIN * ranked[0].one_step]


def chosen_for_several(judged: Sequence[Judged]) -> list[Candidate]:
    """Return the best candidate of each treatment of the season, where near enough, and the best two."""
    ranked = sorted(judged, key=lambda each: each.several)
    best, found = ranked[0].several, []
    for treatment in dict.fromkeys(each.candidate.treatment for each in ranked):
        own = next(each for each in ranked if each.candidate.treatment == treatment)
        if own.several <= _TREATMENT_WITHIN * best:
            found.append(own.candidate)
    near = [each.candidate for each in ranked[:_MOST_SEVERAL] if each.several <= _SEVERAL_WITHIN * best]
    return found + [candidate for candidate in near if candidate not in found]


def weights_of(scores: Sequence[float]) -> np.ndarray:
    """Return weights that go with score^-4, that is with the mean square to the power -2, and sum to 1."""
    found = np.asarray(scores, np.float64)
    if not np.isfinite(found).any():
        return np.full(len(found), 1.0 / len(found))
    relative = np.nanmin(found) / np.maximum(found, 1e-300)
    weights = np.where(np.isfinite(relative), relative, 0.0) ** 4
    return weights / weights.sum()
