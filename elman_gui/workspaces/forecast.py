"""Forecast: what the network says of the time to come, and how far ahead it can be trusted."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from elman_gui.views.elided_label import ElidedLabel
from elman_gui.workspaces.fitting import Fitting, TabbedViews
from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.splitter import Pane
from elman_gui.workspaces.workspace import Workspace

__all__ = ["Forecast"]

_LEAST = QSize(220, 240)
"""What one view needs at least, under tabs."""


class Forecast(Workspace):
    """The forecast that stands, over its errors by the number of steps ahead; or a sentence why there is none.

    Signals
    -------
    predict_wanted()
        The person wants to forecast more: other steps, another series or model.
    seen_changed(bool)
        Somebody looks at it, or no more.
    """

    name = "forecast"
    title = "Forecast"
    predict_wanted = Signal()
    seen_changed = Signal(bool)

    def arrange(self) -> QWidget:
        """Lay out forecast, errors and their table, under a line that says of which network they are."""
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.predict = QPushButton("Other Steps or Data…")
        self.predict.setToolTip("Forecast other steps, another series, or with another model; and export (Ctrl+P)")
        self.predict.clicked.connect(self.predict_wanted)
        line = QHBoxLayout()
        line.setContentsMargins(4, 0, 0, 0)
        line.addWidget(self.words, 1)
        line.addWidget(self.predict)
        ground = QWidget()
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(line)
        column.addWidget(
            self.instead_of(
                "forecast",
                Fitting(self.places, _LEAST, self._all_beside, self._errors_as_tabs, self._all_as_tabs),
                "no_forecast",
            ),
            1,
        )
        return ground

    def _forecast(self) -> ViewSlot:
        return ViewSlot(self.places, "forecast")

    def _all_beside(self) -> QWidget:
        errors = Pane(ViewSlot(self.places, "horizons"), 640), Pane(ViewSlot(self.places, "horizon_table"), 440)
        return self.rows("all", Pane(self._forecast(), 360), Pane(self.columns("errors", *errors), 260))

    def _errors_as_tabs(self) -> QWidget:
        tabs = TabbedViews(self.places, "errors", "Errors", self.front)
        tabs.add_views("Error by steps ahead", ViewSlot(self.places, "horizons"), "horizons")
        tabs.add_views("Errors in numbers", ViewSlot(self.places, "horizon_table"), "horizon_table")
        return self.rows("tabs", Pane(self._forecast(), 300), Pane(tabs, 240))

    def _all_as_tabs(self) -> QWidget:
        tabs = TabbedViews(self.places, "all", "Forecast", self.front)
        tabs.add_views("Forecast", self._forecast(), "forecast")
        tabs.add_views("Error by steps ahead", ViewSlot(self.places, "horizons"), "horizons")
        tabs.add_views("Errors in numbers", ViewSlot(self.places, "horizon_table"), "horizon_table")
        return tabs

    def showEvent(self, event: QShowEvent) -> None:
        """Look from now on."""
        super().showEvent(event)
        self.seen_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        super().hideEvent(event)
        self.seen_changed.emit(False)
