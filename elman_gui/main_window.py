"""MainWindow: layout and all connections."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, Qt, QUrl, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QMainWindow,
    QMessageBox,
    QProgressDialog,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from elman_core.config import DataConfig
from elman_core.data.table import Table
from elman_core.experiment import Experiment
from elman_core.job import Job
from elman_core.resources import resource
from elman_gui.actions import fill_menu_bar, make_actions, paint_actions
from elman_gui.dialogs.help import about_text, getting_started_text, shortcuts_text
from elman_gui.dialogs.import_dialog import ImportDialog, TableRead, read_for_import
from elman_gui.dialogs.predict_dialog import PredictDialog
from elman_gui.export import image_job, table_job
from elman_gui.jobs import JobThread
from elman_gui.panels.notice_bar import NoticeBar
from elman_gui.panels.run_status import RunStatus
from elman_gui.panels.score_card import ScoreCard
from elman_gui.panels.settings_panel import SettingsPanel
from elman_gui.panels.transport_bar import TransportBar
from elman_gui.plots.card import PlotCard
from elman_gui.plots.context_plot import ContextPlot
from elman_gui.plots.fit_plot import FitPlot
from elman_gui.plots.loss_plot import LossPlot
from elman_gui.recent_files import RecentFiles
from elman_gui.session import RunState, TrainingSession, load_built_in, load_model_file, load_table, sentence
from elman_gui.theme import ThemeChoice, apply_theme, theme_for

__all__ = ["MainWindow"]

_log = logging.getLogger(__name__)

MODEL_SUFFIX = ".safetensors"
_OPENED = "Models and tables (*.safetensors *.csv *.tsv *.txt);;All files (*)"
_MODELS = "Model files (*.safetensors)"
_PICTURES = "PNG picture (*.png);;SVG picture (*.svg)"
_TABLES = "CSV files (*.csv)"


class MainWindow(QMainWindow):
    """Puts the views around one session, and connects them."""

    def __init__(self, session: TrainingSession, settings: QSettings, log_file: Path | None = None) -> None:
        super().__init__()
        self.session = session
        self._settings = settings
        self._log_file = log_file
        self._leaving = False
        self._after_saving: Callable[[], object] | None = None
        self._dialogs: list[QWidget] = []
        self.recent = RecentFiles(settings)
        self.theme_choice = ThemeChoice(settings.value("theme", ThemeChoice.SYSTEM.value))
        self._build()
        self._connect()
        self._apply_theme()
        self._show_experiment(session.experiment)
        self._restore_layout()
        self.setAcceptDrops(True)
        self.transport.train.setFocus()

    # -- building -------------------------------------------------------------------------------

    def _build(self) -> None:
        self.actions_by_name = make_actions(self)
        self.menus = fill_menu_bar(self.menuBar(), self.actions_by_name)
        self.recent_menu = self.menus["&File"].addMenu("Open &Recent")
        self.menus["&File"].insertMenu(self.actions_by_name["open_sample"], self.recent_menu)
        self.transport = TransportBar(self.actions_by_name)
        self.notice = NoticeBar()
        self.settings_panel = SettingsPanel(self.session.experiment, self.session.table)
        self.fit = FitPlot()
        self.context = ContextPlot()
        self.loss = LossPlot()
        self.scores = ScoreCard()
        self.context.plot.setXLink(self.fit.plot)
        self.status = RunStatus()
        self.setStatusBar(self.status)
        self.foot = _splitter(Qt.Orientation.Horizontal, [(self.loss, 3), (self.scores, 1)])
        self.plots = _splitter(Qt.Orientation.Vertical, [(self.fit, 9), (self.context, 5), (self.foot, 7)])
        self.columns = _splitter(Qt.Orientation.Horizontal, [(self.settings_panel, 0), (self.plots, 1)])
        self.settings_panel.setMinimumWidth(230)
        self.columns.setSizes([272, 1000])
        body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(12, 12, 12, 12)
        inner.setSpacing(8)
        inner.addWidget(self.notice)
        inner.addWidget(self.columns, 1)
        outer = QVBoxLayout()
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.transport)
        outer.addWidget(body, 1)
        ground = QWidget()
        ground.setLayout(outer)
        self.setCentralWidget(ground)
        self.setMinimumSize(900, 560)
        self.resize(1280, 800)

    def _restore_layout(self) -> None:
        for name, restore in (
            ("geometry", self.restoreGeometry),
            ("columns", self.columns.restoreState),
            ("plots", self.plots.restoreState),
            ("foot", self.foot.restoreState),
        ):
            state = self._settings.value(f"layout/{name}")
            if isinstance(state, QByteArray):
                restore(state)
        with contextlib.suppress(TypeError, ValueError):  # not there, or no number
            self.transport.set_speed(float(self._settings.value("speed")))
        self.session.set_speed(self.transport.chosen_speed)

    def _keep_layout(self) -> None:
        self._settings.setValue("layout/geometry", self.saveGeometry())
        for name in ("columns", "plots", "foot"):
            self._settings.setValue(f"layout/{name}", getattr(self, name).saveState())
        self._settings.setValue("speed", self.session.speed)

    # -- connections ----------------------------------------------------------------------------

    def _connect(self) -> None:
        session = self.session
        self._connect_actions()
        self.transport.experiment_chosen.connect(self._choose_experiment)
        self.transport.speed_changed.connect(session.set_speed)
        self.transport.device_chosen.connect(self._choose_device)
        self.transport.seed_changed.connect(self._choose_seed)
        self.settings_panel.data_changed.connect(session.set_data)
        self.settings_panel.network_changed.connect(session.set_network)
        self.settings_panel.training_changed.connect(session.set_training)
        session.state_changed.connect(self._show_state)
        session.experiment_changed.connect(self._show_experiment)
        session.history_changed.connect(self.loss.show_history)
        session.snapshot_changed.connect(self.fit.show_snapshot)
        session.snapshot_changed.connect(self.context.show_snapshot)
        session.progress_changed.connect(self.status.show_progress)
        session.scores_changed.connect(self.scores.show_scores)
        session.devices_changed.connect(self.transport.show_devices)
        session.engine_changed.connect(self.status.show_engine)
        session.saved.connect(self._note_saved)
        session.modified_changed.connect(self._show_title)
        session.undo_changed.connect(self.actions_by_name["undo_reset"].setEnabled)
        session.job_started.connect(self._show_job)
        session.noticed.connect(self.notice.show_notice)
        session.problem.connect(self.show_problem)
        self.fit.cursor_moved.connect(self._move_cursor)
        self.context.cursor_moved.connect(self._move_cursor)
        self.recent_menu.aboutToShow.connect(self._fill_recent_menu)
        for card in (self.fit, self.context, self.loss):
            card.export_image_wanted.connect(self._export_image)
            card.export_data_wanted.connect(self._export_data)

    def _connect_actions(self) -> None:
        session = self.session
        slots: dict[str, Callable[[], object]] = {
            "new": self._new,
            "open": self._ask_what_to_open,
            "open_sample": self._open_sample,
            "save": self._save,
            "save_as": self._save_as,
            "predict": self.show_predict_dialog,
            "export_fit_image": self.fit.export_image_wanted.emit,
            "export_context_image": self.context.export_image_wanted.emit,
            "export_loss_image": self.loss.export_image_wanted.emit,
            "export_fit_data": self.fit.export_data_wanted.emit,
            "export_context_data": self.context.export_data_wanted.emit,
            "export_loss_data": self.loss.export_data_wanted.emit,
            "quit": self.close,
            "undo_reset": session.undo_reset,
            "train": session.train,
            "pause": session.pause,
            "step_time": session.step_time,
            "step_epoch": session.step_epoch,
            "stop": session.stop,
            "reset": session.reset,
            "reset_new_seed": session.reset_with_new_seed,
            "show_all": self._show_all,
            "theme_system": lambda: self.set_theme(ThemeChoice.SYSTEM),
            "theme_light": lambda: self.set_theme(ThemeChoice.LIGHT),
            "theme_dark": lambda: self.set_theme(ThemeChoice.DARK),
            "fullscreen": self._toggle_full_screen,
            "help": lambda: self._show_text("Getting Started", getting_started_text()),
            "shortcuts": lambda: self._show_text("Keyboard Shortcuts", shortcuts_text()),
            "log": self._open_log,
            "about": lambda: self._show_text("About Elman", about_text()),
        }
        for name, slot in slots.items():
            self.actions_by_name[name].triggered.connect(lambda _checked=False, slot=slot: slot())
        self.actions_by_name["undo_reset"].setEnabled(False)

    # -- showing --------------------------------------------------------------------------------

    @Slot(object)
    def _show_experiment(self, experiment: Experiment) -> None:
        dataset = experiment.dataset
        beyond = min(max(dataset.rows // 4, 20), 500)
        self.settings_panel.show_experiment(experiment, self.session.table)
        self.transport.show_experiment(experiment.name, experiment.training.seed)
        self.fit.show_dataset(dataset, beyond)
        self.context.show_dataset(dataset, beyond, experiment.network.hidden, experiment.network.activation)
        self.loss.show_dataset(dataset, experiment.training.loss, experiment.training.epochs)
        self.loss.show_history(experiment.history)
        self.status.show_dataset(dataset)
        self._show_title()
        self._show_state(self.session.state)

    @Slot(object)
    def _show_state(self, state: RunState) -> None:
        self.transport.show_state(state)
        self.status.show_state(state)
        at_rest = self.session.is_at_rest
        self.settings_panel.set_editable(at_rest)
        for name in ("new", "open", "open_sample", "train", "step_time", "step_epoch", "reset", "reset_new_seed"):
            self.actions_by_name[name].setEnabled(at_rest)
        for name in ("save", "save_as"):
            self.actions_by_name[name].setEnabled(at_rest and self.session.is_trained)
        self.actions_by_name["pause"].setEnabled(state is RunState.RUNNING)
        self.actions_by_name["stop"].setEnabled(state in (RunState.RUNNING, RunState.PAUSED))
        self.recent_menu.setEnabled(at_rest)
        if self._after_saving is not None and at_rest:
            self._save()

    @Slot()
    def _show_title(self) -> None:
        session = self.session
        name = session.path.name if session.path is not None else session.experiment.name
        self.setWindowTitle(f"{name}[*] – Elman")
        self.setWindowModified(session.modified)

    @Slot(int)
    def _move_cursor(self, row: int) -> None:
        self.fit.show_cursor(row)
        self.context.show_cursor(row)

    @Slot()
    def _show_all(self) -> None:
        self.fit.show_all()
        self.loss.plot.autoRange()

    @Slot(str)
    def show_problem(self, text: str) -> None:
        """Say what went wrong and what to do, in a dialog that stops nothing."""
        self._after_saving = None  # a window with something to read stays as it is
        box = QMessageBox(QMessageBox.Icon.Warning, "Elman", text, QMessageBox.StandardButton.Ok, self)
        self._keep(box)
        box.open()

    def _show_text(self, title: str, text: str) -> None:
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, text, QMessageBox.StandardButton.Close, self)
        box.setTextFormat(Qt.TextFormat.RichText)
        self._keep(box)
        box.open()

    def _keep(self, dialog: QWidget) -> None:
        """Keep a reference while the dialog is open, and no longer."""
        self._dialogs = [kept for kept in self._dialogs if kept.isVisible()]
        self._dialogs.append(dialog)

    @Slot(object, str)
    def _show_job(self, job: JobThread, what: str) -> None:
        """Show progress, with a way to cancel, once a job takes noticeably long."""
        dialog = QProgressDialog(f"{what}…", "Cancel", 0, 1000, self)
        dialog.setWindowTitle("Elman")
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.setMinimumDuration(500)
        dialog.setAutoReset(False)
        dialog.setValue(0)
        dialog.canceled.connect(job.cancel)
        job.progressed.connect(lambda share: dialog.setValue(round(999 * share)))
        job.finished.connect(dialog.close)
        job.finished.connect(dialog.deleteLater)

    # -- theme ----------------------------------------------------------------------------------

    def set_theme(self, choice: ThemeChoice) -> None:
        """Use another theme from now on."""
        self.theme_choice = choice
        self._settings.setValue("theme", choice.value)
        self._apply_theme()

    def _apply_theme(self) -> None:
        theme = theme_for(self.theme_choice)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_theme(application, theme)
        paint_actions(self.actions_by_name, theme)
        for view in (self.transport, self.notice, self.fit, self.context, self.loss):
            view.set_theme(theme)
        for choice in ThemeChoice:
            self.actions_by_name[f"theme_{choice.value}"].setChecked(choice is self.theme_choice)

    # -- opening --------------------------------------------------------------------------------

    def open_path(self, path: Path) -> None:
        """Open a model file or a table, beside the window."""
        if not self.session.is_at_rest:
            self.notice.show_notice("Stop the training first; then open a file.")
            return
        if path.suffix.lower() == MODEL_SUFFIX:
            self._leave_experiment(lambda: self._start_opening(load_model_file, path))
            return
        job = JobThread(lambda: read_for_import(path), self)
        job.succeeded.connect(lambda read: self.show_import_dialog(path, read))
        job.failed.connect(self._show_failure)
        self._show_job(job, f"Reading {path.name}")
        job.finished.connect(job.deleteLater)
        job.start()

    def show_import_dialog(self, path: Path, read: TableRead) -> None:
        """Let the person look at what was read."""
        self.import_dialog = ImportDialog(path, read, self)
        self.import_dialog.chosen.connect(self._take_table)
        self.import_dialog.open()

    @Slot(object, object)
    def _take_table(self, table: Table, data: DataConfig) -> None:
        if table.source.path:
            self.recent.add(Path(table.source.path))
        self._leave_experiment(lambda: self._open_job(lambda: load_table(table, data), f"Opening {table.name}"))

    def _start_opening(self, load: Callable[[Path], Job[Any]], path: Path) -> None:
        self.recent.add(path)
        self._open_job(lambda: load(path), f"Opening {path.name}")

    def _open_job(self, make_job: Callable[[], Job[Any]], what: str) -> None:
        self.session.open(JobThread(make_job, self), what)

    @Slot(str)
    def _choose_experiment(self, name: str) -> None:
        if name == "":
            self._ask_what_to_open()
        else:
            self._leave_experiment(lambda: self._open_job(lambda: load_built_in(name), "Opening"))

    def _new(self) -> None:
        self._choose_experiment("sine")

    def _open_sample(self) -> None:
        self.open_path(resource("data/co2.csv"))

    def _ask_what_to_open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open", self._folder(), _OPENED)
        if path:
            self.open_path(Path(path))

    def _fill_recent_menu(self) -> None:
        self.recent_menu.clear()
        for path in self.recent.paths():
            action = self.recent_menu.addAction(path.name)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, path=path: self.open_path(path))
        if self.recent_menu.isEmpty():
            self.recent_menu.addAction("No files yet").setEnabled(False)

    def _leave_experiment(self, go_on: Callable[[], object]) -> None:
        """Ask about unsaved training before another experiment takes its place."""
        if not self.session.modified:
            go_on()
            return
        buttons = QMessageBox.StandardButton
        box = QMessageBox(
            QMessageBox.Icon.Question,
            "Elman",
            f"The training of '{self.session.experiment.name}' is not saved.",
            buttons.Save | buttons.Discard | buttons.Cancel,
            self,
        )
        box.setInformativeText("Save the network first, or discard what it learned?")
        self.leave_question = box
        self._keep(box)

        def answer(button: int) -> None:
            if button == buttons.Discard:
                go_on()
            elif button == buttons.Save:
                self._after_saving = go_on
                self._save()

        box.finished.connect(answer)
        box.open()

    # -- saving ---------------------------------------------------------------------------------

    def _save(self) -> None:
        if self.session.path is None:
            self._save_as()
        else:
            self.session.save(self.session.path)

    def _save_as(self) -> None:
        proposed = str(Path(self._folder()) / f"{self.session.experiment.name}{MODEL_SUFFIX}")
        path, _ = QFileDialog.getSaveFileName(self, "Save Model", proposed, _MODELS)
        if path:
            self.session.save(Path(path) if Path(path).suffix == MODEL_SUFFIX else Path(f"{path}{MODEL_SUFFIX}"))
        else:
            self._after_saving = None

    @Slot(object)
    def _note_saved(self, path: Path) -> None:
        self.recent.add(path)
        self._show_title()
        self.notice.show_notice(f"Saved as {path}")
        if self._after_saving is not None:
            go_on, self._after_saving = self._after_saving, None
            go_on()

    def _folder(self) -> str:
        paths = self.recent.paths()
        return str(paths[0].parent if paths else Path.home())

    # -- exporting and predicting ---------------------------------------------------------------

    @Slot()
    def _export_image(self) -> None:
        card = self._sending_card()
        path = self._ask_where(card, ".png", _PICTURES)
        if path is not None:
            self.export_image(card, path)

    @Slot()
    def _export_data(self) -> None:
        card = self._sending_card()
        path = self._ask_where(card, ".csv", _TABLES)
        if path is not None:
            self.export_data(card, path)

    def export_image(self, card: PlotCard, path: Path) -> None:
        """Write a plot as PNG or SVG."""
        try:
            job = image_job(card, path)
        except Exception as error:
            self._show_failure(error)
            return
        self._start_export(job, path)

    def export_data(self, card: PlotCard, path: Path) -> None:
        """Write a plot's numbers as CSV."""
        self._start_export(table_job(card.data(), path), path)

    def _start_export(self, job: Job[Path], path: Path) -> None:
        thread = JobThread(lambda: job, self)
        thread.succeeded.connect(lambda written: self.notice.show_notice(f"Saved as {written}"))
        thread.failed.connect(self._show_failure)
        thread.finished.connect(thread.deleteLater)
        self._show_job(thread, f"Writing {path.name}")
        thread.start()

    def _sending_card(self) -> PlotCard:
        card = self.sender()
        return card if isinstance(card, PlotCard) else self.fit

    def _ask_where(self, card: PlotCard, suffix: str, kinds: str) -> Path | None:
        title = card.title.text().lower().replace(" ", "-")
        proposed = str(Path(self._folder()) / f"{self.session.experiment.name}-{title}{suffix}")
        path, chosen = QFileDialog.getSaveFileName(self, f"Save {card.title.text()}", proposed, kinds)
        if not path:
            return None
        if not Path(path).suffix:
            path += ".svg" if "svg" in chosen else suffix
        return Path(path)

    @Slot()
    def show_predict_dialog(self) -> None:
        """Open the window for forecasts."""
        self.predict_dialog = PredictDialog(self.session.experiment, theme_for(self.theme_choice), self)
        self.predict_dialog.show()

    @Slot(object)
    def _show_failure(self, error: Exception) -> None:
        self.show_problem(sentence(error))

    # -- small things ---------------------------------------------------------------------------

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
        if self.session.modified and not self._leaving:
            event.ignore()
            self._ask_before_closing()
            return
        self._keep_layout()
        self._end_work()
        self.session.shut_down()
        event.accept()
        QGuiApplication.quit()

    def _end_work(self) -> None:
        """Close what was opened, and end the threads beside the window: Qt aborts where one outlives its owner."""
        for dialog in self.findChildren(QDialog):
            dialog.close()
        for job in self.findChildren(JobThread):
            job.cancel()
            job.wait()

    def _ask_before_closing(self) -> None:
        buttons = QMessageBox.StandardButton
        running = not self.session.is_at_rest
        text = "Training is running, and what it learned is not saved." if running else "The training is not saved."
        box = QMessageBox(
            QMessageBox.Icon.Question, "Elman", text, buttons.Save | buttons.Discard | buttons.Cancel, self
        )
        box.setInformativeText("Save the network before closing?")
        self.close_question = box
        self._keep(box)

        def answer(button: int) -> None:
            if button == buttons.Discard:
                self._leaving = True
                self.close()
            elif button == buttons.Save:
                self._after_saving = self.close
                if self.session.is_at_rest:
                    self._save()
                else:
                    self.session.stop()

        box.finished.connect(answer)
        box.open()


def _splitter(orientation: Qt.Orientation, parts: list[tuple[QWidget, int]]) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(12 if orientation is Qt.Orientation.Horizontal else 8)
    splitter.setChildrenCollapsible(False)
    for index, (widget, stretch) in enumerate(parts):
        splitter.addWidget(widget)
        splitter.setStretchFactor(index, stretch)
    return splitter
