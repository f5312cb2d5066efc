"""Cells: the settings of one cell after the other, and whether those that a search builds on have come to an end."""

from __future__ import annotations

from collections.abc import Iterable

from elman_core.config.study import SearchKind, StudyConfig, StudyMetric
from elman_core.studies.results import StudyResults
from elman_core.studies.search import TriedCell, search_of
from elman_core.studies.trial import Settings, Trial

__all__ = ["Cells"]


class Cells:
    """The cells of a study that runs: the settings that its search proposes, or that its runs have already.

    A search is told the median of the metric over the seeds of each cell, never that of the test part.

    Attributes
    ----------
    looks_back
        Whether what is proposed depends on what cells before came to.

    Raises
    ------
    ConfigError
        When the search needs a library that is missing.
    """

    def __init__(self, config: StudyConfig, results: StudyResults, first_seed: int) -> None:
        self._config, self._results = config, results
        self._search = search_of(config, first_seed)
        self.looks_back = config.search is SearchKind.TPE
        metric = config.metric
        self._metric = StudyMetric.VALIDATION if metric is StudyMetric.TEST else metric
        self._counts: dict[int, int] = {}
        self._tried: list[TriedCell] = []
        self.note(results)

    def note(self, trials: Iterable[Trial]) -> None:
        """Count runs that have ended."""
        if self.looks_back:
            for trial in trials:
                self._counts[trial.cell] = self._counts.get(trial.cell, 0) + 1

    def settings_of(self, cell: int) -> Settings | None:
        """Return the settings of a cell, all before which have been asked for; None as long as others are needed."""
        if not self.looks_back:
            return self._search.propose(cell)
        self._look_again()
        if any(tried.metric is None for tried in self._tried[: self._search.needed(cell)]):
            return None
        known = self._results.settings_of(cell)
        settings = self._search.propose(cell, self._tried) if known is None else known
        self._tried.append(TriedCell(settings))
        return settings

    def _look_again(self) -> None:
        ended = {
            cell
            for cell, tried in enumerate(self._tried)
            if tried.metric is None and self._counts.get(cell, 0) >= self._config.seeds
        }
        if ended:
            for group in self._results.groups:
                if group.cell in ended:
                    self._tried[group.cell] = TriedCell(self._tried[group.cell].settings, group.median(self._metric))
