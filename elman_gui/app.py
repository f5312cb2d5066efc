"""Start-up: the application, its log, and what happens when something unexpected does."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QSettings, QStandardPaths, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from elman_core import __version__
from elman_core.experiments import BUILT_IN, begin
from elman_gui.icons import application_icon
from elman_gui.main_window import MainWindow
from elman_gui.session import Loaded, TrainingSession, sentence

__all__ = ["make_window", "run"]

_log = logging.getLogger(__name__)


def run(path: Path | None) -> int:
    """Open the window, with a file if one is given, and return the exit code."""
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Elman")
    application.setOrganizationName("Elman")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("elman")
    application.setStyle("Fusion")
    application.setWindowIcon(application_icon())
    log_file = _start_log()
    window = make_window(QSettings(), log_file)
    _report_crashes(window)
    window.show()
    # After the first paint, so that neither torch nor a file holds the window up.
    QTimer.singleShot(0, window.session.warm_up)
    if path is not None:
        QTimer.singleShot(0, lambda: window.open_path(path))
    return application.exec()


def make_window(settings: QSettings, log_file: Path | None = None) -> MainWindow:
    """Make the main window with the sine, ready to train."""
    sine = BUILT_IN["sine"]
    table = sine.table()
    experiment = begin(sine.name, table, sine.data, sine.network, sine.training)
    return MainWindow(TrainingSession(Loaded(experiment, table)), settings, log_file)


def _start_log() -> Path:
    """Write what a person cannot act on to a file that does not grow without end."""
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))
    log_file = folder / "elman.log"
    handler: logging.Handler = logging.StreamHandler()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(log_file, maxBytes=1_000_000, backupCount=1, encoding="utf-8")
    except OSError:
        pass  # without a place for the log, it goes to standard error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    _log.info("Elman %s on Python %s", __version__, sys.version.split()[0])
    qInstallMessageHandler(_log_qt_message)
    return log_file


def _log_qt_message(kind: QtMsgType, _context: object, message: str) -> None:
    level = logging.INFO if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) else logging.WARNING
    logging.getLogger("qt").log(level, message)


def _report_crashes(window: MainWindow) -> None:
    """Turn an exception that nobody caught into one sentence; its traceback goes to the log."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.critical("an exception that nobody caught", exc_info=(kind, error, trace))
        if isinstance(error, Exception):
            window.show_problem(sentence(error))

    sys.excepthook = report
