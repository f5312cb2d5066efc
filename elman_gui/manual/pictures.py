"""The manual's pictures, drawn by the program from networks that it trains: `python -m elman_gui.manual.pictures`.

Each picture is made by itself, so that one that fails does not take the others with it; a failure is told, and the
exit code is then 1. `python -m elman_gui.manual.pictures FOLDER NAME...` draws some of them into another folder.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from elman_core.analysis.types import Analysis
from elman_core.support.jobs import complete
from elman_core.support.resources import resource
from elman_gui.manual.pages import FOLDER
from elman_gui.theme import DARK, LIGHT, Theme, ThemeChoice, apply_theme

__all__ = ["PICTURES", "draw", "main"]

_SCALE = 2
"""Pixels of a picture for each one that is shown, so that it is sharp on fine screens."""
_WIDTH = 560
_SECONDS = 60.0

Maker = Callable[[Theme], QWidget]
PICTURES: dict[str, tuple[Maker, QSize]] = {}
"""What each picture shows, and at which size; filled below."""


def _picture(name: str, height: int, width: int = _WIDTH) -> Callable[[Maker], Maker]:
    def keep(make: Maker) -> Maker:
        PICTURES[name] = make, QSize(width, height)
        return make

    return keep


# -- networks ---------------------------------------------------------------------------------------


@cache
def _sine():
    from elman_gui.manual.trained import trained_built_in

    inside = frozenset({Analysis.STATES, Analysis.DYNAMICS, Analysis.LANDSCAPE, Analysis.LESIONS})
    return trained_built_in("sine", inside)


@cache
def _sunspots():
    from elman_gui.manual.trained import trained_built_in

    return trained_built_in("sunspots")


@cache
def _of_1990(name: str):
    from elman_gui.manual.trained import trained_built_in

    return trained_built_in(name, frozenset({Analysis.ERRORS, Analysis.CLUSTERS}))


@cache
def _text():
    from elman_gui.manual.trained import trained_sample_text

    return trained_sample_text()


# -- views ------------------------------------------------------------------------------------------


@_picture("fit", 280)
def _fit(theme: Theme) -> QWidget:
    from elman_gui.views.time.fit_plot import FitPlot

    view, seen = FitPlot(), _sunspots()
    view.show_dataset(seen.run.dataset, len(seen.snapshot.response.closed_loop))
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_all()
    return view


@_picture("loss", 220)
def _loss(theme: Theme) -> QWidget:
    from elman_gui.views.training.loss_plot import LossPlot

    view, run = LossPlot(), _sunspots().run
    view.show_dataset(run.dataset, run.training.loss, run.training.epochs)
    view.set_theme(theme)
    view.show_course(_sunspots().course)
    view.show_all()
    return view


@_picture("context-units", 200)
def _context_units(theme: Theme) -> QWidget:
    from elman_gui.views.time.context_plot import ContextPlot

    view, seen = ContextPlot(), _sunspots()
    view.show_dataset(seen.run.dataset, 0, seen.run.network.hidden, seen.run.network.activation)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_cursor(180)
    return view


@_picture("scores", 190, 400)
def _scores(theme: Theme) -> QWidget:
    from elman_gui.panels.score_card import ScoreCard

    view = ScoreCard()
    view.show_dataset(_sunspots().run.dataset)
    view.set_theme(theme)
    view.show_scores(_sunspots().scores)
    return view


@_picture("scorecard", 230, 460)
def _scorecard(theme: Theme) -> QWidget:
    from elman_gui.panels.scorecard_panel import ScorecardPanel

    view = ScorecardPanel()
    view.set_theme(theme)
    view.show_measures(_of_1990("temporal-xor").measures)
    return view


@_picture("network", 300)
def _network(theme: Theme) -> QWidget:
    from elman_gui.views.network.diagram_view import DiagramView

    view, seen = DiagramView(), _sine()
    view.show_dataset(seen.run.dataset, seen.run.network)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_cursor(7)
    return view


@_picture("weights", 260)
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


@_picture("state-space", 320)
def _state_space(theme: Theme) -> QWidget:
    from elman_gui.views.network.state_space_plot import StateSpacePlot

    view = StateSpacePlot()
    view.show_dataset(_sine().run.dataset)
    view.set_theme(theme)
    view.show_inside(_sine().inside)
    view.show_cursor(7)
    return view


@_picture("eigenvalues", 280, 420)
def _eigenvalues(theme: Theme) -> QWidget:
    from elman_gui.views.network.dynamics_plot import EigenvaluePlot

    view = EigenvaluePlot()
    view.set_theme(theme)
    view.show_inside(_sine().inside)
    return view


@_picture("reach", 220)
def _reach(theme: Theme) -> QWidget:
    from elman_gui.views.network.dynamics_plot import ReachPlot

    view = ReachPlot()
    view.show_truncation(_sine().run.training.truncation)
    view.set_theme(theme)
    view.show_inside(_sine().inside)
    return view


@_picture("landscape", 300)
def _landscape(theme: Theme) -> QWidget:
    from elman_gui.views.training.landscape_plot import LandscapePlot

    view = LandscapePlot()
    view.show_dataset()
    view.set_theme(theme)
    view.show_inside(_sine().inside)
    return view


@_picture("lesions", 240)
def _lesions(theme: Theme) -> QWidget:
    from elman_gui.views.network.lesion_plot import LesionPlot

    view = LesionPlot()
    view.show_dataset()
    view.set_theme(theme)
    view.show_inside(_sine().inside)
    return view


@_picture("what-was-expected", 320)
def _what_was_expected(theme: Theme) -> QWidget:
    from elman_gui.views.time.next_symbol_plot import NextSymbolPlot

    view, seen = NextSymbolPlot(), _text()
    view.show_dataset(seen.run.dataset, 0)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_cursor(9)
    return view


@_picture("next-symbol", 220, 420)
def _next_symbol(theme: Theme) -> QWidget:
    from elman_gui.views.symbols.next_symbol_view import NextSymbolView

    view, seen = NextSymbolView(), _text()
    view.show_dataset(seen.run.dataset)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_cursor(9)
    return view


@_picture("error-by-symbol", 190)
def _error_by_symbol(theme: Theme) -> QWidget:
    from elman_gui.views.time.error_plot import ErrorPlot

    view, seen = ErrorPlot(), _of_1990("letters")
    view.show_dataset(seen.run.dataset, 0)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_first_symbols()
    return view


@_picture("clusters", 640, 460)
def _clusters(theme: Theme) -> QWidget:
    from elman_gui.views.symbols.cluster_view import ClusterView

    view, seen = ClusterView(), _of_1990("word-classes")
    view.show_dataset(seen.run.dataset)
    view.set_theme(theme)
    view.show_inside(seen.inside)
    return view


@_picture("error-by-place", 240)
def _error_by_place(theme: Theme) -> QWidget:
    from elman_gui.views.symbols.position_plot import PositionPlot

    view, seen = PositionPlot(), _of_1990("temporal-xor")
    view.show_dataset(seen.run.dataset)
    view.set_theme(theme)
    view.show_inside(seen.inside)
    return view


@_picture("roc-curve", 280, 420)
def _roc_curve(theme: Theme) -> QWidget:
    from elman_gui.views.symbols.roc_plot import RocPlot

    view, seen = RocPlot(), _of_1990("words")
    view.show_dataset(seen.run.dataset)
    view.set_theme(theme)
    view.show_inside(seen.inside)
    return view


@_picture("timeline", 44)
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
def _window():
    """Return the main window, with a trained network."""
    from elman_gui.app import make_window
    from elman_gui.controllers.run_state import RunState
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
    window.session.run.train()
    _wait(lambda: window.session.state is RunState.IDLE and window.session.experiment.history.epochs > 0)
    _rest(2.0)
    return window


@_picture("window", 800, 1280)
def _whole_window(theme: Theme) -> QWidget:
    window = _window()
    window.set_theme(ThemeChoice(theme.name))
    _rest(0.5)
    return window


@_picture("transport-bar", 48, 1020)
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


@_picture("import-table", 560, 720)
def _import_table(theme: Theme) -> QWidget:
    from elman_gui.dialogs.import_dialog import ImportDialog
    from elman_gui.dialogs.table_read import read_for_import

    del theme
    return ImportDialog(complete(read_for_import(resource("data/co2.csv"))))


@_picture("import-text", 540, 880)
def _import_text(theme: Theme) -> QWidget:
    from elman_gui.controllers.loading import SymbolSource
    from elman_gui.dialogs.symbol_dialog import SymbolDialog

    del theme
    dialog = SymbolDialog(SymbolSource(path=resource("data/sentences.txt")))
    _wait(dialog.bar.isHidden)
    return dialog


@_picture("predict", 540, 860)
def _predict(theme: Theme) -> QWidget:
    from elman_gui.dialogs.predict_dialog import PredictDialog

    dialog = PredictDialog(_sunspots().run, theme)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    dialog.show()
    _wait(dialog.export.isEnabled)
    return dialog


# -- drawing ----------------------------------------------------------------------------------------


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


def _rest(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


@contextmanager
def _shown(widget: QWidget, size: QSize) -> Iterator[None]:
    """Lay a widget out as if it were on a screen."""
    widget.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    widget.setMinimumSize(0, 0)
    widget.resize(size)
    widget.show()
    _rest(0.15)
    yield
    if widget is not _window_if_made():
        widget.close()
        widget.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _window_if_made() -> QWidget | None:
    return _window() if _window.cache_info().currsize else None


def draw(name: str, theme: Theme) -> QImage:
    """Return one picture."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    apply_theme(application, theme)
    make, size = PICTURES[name]
    widget = make(theme)
    with _shown(widget, size):
        image = QImage(widget.size() * _SCALE, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(_SCALE)
        image.fill(theme.ground)
        widget.render(image)
    if size.width() > _WIDTH:  # a whole window is shown smaller than it is
        image = image.scaledToWidth(_WIDTH * _SCALE, Qt.TransformationMode.SmoothTransformation)
    return image.convertToFormat(QImage.Format.Format_Indexed8, _colors(image), Qt.ImageConversionFlag.ThresholdDither)


def _colors(image: QImage) -> list[int]:
    """Return the 256 commonest colours of a picture, those that nearly are the same as one: the file is a third then."""
    pixels = np.frombuffer(image.constBits(), np.uint32).astype(np.int64)
    channels = np.stack([pixels >> 16 & 255, pixels >> 8 & 255, pixels & 255], axis=1)
    coarse = channels >> 3
    _, place, counts = np.unique(coarse @ (1024, 32, 1), return_inverse=True, return_counts=True)
    means = np.stack([np.bincount(place, channel) / counts for channel in channels.T], axis=1).round().astype(np.int64)
    commonest = means[np.argsort(-counts, kind="stable")[:256]]
    return [0xFF000000 | red << 16 | green << 8 | blue for red, green, blue in commonest.tolist()]


def main(arguments: list[str]) -> int:
    """Draw all pictures, or those that are named, and return the exit code."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication(["elman"])
    assert isinstance(application, QApplication)
    application.setStyle("Fusion")
    import torch

    torch.set_num_threads(1)
    folder = Path(arguments[0]) if arguments else FOLDER / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in arguments[1:] or PICTURES:
        for theme, ending in ((LIGHT, ""), (DARK, "-dark")):
            try:
                draw(name, theme).save(str(folder / f"{name}{ending}.png"), "PNG", 0)
            except Exception:
                traceback.print_exc()
                failed.append(f"{name}{ending}")
    window = _window_if_made()
    if window is not None:
        window.documents._closing = True
        window.close()
    print(f"{len(PICTURES)} pictures in {folder}" if not failed else f"not drawn: {', '.join(failed)}")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
