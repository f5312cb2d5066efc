"""ForecastShowing: brings the forecast that stands to its views, and computes it while one of them is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from elman_core.data.kind import DataKind

if TYPE_CHECKING:
    from elman_gui.controllers.standing_forecast import Outlook, StandingForecast
    from elman_gui.window.views_layout import ViewsLayout

__all__ = ["ForecastShowing"]


class ForecastShowing(QObject):
    """Connects the forecast, the workspace and its views, none of which know each other."""

    def __init__(self, window: ViewsLayout, forecast: StandingForecast) -> None:
        super().__init__(window)
        self._window = window
        self.forecast = forecast
        self.forecast.outlook_changed.connect(self.show_outlook)
        self.forecast.words_changed.connect(self._show_words)
        workspace = window.workspaces.forecast
        workspace.seen_changed.connect(self._look)
        predict = window.actions_by_name["predict"]
        workspace.predict_wanted.connect(predict.trigger)
        window.no_forecast.button.setText("Predict…")
        window.no_forecast.button.setToolTip(predict.toolTip())
        window.no_forecast.button.clicked.connect(predict.trigger)
        for view in (window.forecast, window.horizons):
            view.seen_changed.connect(self._look)
        window.forecast.cursor_moved.connect(window.selection.move_cursor)
        window.selection.cursor_moved.connect(window.forecast.show_cursor)
        self.show_outlook(None)
        self.forecast.follow()
        self._show_words(self.forecast.words)
        self._look()

    def shut_down(self) -> None:
        """Compute no more. Called once, before the window goes."""
        self.forecast.shut_down()

    @Slot()
    def _look(self) -> None:
        window = self._window
        self.forecast.want(
            window.workspaces.forecast.isVisible() or window.forecast.isVisible() or window.horizons.isVisible()
        )

    @Slot(object)
    def show_outlook(self, outlook: Outlook | None) -> None:
        """Show a forecast, or none."""
        window = self._window
        if outlook is not None:
            window.forecast.show_forecast(outlook.dataset, outlook.response)
            window.horizons.show_horizons(outlook.horizons)
            window.horizon_table.show_horizons(outlook.horizons)
        window.places.offer("no_forecast", outlook is None)
        for name in ("forecast", "horizons", "horizon_table"):
            window.places.offer(name, outlook is not None)

    @Slot(str)
    def _show_words(self, words: str) -> None:
        outlook = self.forecast.outlook
        if outlook is not None and not words:
            parts = outlook.dataset.parts
            where = (
                "of the test part" if (parts.stops > parts.validation_stops).any() else "where it learned: no test part"
            )
            forecaster = self._window.session.document.forecaster
            whose = "the network as it is now" if forecaster is None else f"all {len(forecaster.parts)} parts together"
            words = f"Of {whose}, from the last row on. Errors are those {where}."
        self._window.workspaces.forecast.words.setText("" if outlook is None else words)
        self._window.workspaces.forecast.predict.setVisible(outlook is not None)
        self._window.no_forecast.words.setText(words)
        self._window.no_forecast.button.setVisible(self._window.session.experiment.dataset.kind is DataKind.SYMBOLS)
