"""A study of damage as a CSV file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from elman_core.analysis.damage.results import DamageResults
from elman_core.support.files import replace_file

__all__ = ["damage_rows", "write_damage"]

_COLUMNS = ("kind", "level", "network", "network_seed", "repeat", "rmse", "right")


def write_damage(path: Path, found: DamageResults) -> None:
    """Write a row for each kind, level, network and repeat; `right` is empty for numbers, `rmse` "inf" without bound.

    The undamaged networks come first, as kind "none". The file is replaced in one step: it is never left half written.

    Raises
    ------
    ModelFileError
        When the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(damage_rows(found))
    replace_file(path, text.getvalue().encode())


def damage_rows(found: DamageResults) -> list[list[object]]:
    """Return the rows of the file, networks and repeats counted from 1."""
    undamaged = found.undamaged
    seeds, reached = undamaged.seeds, undamaged.reached
    rows: list[list[object]] = [
        ["none", 0.0, member + 1, seed, 1, float(reached.error[member]), _share(reached.right, member)]
        for member, seed in enumerate(seeds)
    ]
    for curve in found.curves:
        for level, member, repeat in np.ndindex(*curve.errors.shape):
            place = level, member, repeat
            error, right = float(curve.errors[place]), _share(curve.right, place)
            rows.append([curve.kind.value, curve.levels[level], member + 1, seeds[member], repeat + 1, error, right])
    return rows


def _share(right: np.ndarray | None, place: int | tuple[int, int, int]) -> object:
    return "" if right is None else float(right[place])
