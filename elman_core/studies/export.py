"""A study as a table: one row a run, for R, pandas and spreadsheets."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from elman_core.config.study import AxisValue
from elman_core.studies.results import StudyResults
from elman_core.studies.study import Study
from elman_core.support.files import replace_file

__all__ = ["study_rows", "write_study"]

_FIGURES = ("epochs", "best_epoch", "train", "validation", "test")


def study_rows(study: Study, results: StudyResults) -> Iterator[list[str]]:
    """Yield the names of the columns, then a row for each run, in the order in which they came.

    The columns are the study's name, the cell, each setting that is varied by its full name, seed, outcome, the figures
    (empty where there is none), when the run began (seconds since 1970-01-01 UTC), how long it took, and its message.
    """
    fields = [axis.field for axis in study.config.axes]
    yield ["study", "cell", *fields, "seed", "outcome", *_FIGURES, "began", "seconds", "message"]
    for trial in results:
        figures = [_text(getattr(trial, name)) for name in _FIGURES]
        settings = [_text(trial.settings.get(field)) for field in fields]
        ends = [_text(trial.began), _text(trial.seconds), trial.message]
        yield [study.base.name, str(trial.cell), *settings, str(trial.seed), trial.outcome.value, *figures, *ends]


def write_study(path: Path, study: Study, results: StudyResults) -> None:
    """Write every run of a study to a CSV file, all of it or nothing.

    Raises
    ------
    NotWrittenError
        When it cannot be written.
    """
    replace_file(path, *_encoded(study_rows(study, results)))


def _encoded(rows: Iterable[list[str]]) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow(row)
        if text.tell() > 2**20:
            yield text.getvalue().encode("utf-8", "replace")
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode("utf-8", "replace")


def _text(value: AxisValue | Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
