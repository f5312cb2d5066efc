"""ViewsLayout: fills the window with its views, piece by piece, and gives them the room there is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from elman_core.data.kind import DataKind
from elman_gui.window.layout import WindowLayout, replace_card

if TYPE_CHECKING:
    from elman_gui.controllers.files import Documents
    from elman_gui.controllers.inspection import InspectionController
    from elman_gui.controllers.session import TrainingSession
    from elman_gui.theme import Theme, ThemeChoice
    from elman_gui.views.card import ViewCard
    from elman_gui.window.linked_selection import LinkedSelection

__all__ = ["ViewsLayout"]

_ROOM_FOR_THREE_COLUMNS = 1140
_ROOM_FOR_FOUR_PLOTS = 700
_FOOT, _BESIDE_LOSS, _SCORES = 616, 350, 232
"""Widths below the plots, which share what there is."""


class ViewsLayout(WindowLayout):
    """Knows where each view is. Nothing is connected here."""

    session: TrainingSession
    documents: Documents
    inspection: InspectionController
    selection: LinkedSelection
    theme_choice: ThemeChoice
    _is_filled = False

    def add_views(self) -> Iterator[None]:
        """Build the views around the session, a piece at each step."""
        from elman_gui.window import parts  # here, so that the empty window need not wait for it

        session = self.session
        self.transport = parts.TransportBar(self.actions_by_name)
        self._ground.replaceWidget(self._place_of_transport, self.transport)
        self._place_of_transport.deleteLater()
        self.notice = parts.NoticeBar(self.columns)
        self.status = parts.RunStatus()
        self.setStatusBar(self.status)
        yield
        self.settings_panel = parts.SettingsPanel(session.experiment, session.table)
        yield
        self.guide = parts.GuidePanel()
        self.left = parts.TabbedPanel("Guide or settings")
        self.left.add("Guide", self.guide)
        self.left.add("Settings", self.settings_panel)
        self.left.setMinimumWidth(240)
        replace_card(self.left, self.columns, 0)
        yield
        self.fit = parts.FitPlot()
        self.next_symbol = parts.NextSymbolPlot()
        self.curves = QStackedWidget()
        self.curves.addWidget(self.fit)
        self.curves.addWidget(self.next_symbol)
        replace_card(self.curves, self.plots, 0)
        yield
        self.errors = parts.ErrorPlot()
        replace_card(self.errors, self.plots, 1)
        self.errors.hide()
        yield
        self.context = parts.ContextPlot()
        replace_card(self.context, self.plots, 2)
        yield
        self.loss = parts.LossPlot()
        replace_card(self.loss, self.foot, 0)
        self.scores = parts.ScoreCard()
        replace_card(self.scores, self.foot, 1)
        self.paper = parts.ScorecardPanel()
        self.foot.addWidget(self.paper)
        self.foot.setStretchFactor(2, 3)
        yield
        self.timeline = parts.Timeline()
        self._centre.replaceWidget(self._place_of_timeline, self.timeline)
        self._place_of_timeline.deleteLater()
        yield
        self.inside = parts.InsidePanel()
        yield from self.inside.fill()
        replace_card(self.inside, self.columns, 2)
        self._last_used: ViewCard = self.fit
        yield

    def paint_views(self, theme: Theme) -> Iterator[None]:
        """Give the views the colours of a theme, one at each step."""
        for view in self._themed:
            view.set_theme(theme)
            yield

    @property
    def _themed(self) -> tuple[Any, ...]:
        return (
            self.transport, self.notice, self.guide, self.fit, self.next_symbol, self.errors, self.context, self.loss,
            self.timeline,
            *self.inside.views,
        )  # fmt: skip

    # -- which views there are ------------------------------------------------------------------

    @property
    def views(self) -> tuple[ViewCard, ...]:
        """Every view that can be exported."""
        return (self.fit, self.next_symbol, self.errors, self.context, self.loss, *self.inside.views)

    @property
    def last_used_view(self) -> ViewCard:
        """The view that had the focus last."""
        return self._last_used

    def remember_used(self, widget: QWidget | None) -> None:
        """Know that a widget has the focus; it may be in a view."""
        views = self.views
        while widget is not None and widget not in views:
            widget = widget.parentWidget()
        if widget is not None:
            self._last_used = widget

    # -- room -----------------------------------------------------------------------------------

    @property
    def is_roomy(self) -> bool:
        """Whether three columns fit."""
        return self.width() >= _ROOM_FOR_THREE_COLUMNS

    def show_inside(self) -> None:
        """Make the inside visible."""
        if not self.actions_by_name["inside"].isChecked():
            self.actions_by_name["inside"].trigger()

    def fit_columns(self) -> None:
        """In a narrow window the inside takes the place of guide and settings."""
        wanted = self.actions_by_name["inside"].isChecked()
        self.inside.setVisible(wanted)
        self.left.setVisible(not wanted or self.is_roomy)

    def fit_plots(self) -> None:
        """In a low window the errors along a text give their room to what was expected."""
        symbols = self.session.experiment.dataset.kind is DataKind.SYMBOLS
        self.errors.setVisible(symbols and self.height() >= _ROOM_FOR_FOUR_PLOTS)

    def show_paper(self, shown: bool) -> None:
        """Where there is a paper, its measures take the place of the forecaster's scores."""
        if self.scores.isHidden() is not shown:
            self.scores.setVisible(not shown)
            self.foot.setSizes([_FOOT - _BESIDE_LOSS, 0, _BESIDE_LOSS] if shown else [_FOOT - _SCORES, _SCORES, 0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many columns as there is room for."""
        super().resizeEvent(event)
        if self._is_filled:
            self.fit_columns()
            self.fit_plots()
