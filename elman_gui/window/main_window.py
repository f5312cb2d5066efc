"""MainWindow: layout and all connections."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QMessageBox,
    QStackedWidget,
    QWidget,
)

from elman_gui.actions import paint_actions
from elman_gui.controllers.recent_files import RecentFiles
from elman_gui.controllers.run_state import RunState
from elman_gui.theme import ThemeChoice, apply_theme, theme_for
from elman_gui.threads.job import end_jobs
from elman_gui.views.card import ViewCard
from elman_gui.window.layout import WindowLayout, put

if TYPE_CHECKING:
    from elman_core.experiment import Experiment
    from elman_gui.controllers.session import TrainingSession

__all__ = ["MainWindow"]

_ROOM_FOR_THREE_COLUMNS = 1140
_ROOM_FOR_FOUR_PLOTS = 700
_FOOT, _BESIDE_LOSS, _SCORES = 616, 350, 232
"""Widths below the plots, which share what there is."""


class MainWindow(WindowLayout):
    """Puts the views around one session, and connects them.

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
        self._is_filled = False
        self._name = ""
        self.recent = RecentFiles(settings)
        self.theme_choice = ThemeChoice(settings.value("theme", ThemeChoice.SYSTEM.value))
        self._apply_theme()
        self.restore_layout()
        for action in self.actions_by_name.values():
            action.setEnabled(False)

    # -- filling --------------------------------------------------------------------------------

    def fill(self, session: TrainingSession) -> Iterator[None]:
        """Build the views around a session, a piece at each step."""
        from elman_gui.window import parts  # here, so that the empty window need not wait for it

        self.session = session
        self.documents = parts.Documents(session, self.recent, self)
        theme = theme_for(self.theme_choice)
        paint_actions(self.actions_by_name, theme)
        yield
        self.transport = parts.TransportBar(self.actions_by_name)
        self._ground.replaceWidget(self._place_of_transport, self.transport)
        self._place_of_transport.deleteLater()
        self.notice = parts.NoticeBar()
        self._body.insertWidget(0, self.notice)
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
        put(self.left, self.columns, 0)
        yield
        self.fit = parts.FitPlot()
        self.next_symbol = parts.NextSymbolPlot()
        self.curves = QStackedWidget()
        self.curves.addWidget(self.fit)
        self.curves.addWidget(self.next_symbol)
        put(self.curves, self.plots, 0)
        yield
        self.errors = parts.ErrorPlot()
        put(self.errors, self.plots, 1)
        self.errors.hide()
        yield
        self.context = parts.ContextPlot()
        put(self.context, self.plots, 2)
        yield
        self.loss = parts.LossPlot()
        put(self.loss, self.foot, 0)
        self.scores = parts.ScoreCard()
        put(self.scores, self.foot, 1)
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
        put(self.inside, self.columns, 2)
        self.inspection = parts.InspectionController(session.experiment, session.undo_stack, self)
        plots = (self.fit, self.next_symbol, self.errors, self.context)
        self.selection = parts.LinkedSelection(
            session, self.inspection, self.inside, self.timeline, self.guide, plots, self.loss, self
        )
        yield
        for view in self._themed:
            view.set_theme(theme)
            yield
        self._last_used: ViewCard = self.fit
        self._connect()
        self._connect_inside()
        self._connect_actions()
        self._show_experiment(session.experiment)
        self._restore_speed()
        roomy = self.width() >= _ROOM_FOR_THREE_COLUMNS
        self.left.show_tab(str(self.settings.value("left", "Guide")))
        self.actions_by_name["inside"].setChecked(self.settings.value("inside", roomy, type=bool))
        self._fit_columns()
        self.setAcceptDrops(True)
        self.transport.train.setFocus()
        self._is_filled = True
        self.filled.emit()

    @property
    def _themed(self) -> tuple[Any, ...]:
        return (
            self.transport, self.notice, self.guide, self.fit, self.next_symbol, self.errors, self.context, self.loss,
            self.timeline,
            *self.inside.views,
        )  # fmt: skip

    def _restore_speed(self) -> None:
        with contextlib.suppress(TypeError, ValueError):  # not there, or no number
            self.transport.set_speed(float(self.settings.value("speed")))
        self.session.set_speed(self.transport.chosen_speed)

    def _keep_choices(self) -> None:
        self.settings.setValue("speed", self.session.speed)
        self.settings.setValue("left", self.left.shown)
        self.settings.setValue("inside", self.actions_by_name["inside"].isChecked())

    # -- connections ----------------------------------------------------------------------------

    def _connect(self) -> None:
        session, documents = self.session, self.documents
        self.transport.experiment_chosen.connect(documents.open_chosen)
        self.transport.speed_changed.connect(session.set_speed)
        self.transport.device_chosen.connect(self._choose_device)
        self.transport.seed_changed.connect(self._choose_seed)
        self.settings_panel.data_changed.connect(session.set_data)
        self.settings_panel.network_changed.connect(session.set_network)
        self.settings_panel.training_changed.connect(session.set_training)
        session.state_changed.connect(self._show_state)
        session.experiment_changed.connect(self._show_experiment)
        session.history_changed.connect(self.loss.show_history)
        session.progress_changed.connect(self.status.show_progress)
        session.scores_changed.connect(self.scores.show_scores)
        session.measures_changed.connect(self._show_measures)
        session.comparison_changed.connect(self.paper.show_others)
        self.paper.compare_wanted.connect(session.compare)
        session.devices_changed.connect(self.transport.show_devices)
        session.engine_changed.connect(self.status.show_engine)
        session.saved.connect(self._show_title)
        session.modified_changed.connect(self._show_title)
        session.undo_stack.indexChanged.connect(self._show_undo)
        session.undo_stack.cleanChanged.connect(self._show_undo)
        session.noticed.connect(self.notice.show_notice)
        session.problem.connect(self.show_problem)
        documents.noticed.connect(self.notice.show_notice)
        documents.problem.connect(self.show_problem)
        documents.closing_allowed.connect(self.close)
        self.recent_menu.aboutToShow.connect(self._fill_recent_menu)

    def _connect_inside(self) -> None:
        self.inspection.problem.connect(self.show_problem)
        self.inspection.viewing_changed.connect(self._show_actions)
        self.inspection.clamps_changed.connect(self._show_actions)
        self.selection.noticed.connect(self.notice.show_notice)
        self.inside.clusters.newick_wanted.connect(self._export_newick)
        self.guide.link_pressed.connect(self._follow_link)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._remember_used)
        for card in self._views:
            card.export_image_wanted.connect(self._export_image)
            card.export_data_wanted.connect(self._export_data)

    @property
    def _views(self) -> tuple[ViewCard, ...]:
        return (self.fit, self.next_symbol, self.errors, self.context, self.loss, *self.inside.views)

    def _connect_actions(self) -> None:
        session, documents = self.session, self.documents
        slots: dict[str, Callable[[], object]] = {
            "new": documents.open_sine,
            "new_text": documents.ask_for_text,
            "open": documents.ask_what_to_open,
            "open_sample": documents.open_sample,
            "open_sample_text": documents.open_sample_text,
            "save": documents.save,
            "save_as": documents.save_as,
            "predict": self._predict,
            "export_image": lambda: documents.ask_where_to_export_image(self._last_used),
            "export_data": lambda: documents.ask_where_to_export_data(self._last_used),
            "export_states": lambda: documents.ask_where_to_export_arrays("states", self.inspection.now),
            "export_weights": lambda: documents.ask_where_to_export_arrays("weights", self.inspection.now),
            "export_path": lambda: documents.ask_where_to_export_arrays("path", self.inspection.now),
            "quit": self.close,
            "undo": session.undo,
            "redo": session.redo,
            "copy": lambda: documents.copy_image(self._last_used),
            "lesion_context": self.selection.lesion_context,
            "release": self.selection.release,
            "train": session.train,
            "pause": session.pause,
            "step_time": session.step_time,
            "step_epoch": session.step_epoch,
            "stop": session.stop,
            "reset": session.reset,
            "reset_new_seed": session.reset_with_new_seed,
            "play_back": self.timeline.toggle_playing,
            "go_to_now": self.timeline.go_to_now,
            "branch": self.selection.branch,
            "compare": session.compare,
            "inside": self._fit_columns,
            "show_all": self._show_all,
            "numbers": self._show_numbers_or_symbols,
            "theme_system": lambda: self.set_theme(ThemeChoice.SYSTEM),
            "theme_light": lambda: self.set_theme(ThemeChoice.LIGHT),
            "theme_dark": lambda: self.set_theme(ThemeChoice.DARK),
            "fullscreen": self._toggle_full_screen,
            "help": self._show_help,
            "tour": self._show_tour,
            "shortcuts": self._show_shortcuts,
            "log": self._open_log,
            "about": self._show_about,
        }
        for name, slot in slots.items():
            action = self.actions_by_name[name]
            action.triggered.connect(lambda _checked=False, slot=slot: slot())
            action.setEnabled(True)
        self._show_undo()

    # -- showing --------------------------------------------------------------------------------

    @Slot(object)
    def _show_experiment(self, experiment: Experiment) -> None:
        dataset = experiment.dataset
        if experiment.name != self._name:  # what was said of another one is over
            self._name = experiment.name
            self.notice.hide()
        beyond = min(max(dataset.rows // 4, 20), 500)
        self.settings_panel.show_experiment(experiment, self.session.table)
        self.transport.show_experiment(experiment.name, experiment.training.seed)
        self.fit.show_dataset(dataset, beyond)
        self.next_symbol.show_dataset(dataset, beyond)
        self._show_numbers_or_symbols()
        self.errors.show_dataset(dataset, beyond)
        self._fit_plots()
        self.context.show_dataset(dataset, beyond, experiment.network.hidden, experiment.network.activation)
        self.loss.show_dataset(dataset, experiment.training.loss, experiment.training.epochs)
        self.loss.show_history(experiment.history)
        self.status.show_dataset(dataset)
        self.scores.show_dataset(dataset)
        self.guide.show_experiment(experiment)
        self.inside.show_experiment(experiment)
        self.selection.show_history(experiment.history)
        self._show_title()
        self._show_state(self.session.state)

    @Slot(object)
    def _show_state(self, state: RunState) -> None:
        self.transport.show_state(state)
        self.status.show_state(state)
        at_rest = self.session.is_at_rest
        self.settings_panel.set_editable(at_rest)
        for name in (
            "new",
            "new_text",
            "open",
            "open_sample",
            "open_sample_text",
            "train",
            "step_time",
            "step_epoch",
            "reset",
            "reset_new_seed",
        ):
            self.actions_by_name[name].setEnabled(at_rest)
        for name in ("save", "save_as"):
            self.actions_by_name[name].setEnabled(at_rest and self.session.is_trained)
        what = self.session.what_is_compared
        self.actions_by_name["compare"].setEnabled(at_rest and bool(what))
        self.paper.show_comparable(what, at_rest=at_rest)
        self.timeline.set_at_rest(at_rest)
        self._show_undo()
        self._show_actions()
        self.actions_by_name["pause"].setEnabled(state is RunState.RUNNING)
        self.actions_by_name["stop"].setEnabled(state in (RunState.RUNNING, RunState.PAUSED))
        self.recent_menu.setEnabled(at_rest)

    @Slot()
    def _show_title(self) -> None:
        session = self.session
        name = session.path.name if session.path is not None else session.experiment.name
        self.setWindowTitle(f"{name}[*] – Elman")
        self.setWindowModified(session.modified)

    @Slot(tuple)
    def _show_measures(self, measures: tuple[object, ...]) -> None:
        """Where there is a paper, its measures take the place of the forecaster's scores."""
        if measures or self.session.state is RunState.IDLE:
            self.paper.show_measures(measures)
            if self.scores.isHidden() is not bool(measures):
                self.scores.setVisible(not measures)
                self.foot.setSizes(
                    [_FOOT - _BESIDE_LOSS, 0, _BESIDE_LOSS] if measures else [_FOOT - _SCORES, _SCORES, 0]
                )

    @Slot()
    def _show_undo(self) -> None:
        stack, at_rest = self.session.undo_stack, self.session.is_at_rest
        for name, can, what in (
            ("undo", stack.canUndo(), stack.undoText()),
            ("redo", stack.canRedo(), stack.redoText()),
        ):
            action = self.actions_by_name[name]
            action.setEnabled(can and at_rest)
            action.setText(f"&{name.capitalize()} {what}".rstrip())

    @Slot()
    def _show_actions(self) -> None:
        names = self.actions_by_name
        names["branch"].setEnabled(self.inspection.viewing is not None and self.session.is_at_rest)
        names["go_to_now"].setEnabled(self.inspection.viewing is not None)
        names["release"].setEnabled(bool(self.inspection.clamps))

    # -- columns --------------------------------------------------------------------------------

    def _fit_columns(self) -> None:
        """In a narrow window the inside takes the place of guide and settings."""
        wanted = self.actions_by_name["inside"].isChecked()
        self.inside.setVisible(wanted)
        self.left.setVisible(not wanted or self.width() >= _ROOM_FOR_THREE_COLUMNS)

    def _fit_plots(self) -> None:
        """In a low window the errors along a text give their room to what was expected."""
        symbols = self.session.experiment.dataset.symbols is not None
        self.errors.setVisible(symbols and self.height() >= _ROOM_FOR_FOUR_PLOTS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many columns as there is room for."""
        super().resizeEvent(event)
        if self._is_filled:
            self._fit_columns()
            self._fit_plots()

    @Slot()
    def _show_numbers_or_symbols(self) -> None:
        """A text is shown as symbols, or as the numbers that stand for them; the other plots follow in time."""
        symbols = self.session.experiment.dataset.symbols is not None
        action = self.actions_by_name["numbers"]
        action.setEnabled(symbols)
        shown = self.next_symbol if symbols and not action.isChecked() else self.fit
        before = self.curves.currentWidget()
        if shown is not before and symbols:
            shown.plot.setXRange(*before.plot.getPlotItem().getViewBox().viewRange()[0], padding=0)
        self.curves.setCurrentWidget(shown)
        for plot in (self.errors.plot, self.context.plot):
            plot.setXLink(shown.plot)

    @Slot()
    def _show_all(self) -> None:
        self.fit.show_all()
        if self.next_symbol.isVisible():
            self.next_symbol.show_first_symbols()
        self.loss.show_all()

    @Slot(str)
    def show_problem(self, text: str) -> None:
        """Say what went wrong and what to do, in a dialog that stops nothing."""
        buttons = QMessageBox.StandardButton.Ok
        _open(QMessageBox(QMessageBox.Icon.Warning, "Elman", text, buttons, self))

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

    # -- theme ----------------------------------------------------------------------------------

    def set_theme(self, choice: ThemeChoice) -> None:
        """Use another theme from now on."""
        self.theme_choice = choice
        self.settings.setValue("theme", choice.value)
        self._apply_theme()
        theme = theme_for(choice)
        paint_actions(self.actions_by_name, theme)
        for view in self._themed:
            view.set_theme(theme)

    def _apply_theme(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_theme(application, theme_for(self.theme_choice))
        for choice in ThemeChoice:
            self.actions_by_name[f"theme_{choice.value}"].setChecked(choice is self.theme_choice)

    # -- small things ---------------------------------------------------------------------------

    def open_path(self, path: Path) -> None:
        """Open a model file or a table, beside the window."""
        self.documents.open_path(path)

    def _predict(self) -> None:
        self.documents.predict(theme_for(self.theme_choice))

    @Slot()
    def _export_image(self) -> None:
        self.documents.ask_where_to_export_image(self._sending_view())

    @Slot()
    def _export_data(self) -> None:
        self.documents.ask_where_to_export_data(self._sending_view())

    @Slot()
    def _export_newick(self) -> None:
        self.documents.ask_where_to_export_newick(self.inside.clusters.clusters)

    @Slot(QWidget, QWidget)
    def _remember_used(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Know which view has been used last."""
        while now is not None and not isinstance(now, ViewCard):
            now = now.parentWidget()
        if now in self._views:
            self._last_used = now

    def _sending_view(self) -> ViewCard:
        view = self.sender()
        return view if isinstance(view, ViewCard) else self._last_used

    @Slot(str)
    def _follow_link(self, link: str) -> None:
        """Do what a link of a page says."""
        kind, _, what = link.partition(":")
        match kind:
            case "do":
                self.actions_by_name[what].trigger()
            case "cursor":
                self.selection.move_cursor(int(what))
            case "view":
                if not self.actions_by_name["inside"].isChecked():
                    self.actions_by_name["inside"].trigger()
                self.inside.show_view(what)

    def _show_tour(self) -> None:
        """Go through the window in three steps."""
        from elman_gui.window.tour import Tour, stops

        if not self.actions_by_name["inside"].isChecked():
            self.actions_by_name["inside"].trigger()
        tour = Tour(stops(self.transport.train, self.plots, self.inside), self)
        tour.ended.connect(lambda: self.settings.setValue("tour/seen", True))
        tour.begin(theme_for(self.theme_choice))

    def show_tour_once(self) -> None:
        """Show the tour to who has not seen it."""
        if not self.settings.value("tour/seen", False, type=bool):
            self._show_tour()

    @Slot()
    def _fill_recent_menu(self) -> None:
        self.recent_menu.clear()
        for path in self.recent.paths():
            action = self.recent_menu.addAction(path.name)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, path=path: self.open_path(path))
        if self.recent_menu.isEmpty():
            self.recent_menu.addAction("No files yet").setEnabled(False)

    @Slot(str)
    def _choose_device(self, device: str) -> None:
        self.session.set_device(device)
        self.status.show_device(self.transport.devices.currentText())

    @Slot(int)
    def _choose_seed(self, seed: int) -> None:
        self.session.set_training(self.session.experiment.training.replace(seed=seed))

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _open_log(self) -> None:
        if self._log_file is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log_file)))
            self.notice.show_notice(f"The log is {self._log_file}")

    # -- Qt's own -------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
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
            self.keep_layout()
            self._keep_choices()
            self.inspection.shut_down()
            self.session.shut_down()
        event.accept()
        QGuiApplication.quit()


def _open(box: QMessageBox) -> None:
    """Open a message that stops nothing and goes when it is closed."""
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
