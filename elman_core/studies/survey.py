"""Survey: makes overviews of a study as its runs come in."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.config.study import AxisValue, StudyConfig, StudyMetric
from elman_core.studies.axes import field_named
from elman_core.studies.importances import importances
from elman_core.studies.measure import measure_of
from elman_core.studies.overview import FieldColumn, Overview, Profile
from elman_core.studies.results import StudyResults
from elman_core.studies.statistics.summaries import Summary, performance_profile, summarise_each
from elman_core.studies.study import value_words
from elman_core.studies.trial import Outcome, Settings
from elman_core.studies.verdict import verdict

__all__ = ["Survey"]

_MOST_GROUPS = 20_000
"""Of more cells the best are shown."""
_MOST_INTERVALS = 500
"""So many of the best cells get an interval each time."""
_MOST_IN_PASSING = 2_000
"""Of more cells importances and claims wait for the end."""
_PROFILES, _THRESHOLDS = 4, 100

Array = NDArray[np.float64]
Places = NDArray[np.int64]


class Survey:
    """Sums up a study again and again; what is known of a cell is kept until it has more runs.

    Parameters
    ----------
    config
        What the study varies and is judged by.
    automatic
        Whether its runs are forecasters by the automatic recipe.
    """

    def __init__(self, config: StudyConfig, *, automatic: bool = False) -> None:
        self._config, self._automatic = config, automatic
        self._measure = measure_of(config, automatic=automatic)
        self._labels = {axis.field: field_named(axis.field, automatic=automatic).title for axis in config.axes}
        self._logarithmic = {axis.field for axis in config.axes if axis.range is not None and axis.range.log}
        self._summaries: dict[int, Summary] = {}
        self._settings: dict[int, Settings] = {}
        self._profile_of: Hashable = None
        self._last_profile: Profile | None = None

    def overview(self, results: StudyResults, *, in_passing: bool = False) -> Overview:
        """Sum up the runs so far. It may take some tenths of a second.

        In passing, while others come, what takes longer for thousands of cells is left for the end: importances, and
        what may be claimed.
        """
        config, metric = self._config, self._config.metric
        words = self._measure.words(results, metric)
        if not len(results):
            return Overview(metric=words, threshold=config.threshold)
        rows, values = _Rows(results), results.values(metric)
        medians = rows.medians(values)
        shown = np.sort(np.argsort(medians, kind="stable")[:_MOST_GROUPS])
        compares = self._measure.is_compared
        order = np.argsort(medians[shown], kind="stable") if compares else np.arange(len(shown))
        validation = rows.medians(results.values(StudyMetric.VALIDATION))[shown]
        iqm, low, high = self._intervals(rows, values, shown, order)
        known = np.where(np.isfinite(values), values, np.inf)
        found = Overview(
            fields=self._fields(results, rows, shown),
            cells=rows.cells[shown],
            runs=rows.counts[shown],
            diverged=rows.counts_of(_has_ended(results, Outcome.DIVERGED))[shown],
            failed=rows.counts_of(_has_ended(results, Outcome.FAILED))[shown],
            median=medians[shown],
            iqm=iqm,
            low=low,
            high=high,
            success=self._success(rows, values, shown),
            train=rows.medians(results.values(StudyMetric.TRAIN))[shown],
            validation=validation if results.has(StudyMetric.VALIDATION) else np.full(len(shown), np.nan),
            test=(
                rows.medians(results.values(StudyMetric.TEST))[shown]
                if results.has(StudyMetric.TEST)
                else np.full(len(shown), np.nan)
            ),
            order=order,
            chosen=_chosen(validation, rows.counts[shown]) if compares else None,
            metric=words,
            run_cells=results.column("cell").astype(np.int64),
            run_values=known,
            best_so_far=np.minimum.accumulate(known) if compares else np.full(len(known), np.inf),
            threshold=config.threshold,
            profile=self._profile(rows, values, shown, order[:_PROFILES]) if compares else None,
        )
        if not compares:
            return replace(found, verdict=self._measure.sentence)
        cells = len(rows.cells)
        if cells > (_MOST_IN_PASSING if in_passing else _MOST_GROUPS):
            return replace(found, verdict=f"{self._words_of_many(found, cells)} {self._measure.sentence}".strip())
        said = verdict(results, config, automatic=self._automatic)
        return replace(_with_importances(found), verdict=said.words, comparison=said.difference)

    def _fields(self, results: StudyResults, rows: _Rows, shown: Places) -> tuple[FieldColumn, ...]:
        for group in shown.tolist():
            cell = int(rows.cells[group])
            if cell not in self._settings:
                self._settings[cell] = results.trial(int(rows.order[rows.starts[group]])).settings
        settings = [self._settings[cell] for cell in rows.cells[shown].tolist()]
        columns = []
        for name, label in self._labels.items():
            own = [each[name] for each in settings]
            values = sorted({(type(value), value): value for value in own}.values(), key=_order_of)
            place = {(type(value), value): index for index, value in enumerate(values)}
            places = np.array([place[type(value), value] for value in own], np.int64)
            columns.append(FieldColumn(name, label, tuple(values), places, name in self._logarithmic))
        return tuple(columns)

    def _intervals(self, rows: _Rows, values: Array, shown: Places, order: Places) -> tuple[Array, Array, Array]:
        """Return interquartile means and their intervals; NaN for cells that are far from the best."""
        wanted = shown[order[:_MOST_INTERVALS]].tolist()
        new = [group for group in wanted if not self._has_summary(rows, group)]
        for group, summary in zip(new, summarise_each([rows.of(values, group) for group in new]), strict=True):
            self._summaries[int(rows.cells[group])] = summary
        figures = np.full((3, len(shown)), np.nan)
        for place in order[:_MOST_INTERVALS].tolist():
            summary = self._summaries[int(rows.cells[shown[place]])]
            figures[:, place] = summary.iqm, summary.low, summary.high
        return figures[0], figures[1], figures[2]

    def _has_summary(self, rows: _Rows, group: int) -> bool:
        known = self._summaries.get(int(rows.cells[group]))
        return known is not None and known.runs == rows.counts[group]

    def _success(self, rows: _Rows, values: Array, shown: Places) -> Array:
        if self._config.threshold is None:
            return np.full(len(shown), np.nan)
        with np.errstate(invalid="ignore"):
            return rows.counts_of(values <= self._config.threshold)[shown] / rows.counts[shown]

    def _profile(self, rows: _Rows, values: Array, shown: Places, best: Places) -> Profile | None:
        """Return the profiles of the best groups; the same again where they have no other runs."""
        groups = shown[best]
        key = (tuple(rows.cells[groups].tolist()), tuple(rows.counts[groups].tolist()))
        if key != self._profile_of:
            self._profile_of, self._last_profile = key, _profile([rows.of(values, group) for group in groups.tolist()])
        found = self._last_profile
        return None if found is None else replace(found, groups=tuple(best.tolist()))

    @staticmethod
    def _words_of_many(found: Overview, cells: int) -> str:
        """Say which cell is the best so far, of too many to compare."""
        shown = f"; the best {_MOST_GROUPS:,} are shown" if cells > _MOST_GROUPS else ""
        best = "" if found.chosen is None else f", of which the best so far is {found.words_of(found.chosen)}"
        return f"{cells:,} cells{best}{shown}."


class _Rows:
    """The rows of results by cell.

    Attributes
    ----------
    order : (n,)
        The rows, those of one cell beside each other in the order of their seeds.
    cells, starts, counts : (G,)
        The number of each cell, where its rows begin in `order`, and how many there are.
    """

    def __init__(self, results: StudyResults) -> None:
        cell = results.column("cell").astype(np.int64)
        self.order: Places = np.lexsort((results.column("seed"), cell))
        self.cells, self.starts, self.counts = np.unique(cell[self.order], return_index=True, return_counts=True)
        self._groups = np.repeat(np.arange(len(self.cells)), self.counts)  # of each row in order

    def of(self, column: NDArray[Any], group: int) -> NDArray[Any]:
        """Return the rows of one group, in the order of their seeds."""
        start = self.starts[group]
        return column[self.order[start : start + self.counts[group]]]

    def counts_of(self, column: NDArray[np.bool_]) -> Places:
        """Return how many rows of each group are marked, (G,)."""
        counts: Places = np.bincount(self._groups[column[self.order]], minlength=len(self.cells))
        return counts

    def medians(self, column: Array) -> Array:
        """Return the median of each group, (G,), where NaN counts as the worst."""
        worst = np.where(np.isfinite(column), column, np.inf)[self.order]
        ordered = worst[np.lexsort((worst, self._groups))]
        low, high = ordered[self.starts + (self.counts - 1) // 2], ordered[self.starts + self.counts // 2]
        middle: Array = (low + high) / 2
        return middle


def _has_ended(results: StudyResults, outcome: Outcome) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = results.column("outcome") == tuple(Outcome).index(outcome)
    return found


def _order_of(value: AxisValue) -> tuple[int, float, str]:
    """Numbers come in their order, words and none in theirs."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0, float(value), ""
    return 1, 0.0, value_words(value)


