"""Forecast: what the network says of the time to come, how sure that is, and how far ahead it can be trusted."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from elman_gui.panels.outlook_bar import OutlookBar
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.views.sentence import Sentence
from elman_gui.workspaces.fitting import Fitting, TabbedViews
from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.splitter import Pane
from elman_gui.workspaces.workspace import Workspace

__all__ = ["FORECAST_VIEWS", "Forecast"]

_PLOTS = {
    "Error by steps ahead": "horizons",
    "Coverage": "coverage",
    "Residuals": "residuals",
    "Autocorrelation": "autocorrelation",
    "Error by series": "series_errors",
}
_TABLES = {"Leaderboard": "leaderboard", "Errors in numbers": "horizon_table", "Worst ten": "worst"}
FORECAST_VIEWS = ("forecast", *_PLOTS.values(), *_TABLES.values())
"""The names of all views that stand here."""
_LEAST_BESIDE = 420, 266
"""Of tabs side by side: there is room for two lines of a legend."""
_LEAST = QSize(220, 200)
"""What one view needs at least, under tabs."""


class Forecast(Workspace):
    """The forecast that stands, over what tests on the past say of it; or a sentence why there is none.

    Signals
    -------
    seen_changed(bool)
        Somebody looks at it, or no more.
    """

    name = "forecast"
    title = "Forecast"
    seen_changed = Signal(bool)

    def arrange(self) -> QWidget:
        """Lay out forecast, errors and tables, under the verdict and what it depends on."""
        self.verdict = Sentence()
        self.verdict.setObjectName("cardTitle")
        self.warning = Sentence()
        self.warning.setObjectName("warning")
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.bar = OutlookBar()
        self.predict = self.bar.predict
        ground = QWidget()
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for label in (self.verdict, self.warning, self.words):
            label.setContentsMargins(4, 0, 4, 0)
            label.hide()
            column.addWidget(label)
        column.addWidget(self.bar)
        column.addSpacing(4)
        arrangements = (self._all_beside, self._errors_as_tabs, self._all_as_tabs)
        column.addWidget(self.instead_of("forecast", Fitting(self.places, _LEAST, *arrangements), "no_forecast"), 1)
        return ground

    def show_verdict(self, verdict: str, warnings: str) -> None:
        """Say how the network compares, and what to be wary of."""
        for label, text in ((self.verdict, verdict), (self.warning, warnings)):
            label.setText(text)
            label.setVisible(bool(text))

    def show_words(self, words: str) -> None:
        """Say of what the forecast is, and what is under way."""
        self.words.setText(words)
        self.words.setVisible(bool(words))

    def show_view(self, name: str) -> None:
        """Bring a view to the front, if it is one of those that are shown here."""
        self.enlarge("")
        for tabs in self.findChildren(TabbedViews):
            if tabs.has(name):
                self.front[tabs.objectName()] = name
                tabs.show_view(name)

    def _slot(self, name: str) -> ViewSlot:
        return ViewSlot(self.places, name)

    def _tabs(self, name: str, what: str, views: dict[str, str]) -> TabbedViews:
        tabs = TabbedViews(self.places, name, what, self.front)
        for title, view in views.items():
            tabs.add_views(title, self._slot(view), view)
        return tabs

    def _all_beside(self) -> QWidget:
        plots, tables = self._tabs("plots", "Errors", _PLOTS), self._tabs("tables", "Tables", _TABLES)
        for tabs in (plots, tables):
            tabs.setMinimumSize(*_LEAST_BESIDE)
        below = self.columns("errors", Pane(plots, 560), Pane(tables, 560))
        return self.rows("all", Pane(self._slot("forecast"), 360), Pane(below, 300))

    def _errors_as_tabs(self) -> QWidget:
        tabs = self._tabs("errors", "Errors", {**_PLOTS, **_TABLES})
        tabs.setMinimumHeight(_LEAST_BESIDE[1])
        return self.rows("tabs", Pane(self._slot("forecast"), 300), Pane(tabs, 280))

    def _all_as_tabs(self) -> QWidget:
        return self._tabs("all", "Forecast", {"Forecast": "forecast", **_PLOTS, **_TABLES})

    def showEvent(self, event: QShowEvent) -> None:
        """Look from now on."""
        super().showEvent(event)
        self.seen_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        super().hideEvent(event)
        self.seen_changed.emit(False)
