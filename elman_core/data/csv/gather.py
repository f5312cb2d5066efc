"""Gathering the rows of each sequence of a table, where they stand apart."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.panel import MAXIMUM_SEQUENCE_NAME, Panel
from elman_core.errors import DataError
from elman_core.support.text_format import counted

__all__ = ["Gathered", "gather"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Gathered:
    """The rows of a table brought together by sequence.

    Attributes
    ----------
    order : (R,)
        The row of the file that stands in each place.
    panel
        Where the sequences begin, and their names.
    notes
        What the person should know of it.
    """

    order: Integers
    panel: Panel
    notes: tuple[str, ...]


def gather(name: str, column: str, codes: NDArray[np.float64], names: Collection[str], lines: Integers) -> Gathered:
    """Bring the rows of each sequence together, the sequences in the order of their first rows.

    Parameters
    ----------
    name, column
        Of the file and of the sequence column, for error messages.
    codes : (R,)
        The place of each row's sequence among the names, which are in the order of appearance; NaN for an empty cell.
    lines : (R,)
        The line of each row in the file.

    Raises
    ------
    DataError
        When a row belongs to no sequence, or each sequence has one row only.
    """
    if np.isnan(codes).any():
        row = int(lines[np.argmax(np.isnan(codes))])
        raise DataError(f"{name}: row {row:,} has no sequence in column {column!r}; every row needs one")
    for place, own in enumerate(names):
        if len(own) > MAXIMUM_SEQUENCE_NAME:
            row = int(lines[np.argmax(codes == place)])
            raise DataError(
                f"{name}: row {row:,} of column {column!r} has {len(own):,} characters; the name of a sequence may "
                f"have {MAXIMUM_SEQUENCE_NAME:,} at most"
            )
    whole = codes.astype(np.int64)
    lengths = np.bincount(whole)
    if lengths.max() == 1:
        raise DataError(
            f"{name}: column {column!r} has another text in each of {counted(len(whole), 'row')}, so that every "
            "sequence would have one row; choose a column that several rows share"
        )
    notes: tuple[str, ...] = ()
    order = np.arange(len(whole))
    if (np.diff(whole) < 0).any():
        order = np.argsort(whole, kind="stable")
        edges = np.flatnonzero(np.diff(whole, prepend=-1))
        apart = int((np.bincount(whole[edges]) > 1).sum())
        notes = (f"the rows of {counted(apart, 'sequence')} do not stand together and were gathered",)
    panel = Panel.of(len(whole), np.cumsum(lengths) - lengths, names=tuple(names)[: len(lengths)])
    return Gathered(order, panel, notes)
