"""A window that opens every dialog and many files; its last line says, as JSON, what stayed of them."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TypeVar

import numpy as np
from PySide6.QtCore import QEventLoop, QObject, QSettings, QTimer, Slot
from PySide6.QtWidgets import QApplication, QWidget

from elman_gui.app import make_window
from elman_gui.controllers.session import TrainingSession
from elman_gui.dialogs.import_dialog import ImportDialog
from elman_gui.dialogs.symbol_dialog import SymbolDialog
from elman_gui.theme import ThemeChoice
from elman_gui.threads.job import JobThread
from elman_gui.window.main_window import MainWindow
from elman_gui.window.tour import Tour

from .reopening import OPENINGS, Opening, mark

__all__ = ["run"]

_ROWS = 20_000
W = TypeVar("W", bound=QWidget)


class Scores(QObject):
    """Knows whether the network at rest is scored."""

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(session)
        self.has_come = False
        session.run.scores_changed.connect(self._note)

    @Slot(object)
    def _note(self, scores: object) -> None:
        self.has_come = scores is not None


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Let the window live until a condition holds."""
    loop, timer, end = QEventLoop(), QTimer(), time.monotonic() + seconds

    def look() -> None:
        if condition() or time.monotonic() > end:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(2)
    loop.exec()
    timer.stop()
    if not condition():
        raise TimeoutError("the window did not come to rest")


def megabytes() -> float:
    """Return the memory in use, without what could be given back."""
    gc.collect()
    if sys.platform.startswith("linux"):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return float("nan")


def state() -> tuple[int, int, float]:
    """Return how many widgets and windows there are, and the memory in use."""
    pause()
    gc.collect()
    pause()
    return len(QApplication.allWidgets()), len(QApplication.topLevelWidgets()), megabytes()


def pause(milliseconds: int = 20) -> None:
    """Let what is due be done, deletions too."""
    end = time.monotonic() + milliseconds / 1000
    until(lambda: time.monotonic() > end)


def shown(window: MainWindow, kind: type[W]) -> W | None:
    """Return what is open of a kind."""
    return next((widget for widget in window.findChildren(kind) if widget.isVisible()), None)


def open_and_close(window: MainWindow, folder: Path, opening: Opening) -> None:
    """Open something, wait until all of it is there, and close it."""
    opening.open(window, folder)
    until(lambda: (widget := shown(window, opening.kind)) is not None and opening.is_ready(widget))
    widget = shown(window, opening.kind)
    assert widget is not None
    (widget.end if isinstance(widget, Tour) else widget.close)()
    del widget
    until(lambda: shown(window, opening.kind) is None and not window.findChildren(JobThread))


def open_file(window: MainWindow, scores: Scores, path: Path) -> None:
    """Open a file, and take what its dialog shows."""
    before = window.session.experiment
    window.open_path(path)
    if path.suffix != ".safetensors":
        kind: type[ImportDialog | SymbolDialog] = ImportDialog if path.suffix == ".csv" else SymbolDialog
        until(lambda: (dialog := shown(window, kind)) is not None and dialog.take.isEnabled())
        scores.has_come = False
        dialog = shown(window, kind)
        assert dialog is not None
        dialog.take.click()
    until(lambda: window.session.experiment is not before and scores.has_come)


def write_files(folder: Path) -> list[Path]:
    """Write tables and texts of some size."""
    random = np.random.default_rng(0)
    paths = []
    for index in range(3):
        path = folder / ("table.csv" if index == 0 else f"table{index}.csv")
        values = random.normal(size=(_ROWS, 3)).cumsum(axis=0)
        path.write_text("a,b,c\n" + "\n".join(",".join(f"{x:.4f}" for x in row) for row in values))
        paths.append(path)
        path = folder / ("text.txt" if index == 0 else f"text{index}.txt")
        path.write_text("".join(random.choice(list("abcdefgh "), _ROWS)))
        paths.append(path)
    return paths


def difference(act: Callable[[], object], first: int, last: int) -> tuple[float, ...]:
    """Do something `last` times; return how many widgets, windows and megabytes came after the first `first` times."""
    for _ in range(first):
        act()
    before = state()
    for _ in range(first, last):
        act()
    return tuple(after - known for known, after in zip(before, state(), strict=True))


def train_an_epoch(window: MainWindow, scores: Scores, path: Path) -> None:
    """Open a file and train it a little, as something to predict with."""
    open_file(window, scores, path)
    scores.has_come = False
    window.session.run.step_epoch()
    until(lambda: scores.has_come)
    mark(window, saved=True)


def theme_milliseconds(window: MainWindow) -> float:
    """Return how long the window computes for a change of theme, until it is painted; the median of six."""
    taken = []
    for choice in (ThemeChoice.DARK, ThemeChoice.LIGHT) * 3:
        start = time.thread_time()
        window.set_theme(choice)
        window.repaint()
        pause(0)
        taken.append(1000 * (time.thread_time() - start))
    return sorted(taken)[len(taken) // 2]


def run(first: int, last: int, files: int) -> None:
    """Open everything, and say what there is more of after the last time than after the first times."""
    application = QApplication([])
    application.setStyle("Fusion")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_files(folder)
        settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        settings.setValue("tour/seen", True)
        window = make_window(settings)
        window.resize(1280, 800)
        window.show()
        scores = Scores(window.session)
        window.session.run.warm_up()
        until(lambda: scores.has_come)
        theme_before = theme_milliseconds(window)
        dialogs = {}
        for symbols in (False, True):
            train_an_epoch(window, scores, paths[symbols])
            for opening in OPENINGS:
                if bool(opening.symbols) is symbols:
                    act = partial(open_and_close, window, folder, opening)
                    dialogs[f"{opening.kind.__name__}, {opening.how}"] = difference(act, first, last)
        window.session.save(folder / "model.safetensors")
        until((folder / "model.safetensors").exists)
        paths.append(folder / "model.safetensors")
        turn = cycle(paths)
        left = difference(lambda: open_file(window, scores, next(turn)), 2 * len(paths), 2 * len(paths) + files)
        themes = [theme_before, theme_milliseconds(window)]
        sys.stdout.write(json.dumps({"dialogs": dialogs, "files": left, "themes": themes}) + "\n")
        window.documents._closing = True
        window.close()
