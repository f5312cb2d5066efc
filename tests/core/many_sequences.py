"""Datasets of many sequences, and what tests of their scores share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from elman_core.config import DataConfig
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.panel import Panel
from elman_core.data.preparation import prepare
from elman_core.data.table import AxisKind, Source, Table, TimeAxis
from elman_core.forecasting.scores import PartScores, Score

Array = NDArray[np.float64]
LENGTHS = (30, 12, 21)


def sequences_of(parts: list[Array], **data: Any) -> SequenceDataset:
    """Make a dataset of some sequences (n, C): by default not scaled, 60 % to train on and 20 % to validate."""
    values = np.concatenate(parts)
    lengths = np.array([len(part) for part in parts])
    starts = np.cumsum(lengths) - lengths
    names = tuple(f"s{k}" for k in range(len(parts)))
    panel = Panel.of(len(values), starts, names=names) if len(parts) > 1 else None
    axis = TimeAxis("t", AxisKind.STEP, np.concatenate([np.arange(float(n)) for n in lengths]))
    columns = tuple("abc"[: values.shape[1]])
    table = Table("table", columns, values, axis, Source(kind="csv", name="table.csv"), sequences=panel)
    config = {"columns": columns, "train_percent": 60, "validation_percent": 20, "scaling": "none", **data}
    return prepare(table, DataConfig(**config))


def noise(*lengths: int, columns: int = 2, seed: int = 0) -> list[Array]:
    random = np.random.default_rng(seed)
    return [random.normal(10 * k, 1 + k, size=(n, columns)).cumsum(axis=0) for k, n in enumerate(lengths)]


def edges(dataset: SequenceDataset, sequence: int, part: Part) -> range:
    rows = dataset.parts.rows(part, sequence)
    return range(rows.start, rows.stop)


def assert_near(found: Score | None, expected: Score | None) -> None:
    assert found is not None and expected is not None
    for name, value in vars(expected).items():
        assert getattr(found, name) == (None if value is None else pytest.approx(value, rel=1e-9)), name


def there(scores: dict[Part, PartScores | None], part: Part = Part.TEST) -> PartScores:
    found = scores[part]
    assert found is not None
    return found
