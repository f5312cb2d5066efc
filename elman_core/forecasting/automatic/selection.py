"""Selection: which linear models become parts, and how much each part counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.forecasting.automatic.candidates import Candidate
from elman_core.forecasting.automatic.judging import Judgement

__all__ = ["Judged", "chosen_for_one_step", "chosen_for_several", "weights_of"]

_BEST = 3
_ONE_STEP_WITHIN, _MOST_FOR_ONE_STEP = 1.2, 6
_SEVERAL_WITHIN, _MOST_FOR_SEVERAL = 1.6, 10

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """A candidate, and what the inner validation says of it.

    Attributes
    ----------
    errors : (H, n, C)
        In the inner validation.
    grows
        Whether its recursion runs off by itself.
    """

    candidate: Candidate
    judgement: Judgement
    errors: Array
    grows: bool = False


def chosen_for_one_step(judged: Sequence[Judged]) -> list[Judged]:
    """Return the best of each way to transform within 20 % of the best, and the best three: six at most."""
    return _chosen(judged, lambda each: each.judgement.sure_one_step, _ONE_STEP_WITHIN, _MOST_FOR_ONE_STEP)


def chosen_for_several(judged: Sequence[Judged]) -> list[Judged]:
    """Return the best of each way to transform within 60 % of the best, and the best three: ten at most.

    What runs off by itself is left out, where there is anything else.
    """
    bounded = [each for each in judged if not each.grows] or judged
    return _chosen(bounded, lambda each: each.judgement.sure_several, _SEVERAL_WITHIN, _MOST_FOR_SEVERAL)


def _chosen(judged: Sequence[Judged], score: Callable[[Judged], float], within: float, most: int) -> list[Judged]:
    ranked = sorted(judged, key=score)
    limit = within * score(ranked[0])
    first_of: dict[object, Judged] = {}
    for each in ranked:
        if score(each) <= limit:
            first_of.setdefault(each.candidate.transforms, each)
    wanted = {id(each) for each in (*first_of.values(), *ranked[:_BEST])}
    return [each for each in ranked if id(each) in wanted][:most]


def weights_of(scores: Array, power: float) -> Array:
    """Return weights that go with score^-power and sum to 1; what has no finite score gets none."""
    finite = np.isfinite(scores)
    if not finite.any():
        return np.full(len(scores), 1.0 / len(scores))
    best = max(float(scores[finite].min()), 1e-300)
    weights = np.where(finite, (best / np.maximum(scores, best)) ** power, 0.0)
    found: Array = weights / weights.sum()
    return found
