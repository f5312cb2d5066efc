"""Driver: does to a window what a person does, and waits on what the window says."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import shiboken6
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSettings, Qt, SignalInstance
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from elman_core.experiment import Run
from elman_core.support.jobs import Job
from elman_core.training.history import History
from elman_core.training.trainer import Trainer
from elman_gui.app import make_window
from elman_gui.controllers.run_state import RunState
from elman_gui.controllers.session import TrainingSession
from elman_gui.controllers.undo import is_another_rate
from elman_gui.dialogs.continue_dialog import ContinueDialog
from elman_gui.dialogs.import_dialog import ImportDialog
from elman_gui.dialogs.predict_dialog import PredictDialog
from elman_gui.dialogs.save_dialog import SaveDialog
from elman_gui.dialogs.symbol_dialog import SymbolDialog
from elman_gui.threads.training import UNLIMITED
from elman_gui.views.card import ViewCard
from elman_gui.window.main_window import MainWindow

__all__ = ["TIMEOUT", "Button", "Driver", "finite", "headless_history", "is_open"]

TIMEOUT = 300_000
"""Milliseconds after which a signal that has not come will not come."""

Button = QMessageBox.StandardButton
W = TypeVar("W", bound=QWidget)


class Driver:
    """Holds a window that is shown, its network at rest; at unlimited speed, or as the settings say if None.

    What is not saved is kept in the folder `kept_in`, if one is given.
    """

    def __init__(
        self,
        qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch,
        settings: QSettings,
        speed: float | None = UNLIMITED,
        kept_in: Path | None = None,
    ) -> None:
        gc.collect()  # the window of the test before
        gc.freeze()  # what is alive now is libraries; the next collections need not look at them
        self.qtbot = qtbot
        self._monkeypatch = monkeypatch
        monkeypatch.setattr("elman_gui.controllers.session.prepare_kernels", _without_compiling_elsewhere)
        monkeypatch.setattr("elman_gui.notices._TO_NOTICE_MS", TIMEOUT)  # however slow the test is
        settings.setValue("left", "Settings")
        self.window: MainWindow = make_window(settings, kept_in=kept_in)
        if speed is not None:
            self.window.transport.set_speed(speed)
        with (
            self.signal(self.session.run.engine_changed, lambda engine: engine == "compiled"),
            qtbot.waitExposed(self.window, timeout=TIMEOUT),
        ):
            self.window.show()
            self.session.run.warm_up()
        self.worker_answers()

    def destroy(self) -> None:
        """Close the window without questions and delete it, in this thread: later, the collector might in another."""
        if self.window.isVisible():
            self.window.documents._closing = True
            self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()

    @property
    def session(self) -> TrainingSession:
        return self.window.session

    def build_pages(self) -> None:
        """Have also those pages built that nobody has looked at yet."""
        for page in self.window.pages:
            page.complete()

    def until_pages_are_built(self) -> None:
        """Wait until whatever was looked at has its views."""
        self.until(lambda: not any(page.is_being_built for page in self.window.pages))

    # -- waiting --------------------------------------------------------------------------------

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=TIMEOUT)

    def signal(self, signal: SignalInstance, accept: Callable[..., bool] = lambda *_: True) -> Any:
        return self.qtbot.waitSignal(signal, timeout=TIMEOUT, check_params_cb=accept)

    @contextmanager
    def idle_evaluated(self) -> Iterator[None]:
        """What is done inside ends in a network at rest that is shown and scored.

        At rest, the scores of what was asked for before may still be on their way: those are not waited for.
        """
        run = self.session.run
        before = run._request if run.is_at_rest else None
        with self.signal(run.scores_changed, lambda scores: scores is not None and run._request is not before):
            yield

    def until_state(self, state: RunState) -> None:
        self.until(lambda: self.session.state is state)

    def worker_answers(self) -> None:
        """Wait until the worker has done all that it was asked to do so far."""
        with self.signal(self.session.run.devices_changed):
            self.session.run._warm_up_wanted.emit()
        self.until(lambda: not self.session.jobs.are_running)

    def until_laid_out(self) -> None:
        """Wait until no widget asks for another size any more: each may make the one that it stands in ask."""
        requests = _LayoutRequests()
        application = QApplication.instance()
        assert application is not None
        application.installEventFilter(requests)
        assert any(requests.have_ended() for _ in range(1_000)), "the layout does not settle"
        application.removeEventFilter(requests)

    # -- doing ----------------------------------------------------------------------------------

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, and wait until all that stands in it has its place."""
        self.window.resize(width, height)
        self.until(lambda: (self.window.width(), self.window.height()) == (width, height))
        self.until_laid_out()

    def click(self, button: QWidget) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key in the window; shortcuts are heard in the active window only."""
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)
        self.qtbot.keyClick(self.window, key, modifier)

    def use(self, view: ViewCard) -> None:
        """Give a view the focus; there is one in the active window only."""
        self.window.workspaces.learn.show_view(self.window.places.name_of(view))
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)
        view.picture.setFocus()
        self.until(view.picture.hasFocus)

    def trigger(self, action: str) -> None:
        self.window.actions_by_name[action].trigger()

    def field(self, name: str) -> Any:
        """The widget of a setting, by the setting's name, in the first form that is there for what is open."""
        panel = self.window.settings_panel
        forms = [form for form in (panel.automatic, panel.data, panel.network, panel.training) if not form.isHidden()]
        found = [field for form in forms if (field := form.findChild(QWidget, name)) is not None]
        return next((field for field in found if not field.isHidden()), found[0])

    def enter(self, name: str, value: Any) -> None:
        """Give a setting another value in its form."""
        field = self.field(name)
        if isinstance(field, QComboBox) and field.isEditable():
            line = field.lineEdit()
            line.selectAll()
            self.qtbot.keyClicks(line, str(value))
            self.qtbot.keyClick(line, Qt.Key.Key_Return)
        elif isinstance(field, QComboBox):
            field.setCurrentIndex(field.findData(value))
        elif isinstance(field, QCheckBox):
            field.setChecked(value)
        else:
            field.setValue(value)

    def choose(self, box: QComboBox, value: object) -> None:
        """Choose an entry as a person does, who also chooses again what stands there."""
        box.setCurrentIndex(box.findData(value))
        box.activated.emit(box.currentIndex())

    def configure(self, **settings: Any) -> None:
        before = self.session.experiment.training
        after = before.replace(**settings)
        if is_another_rate(before, after):  # the network is as it was
            self.session.set_training(after)
            return
        with self.idle_evaluated():
            self.session.set_training(after)

    def train(self) -> None:
        """Train to the end."""
        with self.idle_evaluated():
            self.click(self.window.transport.train)
        assert self.session.state is RunState.IDLE

    def begin_long_run(self, epochs: int = 5) -> None:
        """Start a run, wait for its first epochs, and let it go on so slowly that it lasts however slow the test is."""
        self.window.transport.set_speed(30.0)
        self.click(self.window.transport.train)
        self.until(lambda: self.session.experiment.history.epochs >= epochs)
        self.window.transport.set_speed(3.0)

    def open_built_in(self, name: str) -> None:
        with self.idle_evaluated():
            self.window.documents.open_built_in(name)
            if self.session.is_modified and not self.session.is_soon_had_again:
                self.click(self.question().button(Button.Discard))
        assert self.session.experiment.name == name

    # -- dialogs --------------------------------------------------------------------------------

    def file_dialogs_give(self, path: Path | str) -> None:
        """Let every file dialog return this path at once."""
        for kind, name in ((QFileDialog, "getOpenFileName"), (SaveDialog, "ask")):
            self._monkeypatch.setattr(kind, name, lambda *_, **__: (str(path), ""))

    def shown(self, kind: type[W]) -> list[W]:
        """The dialogs of a kind that are open now."""
        return [widget for widget in self.window.findChildren(kind) if widget.isVisible()]

    def opened(self, kind: type[W]) -> W:
        """Wait for the dialog of a kind, of which there must be one only."""
        self.until(lambda: self.shown(kind))
        (widget,) = self.shown(kind)
        return widget

    def question(self) -> QMessageBox:
        return self.opened(QMessageBox)

    def problems(self) -> list[QMessageBox]:
        return self.shown(QMessageBox)

    def dismiss_problem(self) -> str:
        """Wait for a message, close it, and return its sentence; there must be one only."""
        self.until(self.problems)
        self.worker_answers()
        (box,) = self.problems()
        text = box.text()
        self.click(box.button(Button.Ok))
        assert not self.problems()
        return text

    def import_dialog(self, path: Path) -> ImportDialog:
        """Open a table, and wait for what was detected in it."""
        self.window.open_path(path)
        return self.opened(ImportDialog)

    def change_format(self, box: QComboBox, value: object) -> None:
        """Change how the table in the import dialog is read, and wait until it is."""
        self.choose(box, value)
        self.until(self.opened(ImportDialog).bar.isHidden)

    def import_table(self, path: Path, *, forecaster: bool = False) -> None:
        """Open a table as a pure Elman network, or as it begins: with a forecaster."""
        self.take(self.import_dialog(path), forecaster=forecaster)

    def take(self, dialog: ImportDialog, *, forecaster: bool = False) -> None:
        """Open the table of a dialog, as a pure Elman network or as it begins: with a forecaster."""
        with self.idle_evaluated():
            self.click(dialog.take)
        if not forecaster and self.session.document.plan is not None:
            with self.idle_evaluated():
                self.click(self.window.settings_panel.kinds.pure)

    def symbol_dialog(self, path: Path | None = None) -> SymbolDialog:
        """Open a text file, or an empty dialog to type one, and wait until it is read."""
        if path is None:
            self.trigger("new_text")
        else:
            self.window.open_path(path)
        dialog = self.opened(SymbolDialog)
        self.until(dialog.bar.isHidden)
        return dialog

    def type_text(self, dialog: SymbolDialog, text: str) -> None:
        """Put a text into the dialog, and wait until it is read."""
        read = dialog._read
        dialog.text.put(text)
        self.until(lambda: dialog._read is not read and dialog.bar.isHidden())

    def learn_text(self, text: str, **choices: object) -> None:
        """Learn a text that is typed, with settings of how it is taken apart."""
        dialog = self.symbol_dialog()
        if choices:
            dialog.form.show_config(dialog.form.config.replace(**choices))
        self.type_text(dialog, text)
        with self.idle_evaluated():
            self.click(dialog.take)

    def continue_dialog(self) -> ContinueDialog:
        """Open the window that goes on with texts, and wait for the first continuation."""
        self.click(self.window.transport.predict)
        dialog = self.opened(ContinueDialog)
        self.until(dialog.text.toPlainText)
        return dialog

    def predict_dialog(self) -> PredictDialog:
        """Open the window for forecasts, and wait for the first one."""
        self.click(self.window.transport.predict)
        dialog = self.opened(PredictDialog)
        self.until(lambda: dialog.export.isEnabled())
        return dialog


class _LayoutRequests(QObject):
    """Counts the requests of all widgets to be laid out anew."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False

    def have_ended(self) -> bool:
        """Handle what waits, and return whether there was none among it."""
        self.count = 0
        QCoreApplication.sendPostedEvents()
        return not self.count


def is_open(widget: QWidget) -> bool:
    """Whether a dialog is open; one that is closed is deleted."""
    return shiboken6.isValid(widget) and widget.isVisible()


def _without_compiling_elsewhere() -> Job[None]:
    """Be ready at once; what is not in the cache yet is compiled when it is used."""
    yield 0.0


def headless_history(experiment: Run, epochs: int | None = None) -> History:
    """Train an experiment from its beginning without any window."""
    torch.set_num_threads(1)
    history = History()
    history.extend(Trainer(experiment.untrained(), device="cpu").updates(last_epoch=epochs))
    return history


def finite(*arrays: NDArray[np.floating]) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays)
