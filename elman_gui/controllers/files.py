"""Documents: opening, saving and exporting, and asking before anything unsaved is left."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from elman_core.analysis.types import Clusters
from elman_core.config import DataConfig, Loss, Output
from elman_core.data.kind import DataKind
from elman_core.data.table import Table, TableFormat
from elman_core.experiment import Run
from elman_core.experiments.factory import is_text
from elman_core.export.arrays import export_arrays, write_newick
from elman_core.export.stamp import Stamp
from elman_core.support.error_log import log_error
from elman_core.support.jobs import Job
from elman_core.support.resources import resource
from elman_core.training.events import Snapshot
from elman_gui.controllers.loading import (
    DataMissing,
    SymbolSource,
    load_built_in,
    load_model_file,
    load_table,
    load_without_data,
    plan_anew,
)
from elman_gui.controllers.recent_files import RecentFiles
from elman_gui.controllers.session import TrainingSession
from elman_gui.dialogs.continue_dialog import ContinueDialog
from elman_gui.dialogs.import_dialog import ImportDialog
from elman_gui.dialogs.job_progress import JobProgress
from elman_gui.dialogs.picture_dialog import PictureDialog
from elman_gui.dialogs.predict_dialog import PredictDialog
from elman_gui.dialogs.save_dialog import SaveDialog
from elman_gui.dialogs.symbol_dialog import SymbolDialog
from elman_gui.dialogs.table_read import TableRead, read_for_import
from elman_gui.messages import as_sentence, sentence
from elman_gui.notices import Ending, Notice
from elman_gui.plain_text import message_box
from elman_gui.theme import LIGHT, Theme
from elman_gui.threads.job import JobThread
from elman_gui.views.export import image, image_job, stamped, table_job
from elman_gui.views.view_card import ViewCard

__all__ = ["Documents"]

_MODEL_SUFFIX = ".safetensors"
_OPENED = "Models, tables and texts (*.safetensors *.csv *.tsv *.xlsx *.parquet *.txt *.md);;All files (*)"
_MODELS = "Model files (*.safetensors)"
_DATA = "Tables and texts (*.csv *.tsv *.xlsx *.parquet *.txt *.md);;All files (*)"
_PICTURES = "PNG picture (*.png);;SVG picture (*.svg);;PDF file (*.pdf)"
_TREES = "Newick trees (*.nwk)"
_ARRAYS = "NumPy arrays (*.npz);;CSV files (*.csv)"
_TABLES = "CSV files (*.csv)"
_BUTTONS = QMessageBox.StandardButton
_log = logging.getLogger(__name__)


class Documents(QObject):
    """Moves experiments between files and the session, with the dialogs that belong to it.

    Signals
    -------
    noticed(Notice)
        A sentence worth reading.
    problem(str)
        A sentence about what went wrong.
    closing_allowed()
        Nothing unsaved holds the window open any more.
    """

    noticed = Signal(object)
    problem = Signal(str)
    closing_allowed = Signal()

    def __init__(self, session: TrainingSession, recent: RecentFiles, window: QWidget) -> None:
        super().__init__(window)
        self.recent = recent
        self._session = session
        self._window = window
        self._after_saving: Callable[[], object] | None = None
        self._instead: Callable[[], object] | None = None
        self._saves_at_rest = False
        self._closing = False
        session.saved.connect(self._on_saved)
        session.run.state_changed.connect(self._on_state)
        session.run.problem.connect(self._stay)
        session.jobs.problem.connect(self._stay)
        session.jobs.started.connect(self._show_progress)
        session.data_missing.connect(self._ask_for_data)

    # -- opening --------------------------------------------------------------------------------

    def open_path(self, path: Path) -> None:
        """Open a model file or a table, beside the window."""
        if not self._session.is_at_rest:
            self.noticed.emit(Notice("Stop the training first; then open a file.", frozenset({Ending.REST})))
        elif path.suffix.lower() == _MODEL_SUFFIX:
            self._leave_experiment(lambda: self._open_model(path))
        else:
            self._start(JobThread(lambda: _look_into(path), self), f"Reading {path.name}", self._show_what_it_is)

    @Slot(str)
    def open_chosen(self, name: str) -> None:
        """Begin a built-in experiment, or let the person choose a file where the name is empty."""
        if name:
            self.open_built_in(name)
        else:
            self.ask_what_to_open()

    def open_sine(self) -> None:
        """Begin the tutorial's sine afresh."""
        self.open_built_in("sine")

    def open_built_in(self, name: str) -> None:
        """Begin a built-in experiment."""
        self._leave_experiment(lambda: self._open(lambda: load_built_in(name), "Opening"))

    def open_sample(self) -> None:
        """Import the CSV that comes with the program."""
        self.open_path(resource("data/co2.csv"))

    def open_sample_text(self) -> None:
        """Take the text that comes with the program apart."""
        self.open_path(resource("data/sentences.txt"))

    def ask_what_to_open(self) -> None:
        """Let the person choose a file."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Open", self._folder(), _OPENED)
        if path:
            self.open_path(Path(path))

    @Slot(object)
    def _show_what_it_is(self, read: TableRead | Path) -> None:
        if isinstance(read, Path):
            self._show_symbol_dialog(SymbolSource(path=read))
        else:
            self.show_import_dialog(read)

    @Slot(object)
    def show_import_dialog(self, read: TableRead) -> None:
        """Let the person look at what was read."""
        dialog = ImportDialog(read, self._window)
        dialog.chosen.connect(self._on_table)
        dialog.symbols_wanted.connect(self._show_symbols_of_column)
        dialog.open()

    def ask_for_text(self) -> None:
        """Let the person type or paste a text."""
        self._show_symbol_dialog(SymbolSource())

    @Slot(object, object, object)
    def _show_symbols_of_column(self, path: Path, table_format: TableFormat, columns: tuple[str, ...]) -> None:
        self._show_symbol_dialog(SymbolSource(path=path, table_format=table_format), columns)

    def _show_symbol_dialog(self, given: SymbolSource, columns: tuple[str, ...] = ()) -> None:
        dialog = SymbolDialog(given, columns, self._window)
        dialog.chosen.connect(self._on_symbols)
        dialog.open()

    @Slot(object, object, object)
    def _on_symbols(self, table: Table, output: Output, loss: Loss) -> None:
        if table.source.path:
            self.recent.add(Path(table.source.path))
        network, training = {"output": output}, {"loss": loss}
        what = f"Opening {table.name}"
        dialog = self.sender()
        assert isinstance(dialog, SymbolDialog)

        def go_on() -> None:
            dialog.accept()
            self._open(lambda: load_table(table, DataConfig(), network, training), what)

        self._leave_experiment(go_on, dialog.open)  # what was typed into it must not be lost

    @Slot(object, object)
    def _on_table(self, table: Table, data: DataConfig) -> None:
        if table.source.path:
            self.recent.add(Path(table.source.path))
        name = Path(table.name).stem
        self._leave_experiment(lambda: self._open(lambda: plan_anew(name, table, data), f"Opening {table.name}"))

    def _open_model(self, path: Path) -> None:
        self.recent.add(path)
        self._open(lambda: load_model_file(path), f"Opening {path.name}")

    @Slot(object)
    def _ask_for_data(self, missing: DataMissing) -> None:
        """Let the person locate the data of a model, or open the model without them."""
        beside = f"Nor is a file of that name beside {missing.path.name}."
        words = as_sentence(missing.sentence)
        box = message_box(QMessageBox.Icon.Question, words, _BUTTONS.Cancel, self._window, beside)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        locate = box.addButton("Locate the Data…", QMessageBox.ButtonRole.AcceptRole)
        alone = box.addButton("Open Without the Data", QMessageBox.ButtonRole.ActionRole)
        alone.setEnabled(missing.keeps_last_rows)
        alone.setToolTip("With the last rows, which the model file keeps: to predict beyond them, not to train on")

        def answer() -> None:
            chosen = box.clickedButton()
            if chosen is locate:
                self._locate_data(missing.path)
            elif chosen is alone:
                self._open(lambda: load_without_data(missing.path), f"Opening {missing.path.name}")

        box.finished.connect(answer)
        box.open()

    def _locate_data(self, model: Path) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, "Locate the Data", str(model.parent), _DATA)
        if name:
            self._open(lambda: load_model_file(model, Path(name)), f"Opening {model.name}")

    def _open(self, make_job: Callable[[], Job[Any]], what: str) -> None:
        self._session.open(JobThread(make_job, self), what)

    # -- leaving --------------------------------------------------------------------------------

    def may_close(self) -> bool:
        """Return whether the window may close now; if not, ask, and emit `closing_allowed` when it may."""
        if self._closing or not self._session.is_modified:
            return True
        running = not self._session.is_at_rest
        text = "Training is running, and what it learned is not saved." if running else "The training is not saved."
        self._ask(text, "Save the network before closing?", self.allow_closing)
        return False

    def leave(self, go_on: Callable[[], object], instead: Callable[[], object]) -> None:
        """Go on to another experiment once what is open is saved or discarded; do `instead` where it is to stay."""
        self._leave_experiment(go_on, instead)

    def allow_closing(self) -> None:
        """Let the window close, whatever is not saved."""
        self._closing = True
        self.closing_allowed.emit()

    def _leave_experiment(self, go_on: Callable[[], object], instead: Callable[[], object] | None = None) -> None:
        """Ask about unsaved training before another experiment takes its place; do `instead` where it may not."""
        if not self._session.is_modified or self._session.is_soon_had_again:
            go_on()
            return
        text = f"The training of '{self._session.experiment.name}' is not saved."
        self._ask(text, "Save the network first, or discard what it learned?", go_on, instead)

    def _ask(
        self, text: str, question: str, go_on: Callable[[], object], instead: Callable[[], object] | None = None
    ) -> None:
        """Ask whether to save; go on after that, or at once where it is to be discarded."""
        buttons = _BUTTONS.Save | _BUTTONS.Discard | _BUTTONS.Cancel
        box = message_box(QMessageBox.Icon.Question, text, buttons, self._window, question)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def answer(button: int) -> None:
            self._after_saving, self._instead = go_on, instead
            if button == _BUTTONS.Discard:
                self._go_on()
            elif button != _BUTTONS.Save:
                self._stay()
            elif self._session.is_at_rest:
                self.save()
            else:
                self._saves_at_rest = True
                self._session.run.stop()

        box.finished.connect(answer)
        box.open()

    @Slot()
    def _on_state(self) -> None:
        if self._saves_at_rest and self._session.is_at_rest:
            self._saves_at_rest = False
            self.save()

    @Slot()
    def _stay(self) -> None:
        """A window with something to read stays as it is."""
        instead, self._after_saving, self._instead = self._instead, None, None
        self._saves_at_rest = False
        if instead is not None:
            instead()

    def _go_on(self) -> None:
        go_on, self._after_saving, self._instead = self._after_saving, None, None
        if go_on is not None:
            go_on()

    # -- saving and taking out ------------------------------------------------------------------

    def save(self) -> None:
        """Save under the name it has, or ask for one."""
        if self._session.path is None:
            self.save_as()
        else:
            self._session.save(self._session.path)

    def save_as(self) -> None:
        """Ask for a name, and save."""
        path = self._ask_for_model_path(self._session.experiment.name)
        if path is not None:
            self._session.save(path)
        else:
            self._stay()

    def save_member_as(self) -> None:
        """Ask for a name, and save the network that is looked at alone."""
        path = self._ask_for_model_path(f"{self._session.experiment.name}-{self._session.document.member + 1}")
        if path is not None:
            self._session.save_member(path)

    def _ask_for_model_path(self, name: str) -> Path | None:
        proposed = str(Path(self._folder()) / f"{name}{_MODEL_SUFFIX}")
        path, _ = SaveDialog.ask(self._window, "Save Model", proposed, _MODELS)
        if not path:
            return None
        return Path(path) if Path(path).suffix == _MODEL_SUFFIX else Path(f"{path}{_MODEL_SUFFIX}")

    def ask_where_to_export_image(self, card: ViewCard) -> None:
        """Ask for a size and colours, then for a name, and write the picture."""
        dialog = PictureDialog(card.title.text(), card.picture.size(), self._window)
        dialog.save_chosen.connect(lambda size, theme: self._ask_where_to_export_image(card, size, theme))
        dialog.copy_chosen.connect(lambda size, theme: self.copy_image(card, size, theme))
        dialog.open()

    def _ask_where_to_export_image(self, card: ViewCard, size: QSize, theme: Theme | None) -> None:
        path = self._ask_where(card.title.text(), ".png", _PICTURES)
        if path is not None:
            self.export_image(card, path, size, theme)

    def ask_where_to_export_data(self, card: ViewCard, stamp: Stamp | None = None) -> None:
        """Ask for a name, and write the view's numbers, with the network that they are of."""
        path = self._ask_where(card.title.text(), ".csv", _TABLES)
        if path is not None:
            self.export_data(card, path, stamp)

    def export_image(self, card: ViewCard, path: Path, size: QSize | None = None, theme: Theme | None = LIGHT) -> None:
        """Write a view as PNG, SVG or PDF, light unless another theme is asked for; None is the window's."""
        try:
            job = image_job(card, path, size, theme)
        except Exception as error:
            log_error(_log, "a picture failed", error)
            self._on_failure(error)
            return
        self._start(JobThread(lambda: job, self), f"Writing {path.name}", self._on_written)

    def copy_image(self, card: ViewCard, size: QSize | None = None, theme: Theme | None = LIGHT) -> None:
        """Put a view on the clipboard as a picture."""
        QGuiApplication.clipboard().setImage(image(card, size or card.picture.size() * 2, theme))
        self.noticed.emit(Notice(f"The picture is on the clipboard: {card.title.text()}."))

    def ask_where_to_export_newick(self, clusters: Clusters | None) -> None:
        """Ask for a name, and write a tree of symbols as Newick."""
        path = None if clusters is None else self._ask_where("Clusters", ".nwk", _TREES)
        if path is not None:
            self._start(JobThread(lambda: write_newick(path, clusters), self), f"Writing {path.name}", self._on_written)

    def ask_where_to_export_arrays(self, what: str, snapshot: Snapshot | None, stamp: Stamp) -> None:
        """Ask for a name, and write "states" or "weights" of the network that is shown, or those along its "path"."""
        experiment = self._session.experiment
        path = self._ask_where({"path": "weights along the run"}.get(what, what), ".npz", _ARRAYS)
        if path is None or snapshot is None:
            return
        points = self._session.document.course.path.points
        job = JobThread(
            lambda: export_arrays(path, what, experiment.network, experiment.dataset, snapshot, points, stamp), self
        )
        self._start(job, f"Writing {path.name}", self._on_written)

    def ask_where_to_export_surprisal(self) -> None:
        """Ask for a name, and write how probable each symbol was to each network."""
        run = self._session.experiment
        path = self._ask_where("Surprisal", ".csv", _TABLES)
        if path is not None:
            job = JobThread(lambda: _surprisal(path, run), self)
            self._start(job, f"Writing {path.name}", self._on_written)

    def export_data(self, card: ViewCard, path: Path, stamp: Stamp | None = None) -> None:
        """Write a plot's numbers as CSV."""
        data = stamped(card.data(), stamp if stamp is not None and card.is_of_network else Stamp())
        self._start(JobThread(lambda: table_job(data, path), self), f"Writing {path.name}", self._on_written)

    def predict(self, theme: Theme) -> None:
        """Open the window for forecasts; of symbols, the one that continues texts."""
        experiment, document = self._session.experiment, self._session.document
        if document.forecaster is not None:
            PredictDialog(document.forecaster, theme, self._window).show()
            return
        member = document.member
        networks, alone = experiment.training.networks, experiment.of_member(member)
        which = f", network {member + 1:,} of {networks:,}" if networks > 1 else ""
        stamp = Stamp(member + 1 if networks > 1 else None, alone.history.epochs)
        kind = PredictDialog if experiment.dataset.kind is DataKind.NUMBERS else ContinueDialog
        kind(alone, theme, self._window, which, stamp).show()

    def _ask_where(self, what: str, suffix: str, kinds: str) -> Path | None:
        name = what.lower().replace(" ", "-")
        proposed = str(Path(self._folder()) / f"{self._session.experiment.name}-{name}{suffix}")
        path, chosen = SaveDialog.ask(self._window, f"Save {what}", proposed, kinds)
        if not path:
            return None
        if not Path(path).suffix:
            path += next((end for end in (".svg", ".pdf", ".csv") if end in chosen), suffix)
        return Path(path)

    def _folder(self) -> str:
        paths = self.recent.paths()
        return str(paths[0].parent if paths else Path.home())

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self.recent.add(path)
        self._on_written(path)
        if self._session.is_modified:  # something was learned while the file was written
            self._stay()
        else:
            self._go_on()

    # -- jobs -----------------------------------------------------------------------------------

    def _start(self, job: JobThread, what: str, take: Callable[[Any], object]) -> None:
        job.succeeded.connect(take)
        job.failed.connect(self._on_failure)
        self._show_progress(job, what)
        job.start()

    @Slot(object, str)
    def _show_progress(self, job: JobThread, what: str) -> None:
        JobProgress(job, what, self._window)

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self.noticed.emit(Notice(f"Saved as {path}"))

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self._stay()
        self.problem.emit(sentence(error))


def _look_into(path: Path) -> Job[TableRead | Path]:
    """Read a table; the path itself is given back where the file is a text."""
    yield 0.0
    return path if is_text(path) else (yield from read_for_import(path))


def _surprisal(path: Path, run: Run) -> Job[Path]:
    from elman_core.export.surprisal import write_surprisal  # here: torch is loaded by now

    yield from write_surprisal(path, run)
    return path
