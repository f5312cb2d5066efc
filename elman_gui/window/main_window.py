"""MainWindow: a window around one session, from its first paint to its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from elman_gui.actions import paint_actions
from elman_gui.controllers.recent_files import RecentFiles
from elman_gui.notices import Notice
from elman_gui.plain_text import message_box
from elman_gui.settings import read_flag, read_number, read_text
from elman_gui.theme import ThemeChoice, apply_theme, theme_for
from elman_gui.threads.job import end_jobs
from elman_gui.tooltips import wrap_tooltips
from elman_gui.window.action_states import ActionStates
from elman_gui.window.later_page import LaterPage
from elman_gui.window.showing import Showing
from elman_gui.window.views_layout import ViewsLayout
from elman_gui.window.wiring import Wiring

if TYPE_CHECKING:
    from elman_gui.controllers.session import TrainingSession
    from elman_gui.views.view_card import ViewCard
    from elman_gui.window.damage_showing import DamageShowing
    from elman_gui.window.forecast_showing import ForecastShowing
    from elman_gui.window.seeds_showing import SeedsShowing
    from elman_gui.window.study_showing import StudyShowing

__all__ = ["MainWindow"]


class MainWindow(ViewsLayout):
    """Puts the views around one session.

    It is made empty, since what the views need takes longer to import than a window to show, and
    then filled piece by piece. Between two pieces it answers.

    Signals
    -------
    filled()
        Every view is there; the window can be used.
    """

    filled = Signal()

    def __init__(self, settings: QSettings, log_file: Path | None = None) -> None:
        super().__init__(settings)
        self._log_file = log_file
        self._showings: list[ForecastShowing | SeedsShowing | StudyShowing | DamageShowing] = []
        self.recent = RecentFiles(settings)
        self.theme_choice = ThemeChoice(read_text(settings, "theme", ThemeChoice.SYSTEM.value))
        self._apply_theme()
        self.restore_layout()
        for action in self.actions_by_name.values():
            action.setEnabled(False)

    # -- filling --------------------------------------------------------------------------------

    @property
    def is_filled(self) -> bool:
        """Whether every view is there."""
        return self._is_filled

    def fill(self, session: TrainingSession) -> Iterator[None]:
        """Build the views around a session and connect them, a piece at each step."""
        from elman_gui.window import parts  # here, so that the empty window need not wait for it

        self.session = session
        self.documents = parts.Documents(session, self.recent, self)
        self.manual = parts.ManualOpener(self.actions_by_name, self)
        theme = theme_for(self.theme_choice)
        paint_actions(self.actions_by_name, theme)
        yield
        yield from self.add_views()
        self.inspection = parts.InspectionController(session.document, session.undo_stack, self)
        self.scoring = parts.Scoring(session, self.inspection, self)
        plots = (self.fit, self.next_symbol, self.errors, self.left_over, self.context)
        self.selection = parts.LinkedSelection(
            session, self.inspection, self.inside, self.timeline, self.guide, plots, self.loss, self
        )
        yield
        yield from self.paint_views(theme)
        self.network_count = parts.NetworkCount(session, self.transport, self)
        showing, states = Showing(self), ActionStates(self, session, self.inspection)
        yield
        shown = [view for view in self.views if view.isVisible()]
        for view in shown:
            view.setUpdatesEnabled(False)  # painted one after another, at the end
        self._wiring = Wiring(self, showing, states)
        self._connect(self._wiring)
        seeds = self.workspaces.seeds
        self.forecast_page = LaterPage(self.workspaces.forecast, self._fill_forecast())
        self.networks_page = LaterPage(seeds.page("networks"), self._fill_networks())
        self.study_page = LaterPage(seeds.page("study"), self._fill_study())
        self.damage_page = LaterPage(seeds.page("damage"), self._fill_damage())
        showing.show_experiment(session.experiment)
        showing.show_state(session.state)
        states.show_all()
        self._restore_choices()
        self.setAcceptDrops(True)
        wrap_tooltips(self)
        self.transport.train.setFocus()
        self._is_filled = True
        self.filled.emit()
        for view in shown:
            yield
            view.setUpdatesEnabled(True)

    # -- pages that are built when somebody looks at them ------------------------------------------

    @property
    def pages(self) -> tuple[LaterPage, ...]:
        """All pages that are built later."""
        return self.forecast_page, self.networks_page, self.study_page, self.damage_page

    @property
    def outlook(self) -> ForecastShowing:
        """What shows forecasts; the workspace is built now, where nobody has looked at it yet."""
        self.forecast_page.complete()
        return self._outlook

    @property
    def ensemble(self) -> SeedsShowing:
        """What shows the networks of an ensemble; the page is built now, where nobody has looked at it yet."""
        self.networks_page.complete()
        return self._ensemble

    @property
    def study(self) -> StudyShowing:
        """What shows studies; its page is built now, where nobody has looked at it yet."""
        self.study_page.complete()
        return self._study

    @property
    def damage(self) -> DamageShowing:
        """What shows damage; its page is built now, where nobody has looked at it yet."""
        self.damage_page.complete()
        return self._damage

    def _fill_forecast(self) -> Iterator[None]:
        from elman_gui.window import parts
        from elman_gui.window.forecast_showing import ForecastShowing

        session = self.session
        yield from self.add_views_of_forecast()
        yield from self._make_ready(self.of_forecast)
        kept = session.document, session.run, session.jobs, self
        what_if = parts.WhatIfController(session.document, session.jobs, self)
        what_if.problem.connect(self.show_problem)
        self._outlook = ForecastShowing(self, parts.StandingForecast(*kept), parts.StandingBacktest(*kept), what_if)
        self._showings.append(self._outlook)

    def _fill_networks(self) -> Iterator[None]:
        from elman_gui.window import parts
        from elman_gui.window.seeds_showing import SeedsShowing

        session = self.session
        yield from self.add_views_of_networks()
        yield from self._make_ready(self.of_seeds)
        controller = parts.EnsembleController(session, self.inspection.now, self)
        controller.problem.connect(self.show_problem)
        self._ensemble = SeedsShowing(self, self.network_count, controller, parts.MemberScorecards(session, self))
        self._showings.append(self._ensemble)

    def _fill_study(self) -> Iterator[None]:
        from elman_gui.window import parts
        from elman_gui.window.study_showing import StudyShowing

        session = self.session
        yield from self.add_views_of_study()
        yield from self._make_ready(self.of_study)
        wrap_tooltips(self.study_form)
        controller = parts.StudyController(session.document, session.run, session.jobs, self)
        controller.problem.connect(self.show_problem)
        controller.noticed.connect(self.notice.show_notice)
        self._study = StudyShowing(self, controller)
        self._showings.append(self._study)

    def _fill_damage(self) -> Iterator[None]:
        from elman_gui.window import parts
        from elman_gui.window.damage_showing import DamageShowing

        session = self.session
        yield from self.add_views_of_damage()
        yield from self._make_ready(self.of_damage)
        controller = parts.DamageController(session.document, session.run, session.jobs, self)
        controller.problem.connect(self.show_problem)
        self._damage = DamageShowing(self, controller)
        self._showings.append(self._damage)

    def _make_ready(self, views: tuple[ViewCard, ...]) -> Iterator[None]:
        self._wiring.connect_cards(views)
        for view in views:
            view.set_theme(theme_for(self.theme_choice))
            wrap_tooltips(view)
            yield

    def _connect(self, wiring: Wiring) -> None:
        wiring.connect_session()
        wiring.connect_views()
        wiring.connect_actions(
            {
                "quit": self.close,
                "theme_system": lambda: self.set_theme(ThemeChoice.SYSTEM),
                "theme_light": lambda: self.set_theme(ThemeChoice.LIGHT),
                "theme_dark": lambda: self.set_theme(ThemeChoice.DARK),
                "fullscreen": self._toggle_full_screen,
                "help": self._show_help,
                "manual": self.manual.open,
                "tour": self._show_tour,
                "shortcuts": self._show_shortcuts,
                "messages": self._show_messages,
                "log": self._open_log,
                "about": self._show_about,
            }
        )
        self.network_count.noticed.connect(self.notice.show_notice)
        for teller in (
            self.session.run,
            self.session.jobs,
            self.documents,
            self.inspection,
            self.scoring,
            self.network_count,
        ):
            teller.problem.connect(self.show_problem)
        self.documents.closing_allowed.connect(self.close)

    def _restore_choices(self) -> None:
        self.transport.set_speed(read_number(self.settings, "speed", self.transport.chosen_speed))
        self.session.run.set_speed(self.transport.chosen_speed)
        self.left.show_tab(read_text(self.settings, "left", "Guide"))
        self.say_whether_inside_is_shown()

    def _keep_choices(self) -> None:
        self.settings.setValue("speed", self.session.run.speed)
        self.settings.setValue("left", self.left.shown)

    # -- messages -------------------------------------------------------------------------------

    @Slot(str)
    def show_problem(self, text: str) -> None:
        """Say what went wrong and what to do, in a dialog that stops nothing."""
        if self._is_filled:
            self.notice.note(Notice(text))
        _open(message_box(QMessageBox.Icon.Warning, text, QMessageBox.StandardButton.Ok, self))

    def _show_messages(self) -> None:
        from elman_gui.dialogs.messages import MessagesDialog

        MessagesDialog(self.notice.messages, self).open()

    def _show_help(self) -> None:
        from elman_gui.dialogs.help import getting_started_text

        self._show_text("Getting Started", getting_started_text())

    def _show_shortcuts(self) -> None:
        from elman_gui.dialogs.help import shortcuts_text

        self._show_text("Keyboard Shortcuts", shortcuts_text())

    def _show_about(self) -> None:
        from elman_gui.dialogs.help import about_text

        self._show_text("About Elman", about_text())

    def _show_text(self, title: str, text: str) -> None:
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, text, QMessageBox.StandardButton.Close, self)
        box.setTextFormat(Qt.TextFormat.RichText)
        _open(box)

    def _show_tour(self) -> None:
        """Go through the window in three steps."""
        from elman_gui.window.tour import Tour, stops

        self.show_inside()
        learn = self.workspaces.learn
        tour = Tour(stops(self.transport.train, learn.plots_in_front, learn.inside_in_front), self)
        tour.ended.connect(lambda: self.settings.setValue("tour/seen", True))
        tour.begin(theme_for(self.theme_choice))

    def show_tour_once(self) -> None:
        """Show the tour to who has not seen it."""
        if not read_flag(self.settings, "tour/seen", False):
            self._show_tour()

    def _open_log(self) -> None:
        if self._log_file is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log_file)))
            self.notice.show_notice(Notice(f"The log is {self._log_file}"))

    # -- theme ----------------------------------------------------------------------------------

    def set_theme(self, choice: ThemeChoice) -> None:
        """Use another theme from now on."""
        self.theme_choice = choice
        self.settings.setValue("theme", choice.value)
        self._apply_theme()
        theme = theme_for(choice)
        paint_actions(self.actions_by_name, theme)
        for _ in self.paint_views(theme):
            pass

    def _apply_theme(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_theme(application, theme_for(self.theme_choice))
        for choice in ThemeChoice:
            self.actions_by_name[f"theme_{choice.value}"].setChecked(choice is self.theme_choice)

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    # -- files and the end ----------------------------------------------------------------------

    def open_path(self, path: Path) -> None:
        """Open a model file, a table, or the folder of a study, beside the window."""
        from elman_core.studies.store import STUDY_FILE  # here, so that the empty window need not wait for it

        folder = path.parent if path.name == STUDY_FILE else path
        if not folder.is_dir():
            self.documents.open_path(path)
            return
        self.show_page_of_seeds("Study")
        if self.study_page.is_built:
            self.study.controller.open(folder)
        else:
            once = Qt.ConnectionType.SingleShotConnection
            self.study_page.built.connect(lambda: self.study.controller.open(folder), once)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the first file that was dropped."""
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.open_path(Path(files[0]))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved training; then end the threads."""
        if self._is_filled and not self.documents.may_close():
            event.ignore()
            return
        for dialog in self.findChildren(QDialog):
            dialog.close()
        end_jobs(self)
        if self._is_filled:
            self.view_windows.bring_all_back()
            self.keep_layout()
            self._keep_choices()
            for page in self.pages:
                page.stop()
            for showing in self._showings:
                showing.shut_down()
            self.inspection.shut_down()
            self.scoring.shut_down()
            self.session.shut_down()
            self.manual.close()
        event.accept()
        QGuiApplication.quit()


def _open(box: QMessageBox) -> None:
    """Open a message that stops nothing and goes when it is closed."""
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
