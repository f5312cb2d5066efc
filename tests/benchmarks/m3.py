"""The monthly series of the M3 competition, which may not be shipped: where they are, and samples of them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.data.table import Table
from elman_core.support.jobs import complete

__all__ = ["M3_PLACE", "each_series", "m3_path", "m3_sample"]

M3_PLACE = "ELMAN_M3_MONTHLY"
"""The environment variable with the path of the 1,428 series: a CSV with the columns series, step and value."""


def m3_path() -> Path | None:
    """Return the path of the file, where it is given."""
    path = Path(os.environ.get(M3_PLACE, ""))
    return path if path.is_file() else None


def m3_sample(path: Path, choose: Callable[[dict[str, int]], list[str]]) -> Table:
    """Return some of the series, chosen from the number of rows of each."""
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    rows: dict[str, int] = {}
    for line in lines:
        name = line.split(",", 1)[0]
        rows[name] = rows.get(name, 0) + 1
    chosen = set(choose(rows))
    kept = [line for line in lines if line.split(",", 1)[0] in chosen]
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.csv"
        sample.write_text("\n".join([head, *kept]) + "\n", encoding="utf-8")
        return complete(read_table(sample, detect_format(sample, "series")))


def each_series(table: Table) -> Iterator[Table]:
    """Return each sequence as a table of its own."""
    for place in range(len(table.panel)):
        rows = table.panel.rows_of(place)
        axis = replace(table.axis, positions=table.axis.positions[rows.start : rows.stop])
        values = np.asarray(table.values[rows.start : rows.stop])
        yield Table(table.panel.title(place), table.columns, values, axis, table.source)
