"""Views in the manual's pictures, filled from networks that were really trained.

Each is made by a function of its own, which imports what it needs: one that fails does not take the others with it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from elman_core.support.jobs import complete
from elman_gui.manual.scene import scene
from elman_gui.manual.subjects import of_1990, sample_text, sine, sunspots
from elman_gui.theme import Theme

if TYPE_CHECKING:
    from elman_core.analysis.damage.results import DamageResults
    from elman_gui.manual.trained import Trained
    from elman_gui.views.symbols.cluster_view import ClusterView
    from elman_gui.views.symbols.position_plot import PositionPlot
    from elman_gui.views.symbols.roc_plot import RocPlot


@scene("fit", 280)
def _fit(theme: Theme) -> QWidget:
    from elman_gui.views.time.fit_plot import FitPlot

    view, seen = FitPlot(), sunspots()
    view.show_dataset(seen.run.dataset, len(seen.snapshot.response.closed_loop))
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_all()
    return view


@scene("forecaster", 260)
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


@scene("loss", 220)
def _loss(theme: Theme) -> QWidget:
    from elman_gui.views.training.loss_plot import LossPlot

    view, run = LossPlot(), sunspots().run
    view.show_dataset(run.dataset, run.training.loss, run.training.epochs)
    view.set_theme(theme)
    view.show_course(sunspots().course)
    view.show_all()
    return view


@scene("context-units", 200)
def _context_units(theme: Theme) -> QWidget:
    from elman_gui.views.time.context_plot import ContextPlot

    view, seen = ContextPlot(), sunspots()
    view.show_dataset(seen.run.dataset, 0, seen.run.network)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_cursor(180)
    return view


@scene("scores", 190, 400)
def _scores(theme: Theme) -> QWidget:
    from elman_gui.panels.score_card import ScoreCard

    view = ScoreCard()
    view.show_dataset(sunspots().run.dataset)
    view.set_theme(theme)
    view.show_scores(sunspots().scores)
    return view


@scene("scorecard", 230, 460)
def _scorecard(theme: Theme) -> QWidget:
    from elman_gui.panels.scorecard_panel import ScorecardPanel

    view = ScorecardPanel()
    view.set_theme(theme)
    view.show_measures(of_1990("temporal-xor").measures)
    return view


@scene("network", 300)
def _network(theme: Theme) -> QWidget:
    from elman_gui.views.network.diagram_view import DiagramView

    view, seen = DiagramView(), sine()
    view.show_dataset(seen.run.dataset, seen.run.network)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_cursor(7)
    return view


@scene("weights", 260)
def _weights(theme: Theme) -> QWidget:
    from elman_core.analysis.units import connection_at
    from elman_gui.views.network.weights_view import WeightsView

    view, seen = WeightsView(), sine()
    view.show_dataset(seen.run.dataset, seen.run.network)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_course(seen.course)
    view.show_selection(connection_at(seen.run.network, "w1", 2, 0))
    return view


@scene("state-space", 320)
def _state_space(theme: Theme) -> QWidget:
    from elman_gui.views.network.state_space_plot import StateSpacePlot

    view = StateSpacePlot()
    view.show_dataset(sine().run.dataset)
    view.set_theme(theme)
    view.show_inside(sine().inside)
    view.show_cursor(7)
    return view


@scene("eigenvalues", 280, 420)
def _eigenvalues(theme: Theme) -> QWidget:
    from elman_gui.views.network.dynamics_plot import EigenvaluePlot

    view = EigenvaluePlot()
    view.set_theme(theme)
    view.show_inside(sine().inside)
    return view


@scene("reach", 220)
def _reach(theme: Theme) -> QWidget:
    from elman_gui.views.network.dynamics_plot import ReachPlot

    view = ReachPlot()
    view.show_truncation(sine().run.training.truncation)
    view.set_theme(theme)
    view.show_inside(sine().inside)
    return view


@scene("landscape", 300)
def _landscape(theme: Theme) -> QWidget:
    from elman_gui.views.training.landscape_plot import LandscapePlot

    view = LandscapePlot()
    view.show_dataset()
    view.set_theme(theme)
    view.show_inside(sine().inside)
    return view


@scene("lesions", 240)
def _lesions(theme: Theme) -> QWidget:
    from elman_gui.views.network.lesion_plot import LesionPlot

    view = LesionPlot()
    view.show_dataset()
    view.set_theme(theme)
    view.show_inside(sine().inside)
    return view


@scene("what-was-expected", 320)
def _what_was_expected(theme: Theme) -> QWidget:
    from elman_gui.views.time.next_symbol_plot import NextSymbolPlot

    view, seen = NextSymbolPlot(), sample_text()
    view.show_dataset(seen.run.dataset, 0)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_cursor(9)
    return view


@scene("next-symbol", 220, 420)
def _next_symbol(theme: Theme) -> QWidget:
    from elman_gui.views.symbols.next_symbol_view import NextSymbolView

    view, seen = NextSymbolView(), sample_text()
    view.show_dataset(seen.run.dataset)
    view.set_theme(theme)
    view.show_snapshot(seen.snapshot)
    view.show_cursor(9)
    return view


@scene("error-by-symbol", 190)
def _error_by_symbol(theme: Theme) -> QWidget:
    from elman_gui.views.time.error_plot import ErrorPlot

    view, seen = ErrorPlot(), of_1990("letters")
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


@scene("clusters", 640, 460)
def _clusters(theme: Theme) -> QWidget:
    from elman_gui.views.symbols.cluster_view import ClusterView

    return _found_in_symbols(ClusterView(), of_1990("word-classes"), theme)


@scene("error-by-place", 240)
def _error_by_place(theme: Theme) -> QWidget:
    from elman_gui.views.symbols.position_plot import PositionPlot

    return _found_in_symbols(PositionPlot(), of_1990("temporal-xor"), theme)


@scene("roc-curve", 280, 420)
def _roc_curve(theme: Theme) -> QWidget:
    from elman_gui.views.symbols.roc_plot import RocPlot

    return _found_in_symbols(RocPlot(), of_1990("words"), theme)


@scene("timeline", 44)
def _timeline(theme: Theme) -> QWidget:
    from elman_gui.panels.timeline import Timeline

    view = Timeline()
    view.set_theme(theme)
    view.show_course(sunspots().course)
    view.set_at_rest(True)
    view.show_viewing(40)
    return view


@scene("backtest", 260)
def _backtest(theme: Theme) -> QWidget:
    from elman_core.forecasting.backtest.contenders import baselines_of, network_contender
    from elman_core.forecasting.backtest.run import backtest
    from elman_core.training.weights import network_from_weights
    from elman_gui.views.forecast.horizon_plot import HorizonPlot

    view, run = HorizonPlot(), sunspots().run
    assert run.weights is not None
    model = network_contender(run, network_from_weights(run.network, run.weights))
    view.show_backtest(complete(backtest(model, baselines_of(run.dataset), run.dataset, 12)))
    view.set_theme(theme)
    return view


@cache
def _damaged() -> DamageResults:
    from elman_gui.manual.trained import damaged_built_in

    return damaged_built_in("letters", 20, 40)


@scene("damage", 320)
def _damage(theme: Theme) -> QWidget:
    from elman_core.analysis.damage.look import DamageLook
    from elman_gui.views.damage.damage_plot import DamagePlot

    view = DamagePlot()
    view.set_theme(theme)
    view.show_look(DamageLook(_damaged(), level=0.3))
    return view
