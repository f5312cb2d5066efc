"""Fitting a saved forecaster again, to other or more rows: the choices that were made stay, and so does the seed."""

from __future__ import annotations

from elman_core.data.preparation import prepare
from elman_core.data.table import AxisKind, Table
from elman_core.experiments import begin
from elman_core.forecasting.backtest.refitting import fit_again
from elman_core.forecasting.forecaster import Forecaster, ForecastPart
from elman_core.storage.model_file import SavedModel
from elman_core.support.jobs import Job, within

__all__ = ["refit", "rows_left_out"]


def refit(saved: SavedModel, table: Table, engine: str = "auto") -> Job[Forecaster]:
    """Fit every part of a forecaster to all rows of a table before its test part, as it was fitted before.

    Transforms, lags, penalties, epochs, seeds and the weights of the parts are those that validation chose then; what
    transforms are fitted to, least squares and networks are found anew. What validation said is kept where the table
    begins with the rows that it was of.

    Raises
    ------
    DataError
        When the table lacks a column, or a part cannot be fitted to it.
    """
    own = saved.forecaster
    assert own is not None
    dataset, parts = prepare(table, own.data), []
    goes_on = own.validation is not None and len(own.validation.origins) > 0
    goes_on = goes_on and own.validation is not None and int(own.validation.origins.max()) < dataset.rows
    for place, part in enumerate(own.parts):
        share = place / len(own.parts), (place + 1) / len(own.parts)
        model = part.model
        begun = begin(model.name, table, model.data, model.network, model.training)
        run = yield from within(fit_again(begun, part.kind, engine), *share)
        parts.append(ForecastPart(run, part.kind, part.one_step, part.several, part.errors if goes_on else None))
    return Forecaster(dataset, tuple(parts), own.automatic, own.validation if goes_on else None, own.notes)


def rows_left_out(saved: SavedModel, table: Table) -> str:
    """Say that a table begins only after the rows that a model was fitted to; nothing where it does not."""
    axis, ends = table.axis, saved.ends
    if ends is None or axis.kind is AxisKind.STEP or axis.kind is not ends.kind:
        return ""
    if axis.positions.min() <= ends.times[:, 0].max():
        return ""
    return (
        f"{table.name} begins after the rows that {saved.name} was fitted to: these are left out now; to keep what "
        "they showed, give one table with the old and the new rows"
    )
