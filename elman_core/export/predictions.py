"""Predictions as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.data.table import AxisKind, TimeAxis
from elman_core.export.rows import classes_of, predicted_symbols, symbols_of
from elman_core.export.stamp import Stamp
from elman_core.forecasting.extent import extended_of
from elman_core.support.files import replace_file
from elman_core.training.events import Response

if TYPE_CHECKING:
    from elman_core.forecasting.intervals_beyond import IntervalsBeyond

__all__ = ["time_text", "write_prediction"]

Row = list[float | str]
_SYMBOL_COLUMNS = ("symbol", "class", "predicted")
_SIDES = ("lower", "upper")


def write_prediction(
    path: Path,
    dataset: SequenceDataset,
    response: Response,
    *,
    only_beyond: bool = False,
    stamp: Stamp | None = None,
    intervals: IntervalsBeyond | None = None,
) -> None:
    """Write data, one-step prediction and forecast over one time axis, as CSV; or only the rows beyond the data.

    Of several sequences the second column says which, and the rows beyond each follow its own. Of symbols the last
    columns have the symbol of each row, its class, and the symbol that was the most probable one. Then it is said which
    network predicted. At the end stand the intervals of the rows beyond, "C (lower 80)" and "C (upper 80)".
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
    said = {} if stamp is None else stamp.columns
    of_symbols = _SYMBOL_COLUMNS if dataset.kind is DataKind.SYMBOLS else ()
    head = [dataset.axis.label, *([_sequence_label(dataset)] if several else [])]
    writer.writerow([*head, *names, *of_symbols, *said, *_edge_names(dataset, intervals)])
    for sequence in range(len(dataset.panel)):
        name = [dataset.panel.title(sequence)] if several else []
        if not only_beyond:
            nothing = [""] * len(_edge_names(dataset, intervals))
            known = _known_rows(dataset, response, sequence, name)
            writer.writerows([*row, *said.values(), *nothing] for row in known)
        edges = _edge_cells(response, intervals, sequence)
        beyond = _rows_beyond(dataset, response, sequence, name)
        writer.writerows([*row, *said.values(), *own] for row, own in zip(beyond, edges, strict=True))
    replace_file(path, text.getvalue().encode("utf-8", "replace"))


def _known_rows(dataset: SequenceDataset, response: Response, sequence: int, name: list[str]) -> Iterator[Row]:
    """Give the data's rows of a sequence, each with its prediction where there is one."""
    axis, rows = dataset.axis, dataset.panel.rows_of(sequence)
    one_step: list[list[float | str]] = response.one_step[max(rows.start - 1, 0) : rows.stop - 1].tolist()
    if rows.start == 0:
        one_step.insert(0, [""] * len(dataset.columns))
    predicted = dataset.is_predicted[rows].tolist()
    symbols = _symbol_cells(dataset, response, np.arange(rows.start, rows.stop))
    for time, values, known, found, of_symbol in zip(
        axis.positions[rows], dataset.values[rows].tolist(), predicted, one_step, symbols, strict=True
    ):
        # A row that lacks others before it has no prediction.
        cells = ((value, one if known and one == one else "", "") for value, one in zip(values, found, strict=True))
        yield [time_text(axis, time), *name, *chain(*cells), *of_symbol]


def _rows_beyond(dataset: SequenceDataset, response: Response, sequence: int, name: list[str]) -> Iterator[Row]:
    """Give the rows beyond a sequence."""
    beyond = response.closed_loop if response.beyond is None else response.beyond[sequence]
    times = extended_of(dataset, sequence, len(beyond))
    has_symbols = dataset.kind is DataKind.SYMBOLS
    guesses = predicted_symbols(dataset, beyond).tolist() if has_symbols else [""] * len(beyond)
    for time, forecasts, guess in zip(times, beyond.tolist(), guesses, strict=True):
        cells = chain(*(("", "", forecast) for forecast in forecasts))
        yield [time_text(dataset.axis, time), *name, *cells, *(["", "", guess] if has_symbols else [])]


def _edge_names(dataset: SequenceDataset, intervals: IntervalsBeyond | None) -> list[str]:
    levels = () if intervals is None else intervals.levels
    return [f"{column} ({side} {level:g})" for level in levels for column in dataset.columns for side in _SIDES]


def _edge_cells(response: Response, intervals: IntervalsBeyond | None, sequence: int) -> Iterator[Row]:
    """Give the edges of the intervals of each row beyond a sequence, in the order of their names."""
    beyond = response.closed_loop if response.beyond is None else response.beyond[sequence]
    if intervals is None:
        yield from ([] for _ in beyond)
        return
    radii = intervals.radii[:, sequence]  # (L, F, C)
    edges = np.stack([beyond - radii, beyond + radii], axis=-1)  # (L, F, C, 2)
    for row in np.moveaxis(edges, 1, 0).reshape(len(beyond), -1).tolist():
        yield ["" if np.isnan(edge) else edge for edge in row]


def _symbol_cells(dataset: SequenceDataset, response: Response, rows: NDArray[np.int64]) -> list[list[str]]:
    """Return symbol, class and the symbol predicted of some rows; nothing for numbers."""
    if dataset.kind is not DataKind.SYMBOLS:
        return [[] for _ in rows]
    symbols = symbols_of(dataset, rows)
    outputs = np.full((len(rows), len(dataset.columns)), np.nan)
    known = dataset.is_predicted[rows]
    outputs[known] = response.one_step[rows[known] - response.first_row]
    columns = (symbols, classes_of(dataset, symbols), predicted_symbols(dataset, outputs))
    return [list(cells) for cells in zip(*(column.tolist() for column in columns), strict=True)]


def _sequence_label(dataset: SequenceDataset) -> str:
    """Return what the column that tells the sequences apart is called in the table, where that is known."""
    return dataset.source.sequence_column or "sequence"


def time_text(axis: TimeAxis, position: float) -> str:
    """Format a time for programs: a date in ISO 8601, a number with all its digits."""
    return axis.text(position).replace(" ", "T") if axis.kind is AxisKind.DATE else f"{position:.15g}"
