"""Predictions as a CSV file."""

from __future__ import annotations

import csv
import io
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import AxisKind, TimeAxis
from elman_core.support.files import replace_file
from elman_core.training.events import Response

__all__ = ["write_beyond", "write_prediction"]

if TYPE_CHECKING:
    from elman_core.forecasting.beyond import Beyond


def write_prediction(path: Path, dataset: SequenceDataset, response: Response) -> None:
    """Write data, one-step prediction and forecast over one time axis, as CSV.

    The file is replaced in one step: it is never left half written.

    Raises
    ------
    ModelFileError
        When the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = dataset.columns
    writer.writerow([dataset.axis.label, *chain(*((c, f"{c} (one step)", f"{c} (forecast)") for c in columns))])
    one_step: list[list[float | str]] = [[""] * len(columns), *response.one_step.tolist()]
    for time, values, predictions in zip(dataset.axis.positions, dataset.values[:].tolist(), one_step, strict=True):
        cells = ((value, prediction, "") for value, prediction in zip(values, predictions, strict=True))
        writer.writerow([_time_text(dataset.axis, time), *chain(*cells)])
    times = dataset.axis.extended(len(response.closed_loop))
    for time, forecasts in zip(times, response.closed_loop.tolist(), strict=True):
        writer.writerow([_time_text(dataset.axis, time), *chain(*(("", "", forecast) for forecast in forecasts))])
    replace_file(path, text.getvalue().encode("utf-8", "replace"))


def write_beyond(path: Path, found: Beyond) -> None:
    """Write the rows beyond data that are not there, in the same columns; with several sequences theirs is second.

    Raises
    ------
    ModelFileError
        When the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    dataset, panel, columns = found.dataset, found.dataset.panel, found.dataset.columns
    table_format = dataset.source.format
    column = (table_format.sequence_column if table_format else None) or "sequence"
    apart = (column,) if panel.has_several else ()
    writer.writerow([dataset.axis.label, *apart, *chain(*((c, f"{c} (one step)", f"{c} (forecast)") for c in columns))])
    for sequence in range(len(panel)):
        name = (panel.title(sequence),) if panel.has_several else ()
        for time, forecasts in zip(found.times[:, sequence], found.predicted[:, sequence].tolist(), strict=True):
            cells = chain(*(("", "", forecast) for forecast in forecasts))
            writer.writerow([_time_text(dataset.axis, time), *name, *cells])
    replace_file(path, text.getvalue().encode("utf-8", "replace"))


def _time_text(axis: TimeAxis, position: float) -> str:
    """Format a time for programs: a date in ISO 8601, a number with all its digits."""
    return axis.text(position).replace(" ", "T") if axis.kind is AxisKind.DATE else f"{position:.15g}"
