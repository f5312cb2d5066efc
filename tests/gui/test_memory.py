"""Nothing that a person has closed or left stays in memory."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import weakref
from pathlib import Path

import numpy as np
import pytest
from benchmarks.reopening import OPENINGS, Opening, mark
from driving import Driver
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

import elman_gui
from elman_gui.dialogs.import_dialog import ImportDialog
from elman_gui.dialogs.symbol_dialog import SymbolDialog
from elman_gui.panels import damage_bar
from elman_gui.threads.job import JobThread
from elman_gui.window.tour import Tour

TEXT = "the dog sees the cat. the cat sees the dog. " * 8


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two tables and two texts."""
    waves = np.sin(np.arange(80) / 3)
    for name, factor in (("table.csv", 1), ("other.csv", 2)):
        (tmp_path / name).write_text("x\n" + "\n".join(f"{factor * value:.4f}" for value in waves))
    for name, times in (("text.txt", 1), ("other.txt", 2)):
        (tmp_path / name).write_text(TEXT * times)
    return [tmp_path / name for name in ("table.csv", "text.txt", "other.csv", "other.txt")]


def subclasses(kind: type[QWidget]) -> set[type[QWidget]]:
    return {kind}.union(*(subclasses(below) for below in kind.__subclasses__()))


def forget() -> None:
    """Let Qt delete what is due, and Python what nobody knows."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def widgets_and_windows() -> tuple[int, int]:
    return len(QApplication.allWidgets()), len(QApplication.topLevelWidgets())


def open_and_close(driver: Driver, opening: Opening, folder: Path) -> weakref.ref[QWidget]:
    opening.open(driver.window, folder)
    widget = driver.opened(opening.kind)
    driver.until(lambda: opening.is_ready(widget))
    widget.end() if isinstance(widget, Tour) else widget.close()
    driver.until(lambda: not driver.shown(opening.kind) and not driver.window.findChildren(JobThread))
    return weakref.ref(widget)


def take(driver: Driver, path: Path) -> tuple[weakref.ref[object], ...]:
    """Open a file, train it for an epoch, and return references to all that is large of it."""
    driver.window.open_path(path)
    dialog = driver.opened(ImportDialog if path.suffix == ".csv" else SymbolDialog)
    driver.until(dialog.take.isEnabled)
    with driver.idle_evaluated():
        driver.click(dialog.take)
    with driver.idle_evaluated():
        driver.session.run.step_epoch()
    mark(driver.window, saved=True)
    session = driver.session
    held = (dialog, session.experiment, session.experiment.dataset, session.table, driver.window.inspection.now)
    return tuple(weakref.ref(thing) for thing in held)


def test_every_dialog_and_menu_is_among_those_that_are_opened_here() -> None:
    for module in pkgutil.walk_packages(elman_gui.__path__, "elman_gui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    kinds = {kind for base in (QDialog, QMenu) for kind in subclasses(base) if kind.__module__.startswith("elman_gui")}
    kinds.remove(damage_bar._StayingMenu)  # a part of its page, never closed for good
    assert {kind for kind in kinds if not kind.__subclasses__()} <= {opening.kind for opening in OPENINGS}


@pytest.mark.qt_log_ignore("This plugin does not support")  # which the platform of the tests says of menus
@pytest.mark.parametrize("symbols", [False, True], ids=["numbers", "symbols"])
def test_what_is_closed_is_deleted(driver: Driver, files: list[Path], symbols: bool) -> None:
    driver.build_pages()
    take(driver, files[symbols])
    openings = [opening for opening in OPENINGS if opening.symbols in (symbols, None)]

    def open_all() -> dict[str, weakref.ref[QWidget]]:
        return {
            f"{opening.kind.__name__}, {opening.how}": open_and_close(driver, opening, files[0].parent)
            for opening in openings
        }

    open_all()
    forget()
    before = widgets_and_windows()
    closed = [open_all() for _ in range(5)]
    forget()
    assert not {name for widgets in closed for name, widget in widgets.items() if widget() is not None}
    assert widgets_and_windows() == before


def test_the_data_of_a_file_that_is_left_is_gone(driver: Driver, files: list[Path]) -> None:
    driver.trigger("inside")
    driver.build_pages()
    left = [take(driver, path) for path in files]
    before = len(QApplication.allWidgets())
    left += [take(driver, path) for path in files]
    driver.open_built_in("sine")
    driver.worker_answers()
    forget()
    assert abs(len(QApplication.allWidgets()) - before) < 20  # legends and scores differ from experiment to experiment
    known = [thing() for things in left for thing in things if thing() is not None]
    assert not known, [type(thing).__name__ for thing in known]