def _with_importances(found: Overview) -> Overview:
    """Divide the variance of the metric among the fields; not before there are cells that differ in one."""
    if len(found) < 2:
        return found
    groups = np.searchsorted(found.cells, found.run_cells)
    settings = {column.name: _values_of(column)[column.places[groups]].tolist() for column in found.fields}
    shares = importances(settings, found.run_values)
    fields = (
        replace(column, importance=shares.fields[column.name] if len(column.values) > 1 else float("nan"))
        for column in found.fields
    )
    of_seeds = float("nan") if shares.seeds is None else shares.seeds
    return replace(found, fields=tuple(fields), together=shares.together, between_seeds=of_seeds)


def _values_of(column: FieldColumn) -> NDArray[np.object_]:
    values = np.empty(len(column.values), object)
    values[:] = column.values
    return values


def _chosen(validation: Array, counts: Places) -> int | None:
    """Return the best group on validation among those with the most runs."""
    figures = np.where(counts == counts.max(), validation, np.inf)
    best = int(figures.argmin())
    return best if np.isfinite(figures[best]) else None


def _profile(errors: list[Array]) -> Profile | None:
    """Return the profiles of some groups, over the errors that tell them apart."""
    known = np.concatenate([own[np.isfinite(own) & (own > 0)] for own in errors])
    if not len(known) or known.min() == known.max():
        return None
    thresholds = np.geomspace(known.min(), known.max(), _THRESHOLDS)
    profiles = [performance_profile(own[np.newaxis], thresholds) for own in errors]
    shares, low, high = (np.stack([getattr(each, name) for each in profiles]) for name in ("share", "low", "high"))
    return Profile((), thresholds, shares, low, high)
