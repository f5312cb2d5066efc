"""Changes: what reading a table did to the rows of its file, or does otherwise than another reading, in sentences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.table import Table
from elman_core.support.text_format import counted

__all__ = ["changes_from", "changes_from_file", "in_file_order"]

Array = NDArray[np.float64]
_DONE = {"as-is": "left in the order of the file", "reversed": "turned round", "sorted": "sorted by time"}


def in_file_order(table: Table, column: str) -> Array:
    """Return the values of a column as they stand in the file, without rows that were inserted, (R,)."""
    values = np.asarray(table.values)[:, table.columns.index(column)]
    if table.places is None:
        return values
    read = table.places >= 0
    places = table.places
    if not read.all():
        values, places = values[read], places[read]
    if (np.diff(places) > 0).all():
        return values
    ordered: Array = values[np.argsort(places, kind="stable")]
    return ordered


def changes_from_file(table: Table, column: str) -> list[str]:
    """Say what was done to the rows of the file: moved, inserted, left without a value in a column."""
    if table.places is None:
        return []
    said = []
    read = table.places[table.places >= 0]
    moved = int((read != np.arange(len(read))).sum())
    if moved:
        done = _DONE.get(table.facts.order, "") if table.facts is not None else ""
        how = f" ({done})" if done and done != _DONE["as-is"] else ""
        said.append(
            f"{counted(moved, 'row')} {'stand' if moved > 1 else 'stands'} in another place than in the file{how}"
        )
    inserted = len(table.places) - len(read)
    if inserted:
        said.append(f"{counted(inserted, 'row')} without values {'were' if inserted > 1 else 'was'} inserted")
    gaps = int(np.isnan(in_file_order(table, column)).sum())
    if gaps:
        said.append(f"{counted(gaps, 'row')} {'have' if gaps > 1 else 'has'} no value in column {column!r}")
    return said


def changes_from(before: Table, after: Table, column: str) -> list[str]:
    """Say what one reading does otherwise than the one `before`: rows, order, times, and values of a column."""
    said = [*_changed_rows(before, after), *_changed_time(before, after)]
    if column not in before.columns:
        return [*said, f"column {column!r} was not read as numbers"]
    old, new = in_file_order(before, column), in_file_order(after, column)
    if len(old) != len(new):
        return said
    lost, found = np.isnan(new) & ~np.isnan(old), np.isnan(old) & ~np.isnan(new)
    other = (old != new) & ~np.isnan(old) & ~np.isnan(new)
    for which, done in ((lost, "became gaps"), (found, "are no gaps any more"), (other, "are read otherwise")):
        count = int(which.sum())
        if not count:
            continue
        first = int(np.argmax(which))
        example = f", the first {old[first]:.10g} as {new[first]:.10g}" if which is other else ""
        example = f", the first {old[first]:.10g}" if which is lost else example
        words = done if count > 1 else done.replace("are", "is").replace("gaps", "a gap")
        said.append(f"{counted(count, 'value')} of {column!r} {words}{example}")
    return said


def _changed_rows(before: Table, after: Table) -> list[str]:
    said = []
    old, new = (0 if table.places is None else int((table.places < 0).sum()) for table in (before, after))
    if new > old:
        said.append(f"{counted(new - old, 'row')} without values {'were' if new - old > 1 else 'was'} inserted")
    elif old > new:
        said.append(f"{counted(old - new, 'row')} {'are' if old - new > 1 else 'is'} no longer inserted")
    more = (after.rows - new) - (before.rows - old)
    if more:
        said.append(
            f"{counted(abs(more), 'row')} {'more' if more > 0 else 'fewer'} {'are' if abs(more) > 1 else 'is'} read"
        )
    if len(before.panel) != len(after.panel):
        were = counted(len(before.panel), "sequence")
        said.append(f"the rows are {counted(len(after.panel), 'sequence')} instead of {were}")
    if before.facts is not None and after.facts is not None and before.facts.order != after.facts.order:
        said.append(f"the rows are {_DONE[after.facts.order]}, and were {_DONE[before.facts.order]}")
    return said


def _changed_time(before: Table, after: Table) -> list[str]:
    old, new = (table.facts.time if table.facts is not None else None for table in (before, after))
    if old == new:
        return []
    if new is None or new.first is None:
        return ["rows are counted, and their times left out"]
    if old is None or old.first is None:
        return [f"time runs from {new.first} to {new.last}, and rows were counted before"]
    said = []
    if (old.first, old.last) != (new.first, new.last):
        said.append(f"time runs from {new.first} to {new.last} instead of {old.first} to {old.last}")
    if old.frequency != new.frequency:
        said.append(f"the frequency is {new.frequency or 'unknown'} instead of {old.frequency or 'unknown'}")
    return said
