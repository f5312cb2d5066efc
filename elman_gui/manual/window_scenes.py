"""The window and its dialogs in the manual's pictures."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QWidget

from elman_core.support.jobs import complete
from elman_core.support.resources import resource
from elman_gui.manual.scene import rest, scene, wait
from elman_gui.manual.subjects import sine, sunspots
from elman_gui.theme import Theme, ThemeChoice

if TYPE_CHECKING:
    from elman_gui.window.main_window import MainWindow

__all__ = ["main_window_if_made"]


@cache
def _window() -> MainWindow:
    """Return the main window, with a trained network."""
    from elman_gui.app import make_window
    from elman_gui.threads.training import UNLIMITED

    settings = QSettings(str(Path(tempfile.mkdtemp()) / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("tour/seen", True)
    window = make_window(settings)
    window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    window.resize(1280, 800)
    window.show()
    window.session.run.warm_up()
    window.documents.open_built_in("sunspots")
    wait(lambda: window.session.experiment.name == "sunspots")
    window.transport.set_speed(UNLIMITED)
    _train(window)
    return window


def _train(window: MainWindow) -> None:
    from elman_gui.controllers.run_state import RunState

    window.session.run.train()
    wait(lambda: window.session.state is RunState.IDLE and window.session.experiment.history.epochs > 0)
    rest(2.0)


@scene("window", 800, 1280)
def _whole_window(theme: Theme) -> QWidget:
    return _workspace("learn", theme)


@scene("inside", 800, 1280)
def _inside(theme: Theme) -> QWidget:
    return _workspace("inside", theme)


@scene("forecast", 800, 1280)
def _forecast(theme: Theme) -> QWidget:
    window = _window()
    widget = _workspace("forecast", theme)
    wait(lambda: window.outlook.backtest.found is not None and not window.outlook.backtest.is_working)
    rest(0.5)
    return widget


@scene("seeds", 800, 1280)
def _seeds(theme: Theme) -> QWidget:
    window = _window()
    if window.session.experiment.training.networks == 1:
        window.session.set_training(window.session.experiment.training.replace(networks=30))
        _train(window)
    return _workspace("seeds", theme)


@scene("study", 800, 1280)
def _study(theme: Theme) -> QWidget:
    from elman_core.studies.axes import field_named
    from elman_gui.controllers.study import StudyState

    window = _window()
    controller, form = window.study.controller, window.study_form  # built by being asked for
    if controller.shown is None:
        for name, values in (("hidden", "2, 4, 8, 16"), ("learning_rate", "0.003, 0.01, 0.03, 0.1")):
            form.axes.add(field_named(name))
            form.axes.rows[-1].values.setText(values)
        form.design.change(seeds=20)
        window.study.run()
        wait(lambda: controller.state is StudyState.IDLE)
    window.set_theme(ThemeChoice(theme.name))
    window.actions_by_name["page_study"].trigger()
    rest(3.0)
    return window


def _workspace(name: str, theme: Theme) -> QWidget:
    window = _window()
    window.set_theme(ThemeChoice(theme.name))
    window.actions_by_name[f"workspace_{name}"].trigger()
    rest(3.0)
    return window


@scene("transport-bar", 48, 820)
def _transport_bar(theme: Theme) -> QWidget:
    from elman_gui.actions import make_actions, paint_actions
    from elman_gui.panels.transport_bar import TransportBar

    owner = QWidget()
    actions = make_actions(owner)
    paint_actions(actions, theme)
    bar = TransportBar(actions)
    bar.show_experiment(sine().run)
    bar.set_theme(theme)
    bar.owner = owner
    return bar


@scene("import-table", 620, 940)
def _import_table(theme: Theme) -> QWidget:
    from elman_gui.dialogs.import_dialog import ImportDialog
    from elman_gui.dialogs.table_read import read_for_import

    del theme
    return ImportDialog(complete(read_for_import(resource("data/co2.csv"))))


@scene("import-text", 540, 880)
def _import_text(theme: Theme) -> QWidget:
    from elman_gui.controllers.loading import SymbolSource
    from elman_gui.dialogs.symbol_dialog import SymbolDialog

    del theme
    dialog = SymbolDialog(SymbolSource(path=resource("data/sentences.txt")))
    wait(dialog.bar.isHidden)
    return dialog


@scene("predict", 540, 860)
def _predict(theme: Theme) -> QWidget:
    from elman_gui.dialogs.predict_dialog import PredictDialog

    dialog = PredictDialog(sunspots().run, theme)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    dialog.show()
    wait(dialog.export.isEnabled)
    return dialog


def main_window_if_made() -> MainWindow | None:
    """Return the window that pictures were made of, which is to be closed in the end."""
    return _window() if _window.cache_info().currsize else None
