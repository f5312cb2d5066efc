"""A window that trains without end and keeps what it learns; each line says when it had learned so many epochs."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from elman_core.config import DataConfig
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.support.jobs import complete
from elman_core.training.history import History
from elman_gui.app import Ending, make_window
from elman_gui.controllers.loading import load_built_in, load_table

__all__ = ["run"]

_EPOCHS = 10_000_000


def run(folder: str, what: str, seconds: float, epochs: int = _EPOCHS) -> int:
    """Train a built-in experiment, or a table that is removed once it is read; end by a signal, or by being killed.

    `folder` is where the settings are, and `kept` below it; the training is kept every so many seconds, however long
    that takes.
    """
    application = QApplication([])
    application.setStyle("Fusion")
    settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("tour/seen", True)
    window = make_window(settings, kept_in=Path(folder) / "kept")
    ending = Ending(window, application)
    session = window.session
    session.kept.set_pause(seconds, share=1.0)
    path = Path(what)
    if path.suffix:
        opened = complete(load_table(complete(read_table(path, detect_format(path))), DataConfig(fill_gaps=True)))
        path.unlink()
    else:
        opened = complete(load_built_in(what))
    session.document.open(opened)
    session.set_training(session.experiment.training.replace(epochs=epochs, patience=0))
    window.transport.set_speed(0.0)
    session.run.history_changed.connect(_tell)
    window.show()
    session.run.warm_up()
    QTimer.singleShot(0, session.run.train)
    code = application.exec()
    ending.signals.stop()
    return ending.code or code


def _tell(history: History) -> None:
    sys.stdout.write(f"{time.monotonic():.4f} {history.epochs}\n")
    sys.stdout.flush()
