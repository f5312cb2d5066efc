"""Every dialog, message and menu of a window, opened as a person opens it, to see whether anything of it stays."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QMessageBox, QWidget

from elman_core.analysis.types import Clamps
from elman_core.analysis.units import Layer, Unit, UnitNames
from elman_core.support.jobs import Job
from elman_gui.dialogs.continue_dialog import ContinueDialog
from elman_gui.dialogs.import_dialog import ImportDialog
from elman_gui.dialogs.job_progress import JobProgress
from elman_gui.dialogs.messages import MessagesDialog
from elman_gui.dialogs.picture_dialog import PictureDialog
from elman_gui.dialogs.predict_dialog import PredictDialog
from elman_gui.dialogs.save_dialog import SaveDialog
from elman_gui.dialogs.symbol_dialog import SymbolDialog
from elman_gui.number_boxes import NumberDialog
from elman_gui.threads.job import JobThread
from elman_gui.window.main_window import MainWindow
from elman_gui.window.tour import Tour

__all__ = ["OPENINGS", "Opening", "mark"]


@dataclass(frozen=True)
class Opening:
    """What opens, and how; `symbols` says whether the window has to show symbols or numbers, None if it may be either.

    `is_ready` says when all that was begun with it has come.
    """

    kind: type[QWidget]
    how: str
    open: Callable[[MainWindow, Path], object]
    symbols: bool | None = None
    is_ready: Callable[..., bool] = lambda widget: True


def _endless() -> Job[None]:
    while True:
        yield 0.5


def _open_menu(window: MainWindow, _folder: Path) -> None:
    window.selection.menu.open(Unit(Layer.HIDDEN, 0), QPoint(80, 80), Clamps(), UnitNames(), 3, 0.5)


def _ask_for_number(window: MainWindow, folder: Path) -> None:
    _open_menu(window, folder)
    menu = window.findChildren(QMenu)[-1]
    action = next(action for action in menu.actions() if action.text().endswith("…"))
    menu.close()
    action.trigger()


def mark(window: MainWindow, *, saved: bool) -> None:
    """Let the window take its training for saved or not, so that it asks on leaving or does not."""
    content = window.session.document.copy()
    content.file.revision = content.revision if saved else -1
    content.file.seconds = 0.0 if saved else -math.inf  # as if it had taken long


def _leave(window: MainWindow, _folder: Path) -> None:
    mark(window, saved=False)
    window.documents.open_sine()
    mark(window, saved=True)


def _begin_job(window: MainWindow, _folder: Path) -> None:
    job = JobThread(_endless, window)
    progress = JobProgress(job, "Counting", window)
    job.start()
    progress.show()


def _action(name: str) -> Callable[[MainWindow, Path], None]:
    return lambda window, _folder: window.actions_by_name[name].trigger()


OPENINGS = (
    Opening(ImportDialog, "a table", lambda window, folder: window.open_path(folder / "table.csv")),
    Opening(
        SymbolDialog, "a text", lambda window, folder: window.open_path(folder / "text.txt"),
        is_ready=lambda dialog: dialog.bar.isHidden(),
    ),
    Opening(SymbolDialog, "a new text", _action("new_text")),
    Opening(PredictDialog, "numbers", _action("predict"), False, lambda dialog: dialog.export.isEnabled()),
    Opening(ContinueDialog, "symbols", _action("predict"), True, lambda dialog: bool(dialog.text.toPlainText())),
    Opening(MessagesDialog, "messages", _action("messages")),
    Opening(SaveDialog, "a file to write", lambda window, folder: SaveDialog(window, "Save", f"{folder}/a", "").open()),
    Opening(PictureDialog, "a picture", lambda window, _: window.documents.ask_where_to_export_image(window.fit)),
    Opening(JobProgress, "a long job", _begin_job),
    Opening(QMessageBox, "a problem", lambda window, _: window.show_problem("Something is wrong.")),
    Opening(QMessageBox, "the keys", _action("shortcuts")),
    Opening(QMessageBox, "leaving", _leave),
    Opening(QMenu, "a unit", _open_menu),
    Opening(NumberDialog, "a number", _ask_for_number),
    Opening(Tour, "the tour", _action("tour")),
)  # fmt: skip
"""Each way to open something; a class of the package's own that is missing here fails a test."""
