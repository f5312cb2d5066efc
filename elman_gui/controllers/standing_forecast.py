"""StandingForecast: what the network in the window forecasts, computed anew whenever it has changed."""

from __future__ import annotations

from collections.abc import Hashable

from elman_core.data.dataset import SequenceDataset
from elman_core.support.jobs import Job
from elman_gui.controllers.outlook_jobs import Outlook, look_ahead
from elman_gui.controllers.standing_work import StandingWork

__all__ = ["Outlook", "StandingForecast", "usual_steps"]

_USUAL_STEPS = 12
_MOST_OF_SEASON = 60
"""A season of more rows is not forecast whole unless that is asked for."""


class StandingForecast(StandingWork):
    """Looks `steps` ahead; what it finds is an `Outlook`."""

    under_way = "The forecast is being made…"
    steps = 0
    """How many rows beyond the data; 0 for as many as are usual."""

    @property
    def outlook(self) -> Outlook | None:
        """What was found last."""
        found: Outlook | None = self.found
        return found

    @property
    def steps_now(self) -> int:
        """How many rows beyond the data are forecast."""
        return self.steps or usual_steps(self._dataset)

    def set_steps(self, steps: int) -> None:
        """Look so far ahead from now on."""
        if steps != self.steps_now:
            self.steps = steps
            self.follow()

    @property
    def _settings(self) -> Hashable:
        return self.steps_now

    def _prepare(self) -> None:
        self._of = self._document.content.trained, self._document.member, self.steps_now

    def _make_job(self) -> Job[Outlook]:
        return look_ahead(*self._of)


def usual_steps(dataset: SequenceDataset) -> int:
    """Return how far ahead is looked at first: as far as the network was trained for, at least 12 rows or a season."""
    season = dataset.config.season or 0
    return max(_USUAL_STEPS, dataset.config.horizon, season if season <= _MOST_OF_SEASON else 0)
