"""StandingBacktest: forecasts from many origins against what came, made anew whenever network or settings change."""

from __future__ import annotations

from collections.abc import Hashable

from elman_core.forecasting.backtest.results import Backtest
from elman_core.support.jobs import Job
from elman_gui.controllers.outlook_jobs import BacktestWanted, test_back
from elman_gui.controllers.standing_work import StandingWork

__all__ = ["StandingBacktest"]


class StandingBacktest(StandingWork):
    """Tests back as is `wanted`; what it finds is a `Backtest`."""

    under_way = "Forecasts from the past are being compared with what came…"
    cancelled = "The comparison with what came was cancelled."
    wanted = BacktestWanted(0)

    @property
    def backtest(self) -> Backtest | None:
        """What was found last."""
        found: Backtest | None = self.found
        return found

    def set_wanted(self, wanted: BacktestWanted) -> None:
        """Test back in another way from now on."""
        if wanted != self.wanted:
            self.wanted = wanted
            self.follow()

    @property
    def _settings(self) -> Hashable:
        return self.wanted

    def _prepare(self) -> None:
        self._of = self._document.content.trained, self._document.member, self.wanted

    def _make_job(self) -> Job[Backtest]:
        return test_back(*self._of)
