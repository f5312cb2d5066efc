"""Other data of a model that has a season: they begin where the calendar says, not anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from elman_core.config import DataConfig
from elman_core.data.csv.read import read_table
from elman_core.data.preparation import prepare
from elman_core.data.table import Table
from elman_core.experiments.seasons import in_season_of
from elman_core.support.jobs import complete


def months_from(folder: Path, year: int, month: int, rows: int = 36) -> Table:
    path = folder / f"{year}-{month}.csv"
    times = [divmod(12 * year + month - 1 + row, 12) for row in range(rows)]
    lines = [f"{y}-{m + 1:02d},{100 + 10 * np.sin(m / 2):.3f}" for y, m in times]
    path.write_text("\n".join(["month,v", *lines]), encoding="utf-8")
    return complete(read_table(path))


@pytest.mark.parametrize(("year", "month", "phase"), [(2013, 1, 36), (2013, 4, 39), (2009, 11, -2), (2010, 1, 0)])
def test_other_months_go_on_in_the_season_of_those_that_were_learned(
    tmp_path: Path, year: int, month: int, phase: int
) -> None:
    (tmp_path / "own").mkdir()
    own = prepare(
        months_from(tmp_path / "own", 2010, 1), DataConfig(season=12, transforms=("seasonal-additive",), scaling="none")
    )
    other = in_season_of(own, months_from(tmp_path, year, month))
    assert other.panel.phases.tolist() == [phase]
    values = prepare(other, own.config, own.fitted).past[:, 0]
    np.testing.assert_allclose(values, values[0], atol=2e-3)  # nothing is left of a pure season, to the digits written


def test_without_a_season_nothing_changes(tmp_path: Path) -> None:
    own = prepare(months_from(tmp_path, 2010, 1), DataConfig())
    other = months_from(tmp_path, 2013, 4)
    assert in_season_of(own, other) is other
