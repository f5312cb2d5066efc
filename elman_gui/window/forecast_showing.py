"""ForecastShowing: brings forecast and backtest to their views, and has them computed while one of these is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from elman_core.data.kind import DataKind
from elman_core.support.text_format import counted
from elman_gui.messages import as_sentence
from elman_gui.workspaces.forecast import FORECAST_VIEWS

if TYPE_CHECKING:
    from elman_core.data.dataset import SequenceDataset
    from elman_core.forecasting.backtest.results import Backtest
    from elman_gui.controllers.outlook_jobs import Outlook, WhatIf
    from elman_gui.controllers.standing_backtest import StandingBacktest
    from elman_gui.controllers.standing_forecast import StandingForecast
    from elman_gui.controllers.what_if import WhatIfController
    from elman_gui.window.views_layout import ViewsLayout

__all__ = ["ForecastShowing"]

_OF_SEVERAL = ("series_errors", "worst")
_TESTED = tuple(name for name in FORECAST_VIEWS if name != "forecast")
"""Views of what the test on the past found."""


class ForecastShowing(QObject):
    """Connects what is computed, the workspace and its views, none of which know each other."""

    def __init__(
        self,
        window: ViewsLayout,
        forecast: StandingForecast,
        backtest: StandingBacktest,
        what_if: WhatIfController,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._workspace = window.workspaces.forecast
        self._bar = self._workspace.bar
        self.forecast = forecast
        self.backtest = backtest
        self.what_if = what_if
        self._sequence = 0
        self._of: SequenceDataset | None = None
        self._connect()
        self.show_outlook(None)
        self.show_backtest(None)
        self._follow_document()
        self.forecast.follow()
        self._show_words()
        self._look()

    def _connect(self) -> None:
        window, bar = self._window, self._bar
        self.forecast.found_changed.connect(self.show_outlook)
        self.backtest.found_changed.connect(self.show_backtest)
        for work in (self.forecast, self.backtest):
            work.words_changed.connect(self._show_words)
        self.backtest.progressed.connect(bar.show_progress)
        self.backtest.working_changed.connect(self._show_working)
        self.what_if.answered.connect(self._show_answer)
        bar.steps_changed.connect(self.set_steps)
        bar.levels_changed.connect(window.forecast.choose_levels)
        bar.testing_changed.connect(self._test_as_wanted)
        bar.stop_wanted.connect(self.backtest.cancel)
        bar.again_wanted.connect(self.backtest.begin_again)
        predict = window.actions_by_name["predict"]
        bar.predict_wanted.connect(predict.trigger)
        window.no_forecast.button.setText("Predict…")
        window.no_forecast.button.setToolTip(predict.toolTip())
        window.no_forecast.button.clicked.connect(predict.trigger)
        self._workspace.seen_changed.connect(self._look)
        for view in self._views:
            view.seen_changed.connect(self._look)
        window.forecast.cursor_moved.connect(self._move_cursor)
        window.selection.cursor_moved.connect(self._show_cursor)
        window.residuals.cursor_moved.connect(window.selection.move_cursor)
        window.forecast.changes_wanted.connect(self._on_changes)
        window.forecast.sequence_chosen.connect(self.show_sequence)
        window.worst.chosen.connect(self.show_sequence)
        window.forecast.column_changed.connect(self._show_residuals)
        window.session.experiment_changed.connect(self._follow_document)
        window.session.plan_changed.connect(self._follow_document)

    def shut_down(self) -> None:
        """Compute no more. Called once, before the window goes."""
        for controller in (self.forecast, self.backtest, self.what_if):
            controller.shut_down()

    @property
    def _views(self) -> tuple[object, ...]:
        return tuple(getattr(self._window, name) for name in FORECAST_VIEWS)

    # -- what is wanted -------------------------------------------------------------------------

    @Slot()
    def _look(self) -> None:
        seen = self._workspace.isVisible() or any(view.isVisible() for view in self._views)
        self.forecast.want(seen)
        self.backtest.want(seen and self.forecast.outlook is not None)

    @Slot()
    def _follow_document(self) -> None:
        """Of other data as far ahead is looked as is usual, and tested in the usual way."""
        dataset = self._window.session.document.content.trained.dataset
        if dataset is self._of or dataset.kind is DataKind.SYMBOLS:
            return
        other = self._of is None or dataset.source != self._of.source or dataset.columns != self._of.columns
        self._of = dataset
        if other:
            self._sequence = 0
            self.forecast.steps = 0
            self._bar.forget_ets()
        self._bar.show_steps(self.forecast.steps_now, _rows_to_score(dataset))
        self._test_as_wanted()

    @Slot(int)
    def set_steps(self, steps: int) -> None:
        """Look so far ahead from now on."""
        self.forecast.set_steps(steps)
        self._test_as_wanted()

    @Slot()
    def _test_as_wanted(self) -> None:
        from elman_gui.controllers.outlook_jobs import BacktestWanted  # here: the empty window need not wait for it

        self.backtest.set_wanted(BacktestWanted(self.forecast.steps_now, self._bar.folds, self._bar.ets))

    @Slot(object)
    def _on_changes(self, changes: object) -> None:
        outlook = self.forecast.outlook
        if outlook is not None:
            self.what_if.ask(self._sequence, len(outlook.response.closed_loop), changes)

    @Slot(object)
    def _show_answer(self, answer: WhatIf | None) -> None:
        is_of_this = answer is not None and answer.sequence == self._sequence
        self._window.forecast.show_what_if(answer.forecast if answer is not None and is_of_this else None)

    # -- what is shown --------------------------------------------------------------------------

    @Slot(object)
    def show_outlook(self, outlook: Outlook | None) -> None:
        """Show a forecast, or none."""
        window = self._window
        if outlook is not None:
            self._sequence = min(self._sequence, len(outlook.dataset.panel) - 1)
            self._show_forecast(outlook)
            self._bar.show_steps(len(outlook.response.closed_loop), _rows_to_score(outlook.dataset))
        several = outlook is not None and outlook.dataset.panel.has_several
        window.places.offer("no_forecast", outlook is None)
        for name in FORECAST_VIEWS:
            window.places.offer(name, several if name in _OF_SEVERAL else outlook is not None)
        self._bar.setVisible(outlook is not None)
        self._show_words()
        self._look()

    def _show_forecast(self, outlook: Outlook) -> None:
        dataset, response = outlook.of_sequence(self._sequence)
        panel = outlook.dataset.panel
        self._window.forecast.show_forecast(dataset, response, outlook.intervals, self._sequence, panel)

    @Slot(int)
    def show_sequence(self, sequence: int) -> None:
        """Show the forecast of another sequence."""
        outlook = self.forecast.outlook
        if outlook is not None and 0 <= sequence < len(outlook.dataset.panel):
            self.what_if.put_back()
            self._sequence = sequence
            self._show_forecast(outlook)
            self._workspace.show_view("forecast")

    @Slot(object)
    def show_backtest(self, found: Backtest | None) -> None:
        """Show what a test on the past found, or nothing."""
        window = self._window
        for view in (window.horizons, window.leaderboard, window.horizon_table, window.coverage):
            view.show_backtest(found)
        several = None if found is None or not found.dataset.panel.has_several else found
        window.series_errors.show_backtest(several)
        window.worst.show_backtest(several)
        self._show_residuals()
        if found is not None:
            self._bar.show_ets(any(own.name == "ets" for own in found.contestants))
        warnings = () if found is None else found.warnings
        self._workspace.show_verdict("" if found is None else found.verdict, " ".join(map(as_sentence, warnings)))
        self._show_words()

    @Slot()
    def _show_residuals(self) -> None:
        found = self.backtest.backtest
        column = max(self._window.forecast.columns.currentIndex(), 0)
        if found is not None and column >= len(found.residuals):
            column = 0
        self._window.residuals.show_backtest(found, column)
        self._window.autocorrelation.show_backtest(found, column)

    @Slot()
    def _show_words(self) -> None:
        """Say of what the forecast is, or why there is none; and what the test on the past is doing."""
        window, outlook = self._window, self.forecast.outlook
        window.no_forecast.words.setText(self.forecast.words)
        window.no_forecast.button.setVisible(window.session.experiment.dataset.kind is DataKind.SYMBOLS)
        missing = "" if self.backtest.found is not None else self.backtest.words or self.backtest.under_way
        for name in _TESTED:
            getattr(window, name).say_instead(missing)
        if outlook is None:
            self._workspace.show_words("")
            return
        self._bar.offer_again(self.backtest.is_cancelled and not self.backtest.is_working)
        words = self.forecast.words
        if not words:
            forecaster = window.session.document.forecaster
            whose = "the network as it is now" if forecaster is None else f"all {len(forecaster.parts)} parts together"
            told = self.backtest.words or self._told(self.backtest.backtest)
            words = " ".join(filter(None, (f"Of {whose}.", self._held(outlook), told)))
        self._workspace.show_words(words)

    @staticmethod
    def _held(outlook: Outlook) -> str:
        """Say which columns that are known ahead hold their last values in the forecast, and how to give these."""
        from elman_core.forecasting.known_ahead import held_sentence  # here: the empty window need not wait for it

        return as_sentence(held_sentence(outlook.dataset, "in Other Data…, or try values with What If") or "")

    @staticmethod
    def _told(found: Backtest | None) -> str:
        """Say what errors are of, and what else there is to be known."""
        if found is None:
            return ""
        parts = found.dataset.parts
        is_tested = bool((parts.stops > parts.validation_stops).any())
        where = "from the row before the test part on" if is_tested else "of rows that it learned from: no test part"
        forecasts, steps = counted(int(found.complete.sum()), "forecast"), counted(found.horizon, "step")
        said = f"Errors are those of {forecasts} of {steps}, {where}."
        return " ".join((said, *map(as_sentence, found.notes)))

    @Slot(bool)
    def _show_working(self, working: bool) -> None:
        self._bar.show_working(working)
        self._show_words()

    # -- the cursor -----------------------------------------------------------------------------

    @property
    def _first_row(self) -> int:
        """The row of all that the sequence shown begins with."""
        outlook = self.forecast.outlook
        return 0 if outlook is None else int(outlook.dataset.panel.starts[self._sequence])

    @Slot(int)
    def _move_cursor(self, row: int) -> None:
        window = self._window
        window.forecast.show_cursor(row)
        outlook = self.forecast.outlook
        if outlook is None or not outlook.dataset.panel.has_several:
            window.selection.move_cursor(row)
        elif row < int(outlook.dataset.panel.lengths[self._sequence]):
            window.selection.move_cursor(self._first_row + row)

    @Slot(int)
    def _show_cursor(self, row: int) -> None:
        outlook = self.forecast.outlook
        if outlook is None:
            return
        several = outlook.dataset.panel.has_several
        if not several:
            self._window.forecast.show_cursor(row)
        elif outlook.dataset.panel.sequence_of(row) == self._sequence:
            self._window.forecast.show_cursor(row - self._first_row)
        self._window.residuals.show_cursor(row)


def _rows_to_score(dataset: SequenceDataset) -> int:
    """Return how many steps ahead can be scored at most, roughly."""
    parts = dataset.parts
    return int((parts.stops - parts.validation_stops).max())
