"""The part of the script that reads a table whose header has times, as months or years; before it stand the program's
own modules of such tables and of their ends, and what these use.
"""

from __future__ import annotations

import sys

from elman_core.data.csv.layout import find_across
from elman_core.export.script.reading import LAYOUTS, MODEL, cells_of

__all__ = ["long_cells_of"]

# -- tables whose header has times ------------------------------------------------------------------


def long_cells_of(path: str) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns, and the cells of each row, with a row for each time."""
    names, rows = cells_of(path)
    across = find_across(names, rows)
    if across is None:
        sys.exit(f"{path} has no months, years or dates in its header, as the model's data had")
    kept, _, _ = across.without_others(list(enumerate(rows, start=1)))
    long = across.long(path, kept, MODEL["format"]["sequence_column"])
    return list(long.names), [row for _, row in long.rows]


LAYOUTS["across"] = long_cells_of
