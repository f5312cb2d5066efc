"""Backtests as a CSV file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from elman_core.export.predictions import time_text
from elman_core.export.rows import positions_of
from elman_core.forecasting.backtest.results import Backtest
from elman_core.support.files import replace_file

__all__ = ["write_backtest"]


def write_backtest(path: Path, found: Backtest) -> None:
    """Write a row for each origin and number of steps ahead, with what came, every forecast, and the model's intervals.

    The columns are time, of several sequences which, origin, fold, steps ahead, then for each target C its value,
    "C (network)", "C (persistence)", ... and at the end "C (lower 80)", "C (upper 80)", ... The file is replaced in one
    step: it is never left half written.

    Raises
    ------
    ModelFileError
        When the file cannot be written.
    """
    dataset, text = found.dataset, io.StringIO()
    several, axis = dataset.panel.has_several, dataset.axis
    writer = csv.writer(text, lineterminator="\n")
    columns = dataset.columns
    edges = [f"{column} ({side} {level:g})" for level in found.levels for column in columns for side in _SIDES]
    forecasts = [f"{column} ({own.name})" for own in found.contestants for column in columns]
    sequence = [dataset.source.sequence_column or "sequence"] if several else []
    writer.writerow([axis.label, *sequence, "origin", "fold", "steps ahead", *columns, *forecasts, *edges])
    there = found.origins + np.arange(1, found.horizon + 1)[:, None] < dataset.parts_stop(found.origins)
    positions = positions_of(dataset, np.arange(dataset.rows))
    model = found.model
    for place, origin in enumerate(found.origins.tolist()):
        name = [dataset.panel.title(int(dataset.sequence_of_row[origin]))] if several else []
        known = time_text(axis, float(positions[origin]))
        for step in np.flatnonzero(there[:, place]).tolist():
            time = time_text(axis, float(positions[origin + step + 1]))
            point = model.point[step, place]
            radii = model.radii[:, step, place]  # (L, C)
            bands = np.stack([point - radii, point + radii], axis=-1)  # (L, C, 2)
            numbers = [
                *found.values[step, place],
                *(value for own in found.contestants for value in own.point[step, place]),
                *bands.ravel(),
            ]
            cells = ["" if np.isnan(value) else float(value) for value in numbers]
            writer.writerow([time, *name, known, int(found.fold[place]) + 1, step + 1, *cells])
    replace_file(path, text.getvalue().encode("utf-8", "replace"))


_SIDES = ("lower", "upper")
