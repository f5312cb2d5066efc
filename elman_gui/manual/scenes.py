"""What the manual's pictures show: views, panels and windows, filled from networks that were really trained.

Each is made by a function of its own, which imports what it needs: one that fails does not take the others with it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QSettings, QSize, Qt, QTimer
from PySide6.QtWidgets import QWidget

from elman_core.analysis.types import Analysis
from elman_core.support.jobs import complete
from elman_core.support.resources import resource
from elman_gui.theme import Theme, ThemeChoice

if TYPE_CHECKING:
    from elman_core.analysis.damage.results import DamageResults
    from elman_gui.manual.trained import Trained
    from elman_gui.views.symbols.cluster_view import ClusterView
    from elman_gui.views.symbols.position_plot import PositionPlot
    from elman_gui.views.symbols.roc_plot import RocPlot
    from elman_gui.window.main_window import MainWindow

__all__ = ["SCENES", "WIDTH", "main_window_if_made", "rest"]

WIDTH = 560
"""Of a picture, unless it says otherwise."""
_SECONDS = 60.0

Maker = Callable[[Theme], QWidget]
SCENES: dict[str, tuple[Maker, QSize]] = {}
"""What each picture shows, and at which size; filled below."""


def _scene(name: str, height: int, width: int = WIDTH) -> Callable[[Maker], Maker]:
    def keep(make: Maker) -> Maker:
        SCENES[name] = make, QSize(width, height)
        return make

    return keep


# -- networks ---------------------------------------------------------------------------------------


@cache
def _sine() -> Trained:
    from elman_gui.manual.trained import trained_built_in

    inside = frozenset({Analysis.STATES, Analysis.DYNAMICS, Analysis.LANDSCAPE, Analysis.LESIONS})
    return trained_built_in("sine", inside)


@cache
def _sunspots() -> Trained:
    from elman_gui.manual.trained import trained_built_in

    return trained_built_in("sunspots")


@cache
def _of_1990(name: str) -> Trained:
    from elman_gui.manual.trained import trained_built_in

    return trained_built_in(name, frozenset({Analysis.ERRORS, Analysis.CLUSTERS}))


@cache
def _text() -> Trained:
    from elman_gui.manual.trained import trained_sample_text

    return trained_sample_text()


# -- views ------------------------------------------------------------------------------------------


@_scene("fit", 280)
def _fit(theme: Theme) -> QWidget:
    from elman_gui.views.time.fit_plot import FitPlot

    view, seen = FitPlot(), _sunspots()
    view.show_dataset(seen.run.dataset, len(seen.snapshot.response.closed_loop))
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_all()
    return view


@_scene("forecaster", 260)
def _left_over(theme: Theme) -> QWidget:
    from elman_gui.manual.trained import fitted_built_in
    from elman_gui.views.time.left_over_plot import LeftOverPlot

    view, seen = LeftOverPlot(), fitted_built_in("airline")
    view.show_dataset(seen.run.dataset, 0)
    view.set_theme(theme)
    view.show_whole(seen.whole)
    view.show_snapshot(seen.snapshot)
    view.show_all()
    return view


@_scene("loss", 220)
def _loss(theme: Theme) -> QWidget:
    from elman_gui.views.training.loss_plot import LossPlot

    view, run = LossPlot(), _sunspots().run
    view.show_dataset(run.dataset, run.training.loss, run.training.epochs)
    view.set_theme(theme)
    view.show_course(_sunspots().course)
    view.show_all()
    return view


@_scene("context-units", 200)
def _context_units(theme: Theme) -> QWidget:
    from elman_gui.views.time.context_plot import ContextPlot

    view, seen = ContextPlot(), _sunspots()
    view.show_dataset(seen.run.dataset, 0, seen.run.network)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_cursor(180)
    return view


@_scene("scores", 190, 400)
def _scores(theme: Theme) -> QWidget:
    from elman_gui.panels.score_card import ScoreCard

    view = ScoreCard()
    view.show_dataset(_sunspots().run.dataset)
    view.set_theme(theme)
    view.show_scores(_sunspots().scores)
    return view


@_scene("scorecard", 230, 460)
def _scorecard(theme: Theme) -> QWidget:
    from elman_gui.panels.scorecard_panel import ScorecardPanel

    view = ScorecardPanel()
    view.set_theme(theme)
    view.show_measures(_of_1990("temporal-xor").measures)
    return view


@_scene("network", 300)
def _network(theme: Theme) -> QWidget:
    from elman_gui.views.network.diagram_view import DiagramView

    view, seen = DiagramView(), _sine()
    view.show_dataset(seen.run.dataset, seen.run.network)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_cursor(7)
    return view


@_scene("weights", 260)
def _weights(theme: Theme) -> QWidget:
    from elman_core.analysis.units import connection_at
    from elman_gui.views.network.weights_view import WeightsView

    view, seen = WeightsView(), _sine()
    view.show_dataset(seen.run.dataset, seen.run.network)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_course(seen.course)
    view.show_selection(connection_at(seen.run.network, "w1", 2, 0))
    return view


@_scene("state-space", 320)
def _state_space(theme: Theme) -> QWidget:
    from elman_gui.views.network.state_space_plot import StateSpacePlot

    view = StateSpacePlot()
    view.show_dataset(_sine().run.dataset)
    view.set_theme(theme)
    view.show_inside(_sine().inside)
    view.show_cursor(7)
    return view


@_scene("eigenvalues", 280, 420)
def _eigenvalues(theme: Theme) -> QWidget:
    from elman_gui.views.network.dynamics_plot import EigenvaluePlot

    view = EigenvaluePlot()
    view.set_theme(theme)
    view.show_inside(_sine().inside)
    return view


@_scene("reach", 220)
def _reach(theme: Theme) -> QWidget:
    from elman_gui.views.network.dynamics_plot import ReachPlot

    view = ReachPlot()
    view.show_truncation(_sine().run.training.truncation)
    view.set_theme(theme)
    view.show_inside(_sine().inside)
    return view


@_scene("landscape", 300)
def _landscape(theme: Theme) -> QWidget:
    from elman_gui.views.training.landscape_plot import LandscapePlot

    view = LandscapePlot()
    view.show_dataset()
    view.set_theme(theme)
    view.show_inside(_sine().inside)
    return view


@_scene("lesions", 240)
def _lesions(theme: Theme) -> QWidget:
    from elman_gui.views.network.lesion_plot import LesionPlot

    view = LesionPlot()
    view.show_dataset()
    view.set_theme(theme)
    view.show_inside(_sine().inside)
    return view


@_scene("what-was-expected", 320)
def _what_was_expected(theme: Theme) -> QWidget:
    from elman_gui.views.time.next_symbol_plot import NextSymbolPlot

    view, seen = NextSymbolPlot(), _text()
    view.show_dataset(seen.run.dataset, 0)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_cursor(9)
    return view


@_scene("next-symbol", 220, 420)
def _next_symbol(theme: Theme) -> QWidget:
    from elman_gui.views.symbols.next_symbol_view import NextSymbolView

    view, seen = NextSymbolView(), _text()
    view.show_dataset(seen.run.dataset)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_cursor(9)
    return view


@_scene("error-by-symbol", 190)
def _error_by_symbol(theme: Theme) -> QWidget:
    from elman_gui.views.time.error_plot import ErrorPlot

    view, seen = ErrorPlot(), _of_1990("letters")
    view.show_dataset(seen.run.dataset, 0)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_first_symbols()
    return view


def _found_in_symbols(view: ClusterView | PositionPlot | RocPlot, seen: Trained, theme: Theme) -> QWidget:
    """Show what an analysis of symbols has found."""
    view.show_dataset(seen.run.dataset)
    view.set_theme(theme)
    view.show_inside(seen.inside)
    return view


@_scene("clusters", 640, 460)
def _clusters(theme: Theme) -> QWidget:
    from elman_gui.views.symbols.cluster_view import ClusterView

    return _found_in_symbols(ClusterView(), _of_1990("word-classes"), theme)


@_scene("error-by-place", 240)
def _error_by_place(theme: Theme) -> QWidget:
    from elman_gui.views.symbols.position_plot import PositionPlot

    return _found_in_symbols(PositionPlot(), _of_1990("temporal-xor"), theme)


@_scene("roc-curve", 280, 420)
def _roc_curve(theme: Theme) -> QWidget:
    from elman_gui.views.symbols.roc_plot import RocPlot

    return _found_in_symbols(RocPlot(), _of_1990("words"), theme)


@_scene("timeline", 44)
def _timeline(theme: Theme) -> QWidget:
    from elman_gui.panels.timeline import Timeline

    view = Timeline()
    view.set_theme(theme)
    view.show_course(_sunspots().course)
    view.set_at_rest(True)
    view.show_viewing(40)
    return view


# -- the window and its dialogs ---------------------------------------------------------------------


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
    _wait(lambda: window.session.experiment.name == "sunspots")
    window.transport.set_speed(UNLIMITED)
    _train(window)
    return window


def _train(window: MainWindow) -> None:
    from elman_gui.controllers.run_state import RunState

    window.session.run.train()
    _wait(lambda: window.session.state is RunState.IDLE and window.session.experiment.history.epochs > 0)
    rest(2.0)


@_scene("window", 800, 1280)
def _whole_window(theme: Theme) -> QWidget:
    return _workspace("learn", theme)


@_scene("inside", 800, 1280)
def _inside(theme: Theme) -> QWidget:
    return _workspace("inside", theme)


@_scene("forecast", 800, 1280)
def _forecast(theme: Theme) -> QWidget:
    window = _window()
    widget = _workspace("forecast", theme)
    _wait(lambda: window.outlook.backtest.found is not None and not window.outlook.backtest.is_working)
    rest(0.5)
    return widget


@_scene("backtest", 260)
def _backtest(theme: Theme) -> QWidget:
    from elman_core.forecasting.backtest.contenders import baselines_of, network_contender
    from elman_core.forecasting.backtest.run import backtest
    from elman_core.training.weights import network_from_weights
    from elman_gui.views.forecast.horizon_plot import HorizonPlot

    view, run = HorizonPlot(), _sunspots().run
    assert run.weights is not None
    model = network_contender(run, network_from_weights(run.network, run.weights))
    view.show_backtest(complete(backtest(model, baselines_of(run.dataset), run.dataset, 12)))
    view.set_theme(theme)
    return view


@_scene("seeds", 800, 1280)
def _seeds(theme: Theme) -> QWidget:
    window = _window()
    if window.session.experiment.training.networks == 1:
        window.session.set_training(window.session.experiment.training.replace(networks=30))
        _train(window)
    return _workspace("seeds", theme)


@_scene("study", 800, 1280)
def _study(theme: Theme) -> QWidget:
    from elman_core.studies.axes import field_named
    from elman_gui.controllers.study import StudyState

    window = _window()
    controller, form = window.study.controller, window.study_form
    if controller.shown is None:
        for name, values in (("hidden", "2, 4, 8, 16"), ("learning_rate", "0.003, 0.01, 0.03, 0.1")):
            form.axes.add(field_named(name))
            form.axes.rows[-1].values.setText(values)
        form.design.change(seeds=20)
        window.study.run()
        _wait(lambda: controller.state is StudyState.IDLE)
    window.set_theme(ThemeChoice(theme.name))
    window.actions_by_name["page_study"].trigger()
    rest(3.0)
    return window


@cache
def _damaged() -> DamageResults:
    from elman_gui.manual.trained import damaged_built_in

    return damaged_built_in("letters", 20, 40)


@_scene("damage", 320)
def _damage(theme: Theme) -> QWidget:
    from elman_core.analysis.damage.looking import DamageLook
    from elman_gui.views.damage.damage_plot import DamagePlot

    view = DamagePlot()
    view.set_theme(theme)
    view.show_look(DamageLook(_damaged(), level=0.3))
    return view


def _workspace(name: str, theme: Theme) -> QWidget:
    window = _window()
    window.set_theme(ThemeChoice(theme.name))
    window.actions_by_name[f"workspace_{name}"].trigger()
    rest(3.0)
    return window


@_scene("transport-bar", 48, 820)
def _transport_bar(theme: Theme) -> QWidget:
    from elman_gui.actions import make_actions, paint_actions
    from elman_gui.panels.transport_bar import TransportBar

    owner = QWidget()
    actions = make_actions(owner)
    paint_actions(actions, theme)
    bar = TransportBar(actions)
    bar.show_experiment(_sine().run)
    bar.set_theme(theme)
    bar.owner = owner
    return bar


@_scene("import-table", 620, 940)
def _import_table(theme: Theme) -> QWidget:
    from elman_gui.dialogs.import_dialog import ImportDialog
    from elman_gui.dialogs.table_read import read_for_import

    del theme
    return ImportDialog(complete(read_for_import(resource("data/co2.csv"))))


@_scene("import-text", 540, 880)
def _import_text(theme: Theme) -> QWidget:
    from elman_gui.controllers.loading import SymbolSource
    from elman_gui.dialogs.symbol_dialog import SymbolDialog

    del theme
    dialog = SymbolDialog(SymbolSource(path=resource("data/sentences.txt")))
    _wait(dialog.bar.isHidden)
    return dialog


@_scene("predict", 540, 860)
def _predict(theme: Theme) -> QWidget:
    from elman_gui.dialogs.predict_dialog import PredictDialog

    dialog = PredictDialog(_sunspots().run, theme)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    dialog.show()
    _wait(dialog.export.isEnabled)
    return dialog


def main_window_if_made() -> MainWindow | None:
    """Return the window that pictures were made of, which is to be closed in the end."""
    return _window() if _window.cache_info().currsize else None


# -- waiting ----------------------------------------------------------------------------------------


def _wait(condition: Callable[[], object]) -> None:
    """Let the program work until something is so.

    Raises
    ------
    TimeoutError
        When it takes too long.
    """
    loop, timer, late = QEventLoop(), QTimer(), QTimer()
    late.setSingleShot(True)
    late.timeout.connect(loop.quit)
    timer.timeout.connect(lambda: loop.quit() if condition() else None)
    late.start(round(1000 * _SECONDS))
    timer.start(20)
    loop.exec()
    timer.stop()
    if not condition():
        raise TimeoutError("the program did not come to rest")
    late.stop()


def rest(seconds: float) -> None:
    """Let the program work for some time."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()
