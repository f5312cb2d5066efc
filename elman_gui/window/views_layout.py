"""ViewsLayout: fills the window with its views, piece by piece, and gives them the room there is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from elman_gui.window.layout import WindowLayout
from elman_gui.workspaces.forecast import FORECAST_VIEWS
from elman_gui.workspaces.networks import NETWORK_VIEWS
from elman_gui.workspaces.study import STUDY_VIEWS

if TYPE_CHECKING:
    from elman_gui.controllers.files import Documents
    from elman_gui.controllers.inspection import InspectionController
    from elman_gui.controllers.scoring import Scoring
    from elman_gui.controllers.session import TrainingSession
    from elman_gui.panels.score_card import ScoreCard
    from elman_gui.panels.scorecard_panel import ScorecardPanel
    from elman_gui.panels.study_form import StudyForm
    from elman_gui.theme import Theme, ThemeChoice
    from elman_gui.views.damage.damage_plot import DamagePlot
    from elman_gui.views.damage.kinds_plot import KindsPlot
    from elman_gui.views.forecast.coverage_plot import CoveragePlot
    from elman_gui.views.forecast.horizon_plot import HorizonPlot
    from elman_gui.views.forecast.leaderboard import HorizonTable, Leaderboard
    from elman_gui.views.forecast.outlook_plot import OutlookPlot
    from elman_gui.views.forecast.residuals_plot import AutocorrelationPlot, ResidualsPlot
    from elman_gui.views.forecast.series_errors import SeriesErrorPlot, WorstTable
    from elman_gui.views.seeds.distribution_plot import DistributionPlot
    from elman_gui.views.seeds.fan_plot import FanPlot
    from elman_gui.views.seeds.members_plot import MembersPlot
    from elman_gui.views.seeds.members_table import MembersTable
    from elman_gui.views.seeds.scorecards_plot import ScorecardsPlot
    from elman_gui.views.study.heat_map import HeatMap
    from elman_gui.views.study.importance_plot import ImportancePlot
    from elman_gui.views.study.parallel_coordinates import ParallelCoordinates
    from elman_gui.views.study.parts_plot import PartsPlot
    from elman_gui.views.study.profile_plot import ProfilePlot
    from elman_gui.views.study.rank_table import RankTable
    from elman_gui.views.study.runs_plot import RunsPlot
    from elman_gui.views.study.slice_plot import SlicePlot
    from elman_gui.views.time.context_plot import ContextPlot
    from elman_gui.views.time.error_plot import ErrorPlot
    from elman_gui.views.time.fit_plot import FitPlot
    from elman_gui.views.time.left_over_plot import LeftOverPlot
    from elman_gui.views.time.next_symbol_plot import NextSymbolPlot
    from elman_gui.views.training.loss_plot import LossPlot
    from elman_gui.views.view_card import ViewCard
    from elman_gui.window.linked_selection import LinkedSelection

__all__ = ["ViewsLayout"]


class ViewsLayout(WindowLayout):
    """Knows where each view is. Nothing is connected here."""

    session: TrainingSession
    documents: Documents
    inspection: InspectionController
    scoring: Scoring
    selection: LinkedSelection
    theme_choice: ThemeChoice
    fit: FitPlot
    next_symbol: NextSymbolPlot
    errors: ErrorPlot
    left_over: LeftOverPlot
    context: ContextPlot
    loss: LossPlot
    scores: ScoreCard
    paper: ScorecardPanel
    forecast: OutlookPlot
    horizons: HorizonPlot
    coverage: CoveragePlot
    residuals: ResidualsPlot
    autocorrelation: AutocorrelationPlot
    series_errors: SeriesErrorPlot
    leaderboard: Leaderboard
    horizon_table: HorizonTable
    worst: WorstTable
    members: MembersPlot
    member_table: MembersTable
    study_form: StudyForm
    study_heat_map: HeatMap
    study_rank: RankTable
    study_slice: SlicePlot
    study_parallel: ParallelCoordinates
    study_importances: ImportancePlot
    study_runs: RunsPlot
    study_parts: PartsPlot
    study_profile: ProfilePlot
    damage_curve: DamagePlot
    damage_kinds: KindsPlot
    fan: FanPlot
    final_errors: DistributionPlot
    member_scorecards: ScorecardsPlot
    _is_filled = False

    def add_views(self) -> Iterator[None]:
        """Build the views around the session, a piece at each step."""
        from elman_gui.window import parts  # here, so that the empty window need not wait for it

        session = self.session
        self.transport = parts.TransportBar(self.actions_by_name)
        self._ground.replaceWidget(self._place_of_transport, self.transport)
        self._place_of_transport.deleteLater()
        yield
        self.notice = parts.NoticeBar(self.workspaces)
        self.part_bar = parts.PartBar()
        self._foot.insertWidget(0, self.part_bar, 2)
        yield
        self.status = parts.RunStatus()
        self.setStatusBar(self.status)
        yield
        yield from self.workspaces.fill(self.places, self.settings)
        self.settings_panel = parts.SettingsPanel(session.experiment, session.table)
        yield
        self.guide = parts.GuidePanel()
        yield
        self.left = parts.LeftPanel()
        self.left.add("Guide", self.guide)
        self.left.add("Settings", self.settings_panel)
        yield
        self.places.add("left", self.left)
        yield
        yield from self._add(
            ("fit", parts.FitPlot),
            ("next_symbol", parts.NextSymbolPlot),
            ("errors", parts.ErrorPlot),
            ("left_over", parts.LeftOverPlot),
            ("context", parts.ContextPlot),
            ("loss", parts.LossPlot),
            ("scores", parts.ScoreCard),
            ("paper", parts.ScorecardPanel),
        )
        self.no_forecast, self.one_network = parts.MessageCard("Forecast"), parts.MessageCard("Networks")
        self.places.add("no_forecast", self.no_forecast)
        self.places.add("one_network", self.one_network)
        for name in ("forecast", "members"):  # until they are built, these stand in their places
            self.places.offer(name, False)
        self.no_study = parts.MessageCard("Study")
        self.places.add("no_study", self.no_study)
        self.no_damage = parts.MessageCard("Damage")
        self.places.add("no_damage", self.no_damage)
        self.timeline = parts.Timeline()
        self._foot.replaceWidget(self._place_of_timeline, self.timeline)
        self._place_of_timeline.deleteLater()
        yield
        self.inside = parts.InsideViews(self)
        yield from self.inside.fill(self.places)
        self._foot.addWidget(self.inside.clamps, 1)
        self._last_used: ViewCard = self.fit

    def add_views_of_forecast(self) -> Iterator[None]:
        """Build the views of the workspace Forecast, a piece at each step."""
        from elman_gui.window import parts

        yield from self._add(
            ("forecast", parts.OutlookPlot),
            ("horizons", parts.HorizonPlot),
            ("coverage", parts.CoveragePlot),
            ("residuals", parts.ResidualsPlot),
            ("autocorrelation", parts.AutocorrelationPlot),
            ("series_errors", parts.SeriesErrorPlot),
            ("leaderboard", parts.Leaderboard),
            ("horizon_table", parts.HorizonTable),
            ("worst", parts.WorstTable),
        )

    def add_views_of_networks(self) -> Iterator[None]:
        """Build the views of the page Networks, a piece at each step."""
        from elman_gui.window import parts

        yield from self._add(
            ("members", parts.MembersPlot),
            ("member_table", parts.MembersTable),
            ("fan", parts.FanPlot),
            ("final_errors", parts.DistributionPlot),
            ("member_scorecards", parts.ScorecardsPlot),
        )

    def add_views_of_study(self) -> Iterator[None]:
        """Build the views of the page Study, a piece at each step."""
        from elman_gui.window import parts

        yield from self._add(
            ("study_form", parts.StudyForm),
            ("study_heat_map", parts.HeatMap),
            ("study_rank", parts.RankTable),
            ("study_slice", parts.SlicePlot),
            ("study_parallel", parts.ParallelCoordinates),
            ("study_importances", parts.ImportancePlot),
            ("study_runs", parts.RunsPlot),
            ("study_parts", parts.PartsPlot),
            ("study_profile", parts.ProfilePlot),
        )

    def add_views_of_damage(self) -> Iterator[None]:
        """Build the views of the page Damage, a piece at each step."""
        from elman_gui.window import parts

        yield from self._add(("damage_curve", parts.DamagePlot), ("damage_kinds", parts.KindsPlot))

    def _add(self, *kinds: tuple[str, type[QWidget]]) -> Iterator[None]:
        for name, kind in kinds:
            view = kind()
            setattr(self, name, view)
            self.places.add(name, view)
            yield

    def paint_views(self, theme: Theme) -> Iterator[None]:
        """Give the views the colours of a theme, one at each step."""
        for view in self._themed:
            view.set_theme(theme)
            yield

    @property
    def _themed(self) -> tuple[Any, ...]:
        return (
            self.transport, self.notice, self.left, self.workspaces, self.guide, self.fit, self.next_symbol,
            self.errors, self.left_over, self.context, self.loss, self.timeline, *self.of_forecast, *self.of_seeds,
            *self.of_study, *self.of_damage, *self.inside.views,
        )  # fmt: skip

    # -- which views there are ------------------------------------------------------------------

    @property
    def views(self) -> tuple[ViewCard, ...]:
        """Every view that can be exported."""
        of_plots = (self.fit, self.next_symbol, self.errors, self.left_over, self.context, self.loss)
        of_many = (*self.of_seeds, *self.of_study, *self.of_damage)
        return (*of_plots, *self.of_forecast, *of_many, *self.inside.views)

    @property
    def of_damage(self) -> tuple[ViewCard, ...]:
        """The views of the page Damage, once they are built."""
        return self._built("damage_curve", "damage_kinds")

    @property
    def of_forecast(self) -> tuple[ViewCard, ...]:
        """The views of the workspace Forecast, once they are built."""
        return self._built(*FORECAST_VIEWS)

    @property
    def of_study(self) -> tuple[ViewCard, ...]:
        """The views of the page Study, once they are built."""
        return self._built(*STUDY_VIEWS)

    def _built(self, *names: str) -> tuple[ViewCard, ...]:
        return tuple(cast("ViewCard", view) for name in names if (view := self.places.view(name)) is not None)

    @property
    def of_seeds(self) -> tuple[ViewCard, ...]:
        """The views of the page Networks, once they are built."""
        return self._built(*NETWORK_VIEWS)

    @property
    def last_used_view(self) -> ViewCard:
        """The view that had the focus last; once that cannot be seen any more, the first one that can."""
        if self._last_used.isVisible():
            return self._last_used
        return next((view for view in self.views if view.isVisible()), self._last_used)

    def remember_used(self, widget: QWidget | None) -> None:
        """Know that a widget has the focus; it may be in a view."""
        views = self.views
        while widget is not None and widget not in views:
            widget = widget.parentWidget()
        if widget is not None:
            self._last_used = widget

    # -- which views are shown ------------------------------------------------------------------

    def show_inside(self) -> None:
        """Make the inside visible."""
        self.workspaces.bring_to_front("learn")
        self.workspaces.learn.show_inside(True)

    def toggle_inside(self) -> None:
        """Show the network's inside in Learn, or show it no more."""
        learn = self.workspaces.learn
        learn.show_inside(self.workspaces.front is not learn or not learn.shows_inside)
        self.workspaces.bring_to_front("learn")
        self.say_whether_inside_is_shown()

    @Slot()
    def say_whether_inside_is_shown(self) -> None:
        """Check the action, or do not."""
        self.actions_by_name["inside"].setChecked(self.workspaces.learn.shows_inside)

    def show_page(self, page: str) -> None:
        """Bring a page of the closer look to the front."""
        self.show_inside()
        self.workspaces.learn.show_page(page)

    def show_page_of_seeds(self, title: str) -> None:
        """Bring a page of the workspace Seeds to the front."""
        self.workspaces.bring_to_front("seeds")
        self.workspaces.seeds.show_page(title)

    def enlarge(self, view: ViewCard) -> None:
        """Show a view alone in the workspace; if it is already, show all of them again."""
        name, front = self.places.name_of(view), self.workspaces.front
        if self.places.is_away(name):
            self.places.bring_back(name)
        front.enlarge("" if front.enlarged == name else name)
        if view.isVisible():
            view.picture.setFocus()
        self.say_what_is_enlarged()

    def detach(self, view: ViewCard) -> None:
        """Show a view in a window of its own."""
        self.view_windows.detach(self.places.name_of(view))

    def reset_layout(self) -> None:
        """Lay all workspaces out as at first, with every view in its place."""
        self.view_windows.bring_all_back()
        self.workspaces.reset_layout()
        self.say_whether_inside_is_shown()

    @Slot()
    def say_what_is_enlarged(self) -> None:
        """Check the action while a view is shown alone."""
        self.actions_by_name["enlarge"].setChecked(bool(self.workspaces.front.enlarged))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape shows all views again."""
        if event.key() == Qt.Key.Key_Escape and self.workspaces.front.enlarged:
            self.workspaces.front.enlarge("")
        else:
            super().keyPressEvent(event)

    def show_paper(self, shown: bool) -> None:
        """Where there is a paper, its measures take the place of the forecaster's scores."""
        self.places.offer("scores", not shown)
        self.places.offer("paper", shown)
