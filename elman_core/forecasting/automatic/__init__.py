"""The automatic recipe for one series: what a table begins with."""

from elman_core.forecasting.automatic.fit import FitStage, FitUpdate, ForecasterFit

__all__ = ["FitStage", "FitUpdate", "ForecasterFit"]
