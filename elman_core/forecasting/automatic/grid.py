"""LinearGrid: least squares of every transform, number of lags and penalty, judged by the inner validation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from elman_core.config import AUTO, AutomaticConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.errors import DataError
from elman_core.forecasting.automatic.candidates import Candidate, lag_choices, ridge_choices, transform_choices
from elman_core.forecasting.automatic.judging import Judge
from elman_core.forecasting.automatic.linear import RidgeFits, fit_ridges
from elman_core.forecasting.automatic.selection import Judged
from elman_core.forecasting.automatic.views import SeriesViews
from elman_core.forecasting.baselines import LinearPredictor
from elman_core.forecasting.inner_validation import JudgedCandidate
from elman_core.support.jobs import Job

__all__ = ["LinearGrid"]

_MOST_INPUTS = 200
_FASTEST_GROWTH = 1.02
"""A step, of a recursion that is still taken for several steps."""

Array = NDArray[np.float64]


class LinearGrid:
    """Tries every candidate.

    Attributes
    ----------
    judged
        All that could be tried.
    judge
        Compares with the ruler: plain least squares, with the number of lags that the Bayesian information criterion
        prefers.
    """

    def __init__(self, views: SeriesViews, automatic: AutomaticConfig) -> None:
        self._views, self._automatic = views, automatic
        self.judged: list[Judged] = []
        self.judge: Judge

    def tried(self) -> Job[None]:
        """Try all candidates; the share done goes by the ways to transform.

        Raises
        ------
        DataError
            When none can be tried.
        """
        views, automatic = self._views, self._automatic
        self._try_ruler()
        least = float(views.plain.values[: views.plain.train_rows].min())
        choices = transform_choices(automatic, least=least, season=views.season)
        refused: DataError | None = None
        for place, transforms in enumerate(choices):
            yield place / len(choices)
            try:
                dataset = views.inner(transforms, views.season, 1)
                views.whole(transforms, views.season, 1)
            except DataError as error:  # too few rows, nothing left that varies, or a later value without a logarithm
                refused = error
                continue
            for lags in lag_choices(automatic, views.season, self._most_lags(dataset)):
                self._try(dataset, Candidate(transforms, views.season, lags, 0.0))
        if not self.judged and refused is not None:
            raise refused

    def ranked(self) -> tuple[JudgedCandidate, ...]:
        """Return all that were tried, the best one step ahead first."""
        ranked = sorted(self.judged, key=lambda each: each.judgement.one_step)
        return tuple(
            JudgedCandidate(**vars(each.candidate), one_step=each.judgement.one_step, several=each.judgement.several)
            for each in ranked
        )

    def _try_ruler(self) -> None:
        """Set the judge. Where all is left to the recipe, the ruler is a candidate too."""
        views, plain, automatic = self._views, self._views.plain, self._automatic
        order = LinearPredictor.fitted(plain.values[: plain.train_rows - views.validation_rows]).order
        fits = fit_ridges(views.inner((), views.season, order), np.zeros(1))
        errors = self._errors(fits)
        self.judge = Judge.of(errors[:, 0], views.scales)
        if (automatic.transforms, automatic.lags, automatic.ridge) == (AUTO, AUTO, AUTO):
            self._add(Candidate((), views.season, order, 0.0), fits, 0, errors)

    def _most_lags(self, dataset: SequenceDataset) -> int:
        """Return how many lags leave at least twice as many rows, and not too many inputs."""
        rows = dataset.train_rows - dataset.fitted.lost_rows
        return min(rows // 2 - 1, _MOST_INPUTS // dataset.encoding.past)

    def _try(self, dataset: SequenceDataset, candidate: Candidate) -> None:
        ridges = ridge_choices(self._automatic)
        own = replace(dataset, config=dataset.config.replace(lags=candidate.lags))
        fits = fit_ridges(own, np.array(ridges))
        errors = self._errors(fits)
        for number, ridge in enumerate(ridges):
            self._add(replace(candidate, ridge=ridge), fits, number, errors)

    def _errors(self, fits: RidgeFits) -> Array:
        return self._views.errors(fits.ahead(self._views.origins, self._views.steps))

    def _add(self, candidate: Candidate, fits: RidgeFits, number: int, errors: Array) -> None:
        own = errors[:, number]
        grows = fits.growth(number) > _FASTEST_GROWTH
        self.judged.append(Judged(candidate, self.judge.judge(own), own, grows))
