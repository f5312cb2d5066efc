"""Which page of the manual tells of which view."""

from __future__ import annotations

from elman_gui.manual.pages import CONTENTS

__all__ = ["PAGE_OF_VIEW", "page_of_view"]

PAGE_OF_VIEW = {
    "FitPlot": "fit",
    "NextSymbolPlot": "what-was-expected",
    "LeftOverPlot": "forecaster",
    "ErrorPlot": "error-by-symbol",
    "ContextPlot": "context-units",
    "LossPlot": "loss",
    "DiagramView": "network",
    "WeightsView": "weights",
    "StateSpacePlot": "state-space",
    "EigenvaluePlot": "eigenvalues",
    "ReachPlot": "reach",
    "LandscapePlot": "landscape",
    "LesionPlot": "lesions",
    "ClusterView": "clusters",
    "PositionPlot": "error-by-place",
    "RocPlot": "roc-curve",
    "NextSymbolView": "next-symbol",
    "ForecastPlot": "forecast",
    "OutlookPlot": "forecast",
    "HorizonPlot": "backtest",
    "HorizonTable": "backtest",
    "Leaderboard": "backtest",
    "CoveragePlot": "backtest",
    "ResidualsPlot": "backtest",
    "AutocorrelationPlot": "backtest",
    "SeriesErrorPlot": "backtest",
    "WorstTable": "backtest",
    "MembersPlot": "seeds",
    "HeatMap": "study",
    "RankTable": "study",
    "SlicePlot": "study",
    "ParallelCoordinates": "study",
    "ImportancePlot": "study",
    "RunsPlot": "study",
    "PartsPlot": "study",
    "ProfilePlot": "study",
    "DamagePlot": "damage",
    "KindsPlot": "damage",
    "FanPlot": "seeds",
    "DistributionPlot": "seeds",
    "MembersTable": "seeds",
    "ScorecardsPlot": "seeds",
}
"""By the name of the view's class, which stays where titles change."""


def page_of_view(view: str) -> str:
    """Return the name of a view's page, by the name of its class; the table of contents where it has none."""
    return PAGE_OF_VIEW.get(view, CONTENTS)
