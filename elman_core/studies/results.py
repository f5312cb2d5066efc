"""StudyResults: all runs of a study so far, in columns of numbers, so that a million of them fit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.config.study import StudyMetric
from elman_core.studies.trial import Outcome, Settings, Trial

__all__ = ["Group", "StudyResults"]

_OUTCOMES = tuple(Outcome)
_FINISHED = _OUTCOMES.index(Outcome.FINISHED)
_COLUMNS = {
    "number": np.int64, "cell": np.int64, "seed": np.int64, "outcome": np.int8, "epochs": np.int32,
    "best_epoch": np.int32, "train": np.float64, "validation": np.float64, "test": np.float64, "began": np.float64,
    "seconds": np.float64,
}  # fmt: skip

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Group:
    """All runs of one cell: those that differ in nothing but the seed.

    Attributes
    ----------
    cell, settings
        Which combination of settings it is.
    rows : (n,)
        Where its runs stand in the results, in the order of their seeds.
    """

    cell: int
    settings: Settings
    results: StudyResults
    rows: Integers

    @property
    def runs(self) -> int:
        """How many there are so far."""
        return len(self.rows)

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Its runs."""
        return tuple(self.results.trial(row) for row in self.rows.tolist())

    @property
    def seeds(self) -> Integers:
        """(n,) the seed of each run."""
        return self.results.column("seed")[self.rows].astype(np.int64)

    def values(self, metric: StudyMetric) -> Array:
        """Return the metric of each run, (n,); NaN where it diverged or failed."""
        return self.results.values(metric)[self.rows]

    def count(self, outcome: Outcome) -> int:
        """How many of its runs ended so."""
        return int(np.count_nonzero(self.results.column("outcome")[self.rows] == _OUTCOMES.index(outcome)))

    def median(self, metric: StudyMetric) -> float:
        """Return the median of the metric; a run without one counts as worse than any other."""
        values = self.values(metric)
        return float(np.median(np.where(np.isnan(values), np.inf, values))) if len(values) else math.inf


class StudyResults:
    """The runs of a study in the order in which they came; more are added at the end.

    Adding is cheap, and reading a column copies nothing: it ends with the run that was the last then.
    """

    def __init__(self) -> None:
        self._columns = {name: np.empty(0, kind) for name, kind in _COLUMNS.items()}
        self._count = 0
        self._settings: dict[int, Settings] = {}
        self._messages: dict[int, str] = {}
        self._groups: tuple[Group, ...] = ()
        self._grouped = 0
        self._values: dict[StudyMetric, Array] = {}

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Trial]:
        return (self.trial(row) for row in range(self._count))

    def add(self, trials: Iterable[Trial]) -> None:
        """Add some runs."""
        trials = tuple(trials)
        end = self._count + len(trials)
        if end > len(self._columns["number"]):
            for name, column in self._columns.items():
                larger = np.empty(max(end, 2 * len(column), 256), column.dtype)
                larger[: self._count] = column[: self._count]
                self._columns[name] = larger
        for name, column in self._columns.items():
            if name == "outcome":
                column[self._count : end] = [_OUTCOMES.index(trial.outcome) for trial in trials]
            elif name in ("validation", "test"):
                values = [getattr(trial, name) for trial in trials]
                column[self._count : end] = [math.nan if value is None else value for value in values]
            else:
                column[self._count : end] = [getattr(trial, name) for trial in trials]
        for row, trial in enumerate(trials, self._count):
            self._settings.setdefault(trial.cell, trial.settings)
            if trial.message:
                self._messages[row] = trial.message
        self._count = end

    def column(self, name: str) -> NDArray[np.generic]:
        """Return a column of plain numbers, (n,): "number", "cell", "seed", "train", "seconds" and so on."""
        column = self._columns[name][: self._count]
        column.flags.writeable = False
        return column

    def trial(self, row: int) -> Trial:
        """Return one run, by its place in the order in which they came."""
        found = {name: self._columns[name][row].item() for name in _COLUMNS}
        found["outcome"] = _OUTCOMES[found["outcome"]]
        for name in ("validation", "test"):
            found[name] = None if math.isnan(found[name]) else found[name]
        return Trial(settings=self._settings[found["cell"]], message=self._messages.get(row, ""), **found)

    def settings_of(self, cell: int) -> Settings | None:
        """Return the settings of a cell; None where it has no run yet."""
        return self._settings.get(cell)

    def values(self, metric: StudyMetric) -> Array:
        """Return the metric of every run, (n,); NaN where it diverged or failed.

        Where there is no validation part it is the loss of training.
        """
        known = self._values.get(metric)
        if known is None or len(known) < self._count:  # every group asks for it
            own = self._columns[metric.value][: self._count]
            if metric is StudyMetric.VALIDATION:
                own = np.where(np.isnan(own), self._columns["train"][: self._count], own)
            known = np.where(self._columns["outcome"][: self._count] == _FINISHED, own, np.nan)
            known.flags.writeable = False
            self._values[metric] = known
        return known

    def medians(self, metric: StudyMetric) -> Array:
        """Return the median of the metric of each group, (G,); a run without one counts as worse than any other."""
        groups = self.groups
        if not groups:
            return np.empty(0)
        values = self.values(metric)
        values = np.where(np.isnan(values), np.inf, values)
        ordered = values[np.lexsort((values, self._columns["cell"][: self._count]))]
        counts = np.array([group.runs for group in groups])
        starts = np.cumsum(counts) - counts
        return np.asarray((ordered[starts + (counts - 1) // 2] + ordered[starts + counts // 2]) / 2)

    def has(self, metric: StudyMetric) -> bool:
        """Whether any run has this figure of its own: "validation" only where there is such a part."""
        return bool(np.isfinite(self._columns[metric.value][: self._count]).any())

    def count(self, outcome: Outcome) -> int:
        """How many runs ended so."""
        return int(np.count_nonzero(self._columns["outcome"][: self._count] == _OUTCOMES.index(outcome)))

    @property
    def seconds(self) -> float:
        """The time that all runs took together; the same in whatever order they came."""
        return math.fsum(self._columns["seconds"][: self._count].tolist())

    @property
    def groups(self) -> tuple[Group, ...]:
        """The runs by cell, in the order of cells."""
        if self._grouped < self._count or not self._groups:
            cells = self._columns["cell"][: self._count]
            order = np.lexsort((self._columns["seed"][: self._count], cells))
            edges = np.flatnonzero(np.diff(cells[order], prepend=-1))
            each = zip(cells[order][edges].tolist(), np.split(order, edges[1:]), strict=True) if len(edges) else ()
            self._groups = tuple(Group(cell, self._settings[cell], self, rows) for cell, rows in each)
            self._grouped = self._count
        return self._groups

    @property
    def chosen(self) -> Group | None:
        """The best cell by the median of validation (of training where there is no such part), never by the test part.

        Among those with the most runs; None where no run has a result.
        """
        groups = self.groups
        if not groups:
            return None
        counts, medians = np.array([group.runs for group in groups]), self.medians(StudyMetric.VALIDATION)
        medians = np.where(counts == counts.max(), medians, np.inf)
        best = int(np.argmin(medians))
        return groups[best] if np.isfinite(medians[best]) else None
