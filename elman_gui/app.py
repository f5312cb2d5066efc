"""Start-up: the application, its log, and what happens when something unexpected does."""

from __future__ import annotations

import locale
import logging
import logging.handlers
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QLocale,
    QObject,
    QSettings,
    Qt,
    QTimer,
    QtMsgType,
    Signal,
    Slot,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from elman_core import __version__
from elman_core.support.error_log import LOG_NAME, log_error
from elman_core.support.folders import data_folder
from elman_core.support.jobs import Job, complete
from elman_core.support.log_format import LogFormatter
from elman_gui.end_signals import EndSignals
from elman_gui.icons import application_icon
from elman_gui.messages import sentence
from elman_gui.threads.job import JobThread
from elman_gui.window.main_window import MainWindow

if TYPE_CHECKING:
    from elman_gui.document import OpenDocument

__all__ = ["CrashReporter", "Ending", "StartUp", "make_application", "make_window", "run"]

_log = logging.getLogger(__name__)


def run(path: Path | None) -> int:
    """Open the window, with a file if one is given, and return the exit code."""
    application = make_application()
    log_file = _start_log()
    window = MainWindow(QSettings(), log_file)
    CrashReporter(window).install()
    start_up = StartUp(window, path, data_folder() / "kept")
    ending = Ending(window, application)
    window.show()
    code = application.exec()
    ending.signals.stop()
    del start_up  # kept until here
    return ending.code or code


def make_application() -> QApplication:
    """Make the application, which writes numbers and dates in one way wherever it runs.

    What the program writes itself, on labels and axes, in files and in the terminal, has a point before the decimals
    and ASCII digits; Qt, which would follow the system's language, has to do the same.
    """
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.World))
    application = QApplication(sys.argv[:1])
    locale.setlocale(locale.LC_NUMERIC, "C")  # Qt has set that of the system, which libraries in C go by
    application.setApplicationName("Elman")
    application.setOrganizationName("Elman")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("elman")
    application.setStyle("Fusion")
    return application


def make_window(settings: QSettings, log_file: Path | None = None, kept_in: Path | None = None) -> MainWindow:
    """Make the main window with the sine, ready to train, in one go."""
    from elman_gui.controllers.session import TrainingSession

    window = MainWindow(settings, log_file)
    for _ in window.fill(TrainingSession(complete(_load_sine()), kept_in=kept_in)):
        pass
    return window


class Ending(QObject):
    """Ends the program where nobody can be asked: by a signal, or with the session of the person.

    What is not saved is kept, and offered at the next start.

    Attributes
    ----------
    code
        The exit code that a signal of number n asks for, 128 + n; 0 where there was none.
    """

    def __init__(self, window: MainWindow, application: QGuiApplication) -> None:
        super().__init__(window)
        self.code = 0
        self._window = window
        self.signals = EndSignals(self)
        self.signals.asked.connect(self.end)
        self.signals.listen()
        application.commitDataRequest.connect(self.keep, Qt.ConnectionType.DirectConnection)

    @Slot()
    def keep(self) -> None:
        """Keep what is not saved; the window stays, since the person may still go on."""
        if self._window.is_filled:
            self._window.session.kept.keep_now()

    @Slot(int)
    def end(self, number: int) -> None:
        """Keep what is not saved, and close the window without a question."""
        _log.info("asked to end by %s", signal.Signals(number).name)
        self.code = 128 + number
        if self._window.is_filled:
            self._window.session.kept.leave()
            self.keep()
            self._window.documents.allow_closing()
        else:
            self._window.close()


class StartUp(QObject):
    """Fills a window once it is painted, so that nothing holds its first picture up.

    What the views need is imported in a thread; the views are then built in pieces.
    """

    def __init__(self, window: MainWindow, path: Path | None = None, kept_in: Path | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._path = path
        self._kept_in = kept_in
        self._pieces: Iterator[None] = iter(())
        self._job = JobThread(_load_sine, window)
        self._job.succeeded.connect(self._on_imported)
        self._job.failed.connect(self._on_failure)
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_timeout)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the first paint."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._job.start)
        return False

    @Slot(object)
    def _on_imported(self, loaded: OpenDocument) -> None:
        from elman_gui.controllers.session import TrainingSession

        QApplication.setWindowIcon(application_icon())
        self._pieces = self._window.fill(TrainingSession(loaded, kept_in=self._kept_in))
        self._timer.start()

    @Slot()
    def _on_timeout(self) -> None:
        is_full = next(self._pieces, self) is self
        is_open = self._window.isVisible()
        if is_full or not is_open:
            self._timer.stop()
        if is_full and is_open:
            self._window.session.run.warm_up()
            asks = self._offer_what_was_left()
            if self._path is not None:
                self._window.open_path(self._path)
            elif not asks:
                self._window.show_tour_once()

    def _offer_what_was_left(self) -> bool:
        """Ask about training that was not saved when the program ended; return whether there may be any."""
        if self._kept_in is None:
            return False
        from elman_gui.controllers.kept_offers import KeptOffers

        offers = KeptOffers(self._kept_in, self._window.session, self._window.documents, self._window)
        offers.problem.connect(self._window.show_problem)
        return offers.begin()

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self._window.show_problem(sentence(error))


def _load_sine() -> Job[OpenDocument]:
    """Import what the window needs, and begin the sine."""
    yield 0.0
    import elman_gui.window.parts  # noqa: F401
    from elman_gui.controllers.loading import load_built_in

    return (yield from load_built_in("sine"))


def _start_log() -> Path:
    """Write what a person cannot act on to a file that does not grow without end."""
    folder = data_folder()
    log_file = folder / LOG_NAME
    handler: logging.Handler = logging.StreamHandler()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(log_file, maxBytes=1_000_000, backupCount=1, encoding="utf-8")
    except OSError:
        pass  # without a place for the log, it goes to standard error
    handler.setFormatter(LogFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    _log.info("Elman %s on Python %s", __version__, sys.version.split()[0])
    qInstallMessageHandler(_log_qt_message)
    return log_file


def _log_qt_message(kind: QtMsgType, _context: object, message: str) -> None:
    level = logging.INFO if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) else logging.WARNING
    logging.getLogger("qt").log(level, message)


class CrashReporter(QObject):
    """Turns an exception that nobody caught into one sentence; its traceback goes to the log.

    An exception may come from any thread, the sentence is shown in the window's: the signal is queued where they
    differ.
    """

    _crashed = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._crashed.connect(window.show_problem)

    def install(self) -> None:
        """Be told of every exception that nobody catches."""
        sys.excepthook = self.report
        threading.excepthook = self._report_of_thread

    def report(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        """Log an exception, and show its sentence."""
        log_error(_log, "an exception that nobody caught", (error or kind()).with_traceback(trace))
        if isinstance(error, Exception):
            self._crashed.emit(sentence(error))

    def _report_of_thread(self, ended: threading.ExceptHookArgs) -> None:
        self.report(ended.exc_type, ended.exc_value, ended.exc_traceback)
