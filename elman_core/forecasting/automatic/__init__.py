"""The automatic recipes for one series and for many: what a table begins with."""

from elman_core.data.table import Table
from elman_core.forecasting.automatic.fit import ForecasterFit
from elman_core.forecasting.automatic.many_series import ManySeriesFit
from elman_core.forecasting.automatic.parts_fit import FitStage, FitUpdate, PartsFit

__all__ = ["FitStage", "FitUpdate", "ForecasterFit", "ManySeriesFit", "PartsFit", "recipe_for"]


def recipe_for(table: Table) -> type[ForecasterFit] | type[ManySeriesFit]:
    """Return the recipe of a table: for one series, or for many."""
    return ManySeriesFit if table.panel.has_several else ForecasterFit
