"""Predictions as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import AxisKind, TimeAxis
from elman_core.forecasting.extent import extended_of
from elman_core.support.files import replace_file
from elman_core.training.events import Response

__all__ = ["write_prediction"]

Row = list[float | str]


def write_prediction(path: Path, dataset: SequenceDataset, response: Response, *, only_beyond: bool = False) -> None:
    """Write data, one-step prediction and forecast over one time axis, as CSV; or only the rows beyond the data.

    Of several sequences the second column says which, and the rows beyond each follow its own.
    The file is replaced in one step: it is never left half written.

    Raises
    ------
    ModelFileError
        When the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = dataset.columns
    several = response.beyond is not None
    names = chain(*((c, f"{c} (one step)", f"{c} (forecast)") for c in columns))
    writer.writerow([dataset.axis.label, *([_sequence_label(dataset)] if several else []), *names])
    for sequence in range(len(dataset.panel)):
        name = [dataset.panel.title(sequence)] if several else []
        if not only_beyond:
            writer.writerows(_known_rows(dataset, response, sequence, name))
        writer.writerows(_rows_beyond(dataset, response, sequence, name))
    replace_file(path, text.getvalue().encode("utf-8", "replace"))


def _known_rows(dataset: SequenceDataset, response: Response, sequence: int, name: list[str]) -> Iterator[Row]:
    """Give the data's rows of a sequence, each with its prediction where there is one."""
    axis, rows = dataset.axis, dataset.panel.rows_of(sequence)
    one_step: list[list[float | str]] = response.one_step[max(rows.start - 1, 0) : rows.stop - 1].tolist()
    if rows.start == 0:
        one_step.insert(0, [""] * len(dataset.columns))
    predicted = dataset.is_predicted[rows].tolist()
    for time, values, known, found in zip(
        axis.positions[rows], dataset.values[rows].tolist(), predicted, one_step, strict=True
    ):
        cells = ((value, one if known else "", "") for value, one in zip(values, found, strict=True))
        yield [_time_text(axis, time), *name, *chain(*cells)]


def _rows_beyond(dataset: SequenceDataset, response: Response, sequence: int, name: list[str]) -> Iterator[Row]:
    """Give the rows beyond a sequence."""
    beyond = response.closed_loop if response.beyond is None else response.beyond[sequence]
    times = extended_of(dataset, sequence, len(beyond))
    for time, forecasts in zip(times, beyond.tolist(), strict=True):
        yield [_time_text(dataset.axis, time), *name, *chain(*(("", "", forecast) for forecast in forecasts))]


def _sequence_label(dataset: SequenceDataset) -> str:
    """Return what the column that tells the sequences apart is called in the table, where that is known."""
    return dataset.source.sequence_column or "sequence"


def _time_text(axis: TimeAxis, position: float) -> str:
    """Format a time for programs: a date in ISO 8601, a number with all its digits."""
    return axis.text(position).replace(" ", "T") if axis.kind is AxisKind.DATE else f"{position:.15g}"
