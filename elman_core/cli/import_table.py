"""`elman import`: how a table is read, without training on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from elman_core.cli.console import print_json, print_table, say
from elman_core.cli.options import ROLE_SETTINGS, TABLE_SETTINGS, Json, chosen, table_format, with_settings
from elman_core.cli.progress import run_job
from elman_core.config import DataConfig
from elman_core.data.csv.read import NoNumbersError, read_table
from elman_core.experiments.data_summary import DataSummary

__all__ = ["DETAILS", "run"]

DETAILS = "Options correct what was not read as meant; train, predict and evaluate take the same ones."


@with_settings((*ROLE_SETTINGS, *TABLE_SETTINGS))
def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A table: CSV, Excel (.xlsx) or Parquet.")],
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Show the columns and their roles, the time, the order and the notes."""
    try:
        table, code = run_job(read_table(file, wanted=table_format(settings)), file.name)
    except NoNumbersError as error:
        raise NoNumbersError(f"{error}; elman train --symbols rows learns the rows of a column as symbols") from None
    if table is None:
        raise typer.Exit(code)
    summary = DataSummary.of_table(table, DataConfig(**chosen(DataConfig, ROLE_SETTINGS, settings)))
    say(summary.sentence)
    for note in table.notes:
        say(note)
    if as_json:
        print_json(summary.as_object(table.notes))
    else:
        _print_columns(summary)


def _print_columns(summary: DataSummary) -> None:
    columns = summary.facts.columns
    rows = [(c.name, summary.role(c), c.kind, f"{c.missing:,}", c.doubt) for c in columns]
    print_table(["Column", "Role", "Kind", "Missing", "Looks like"], rows, words=3)
