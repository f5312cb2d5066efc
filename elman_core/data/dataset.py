"""SequenceDataset: what a network learns from, made of a table and a DataConfig."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from elman_core.config import Config, DataConfig, Scaling
from elman_core.data.table import Rows, Source, Table, TimeAxis
from elman_core.data.text.vocabulary import CodedRows, Symbols, shown
from elman_core.errors import DataError
from elman_core.support.text_format import counted, listed

__all__ = ["MINIMUM_ROWS", "Part", "Scale", "SequenceDataset", "prepare"]

MINIMUM_ROWS = 3


class Part(StrEnum):
    """The parts of a series, in the order of time."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Scale(Config):
    """Per column: scaled = (value - mean) / deviation."""

    mean: tuple[float, ...] = Field(min_length=1)
    deviation: tuple[float, ...] = Field(min_length=1)

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """From the data's own units to the network's."""
        scaled: NDArray[np.float64] = (values - np.asarray(self.mean)) / np.asarray(self.deviation)
        return scaled

    def undo(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        """From the network's units to the data's own."""
        values: NDArray[np.float64] = scaled * np.asarray(self.deviation) + np.asarray(self.mean)
        return values


@dataclass(frozen=True)
class SequenceDataset:
    """A series to be predicted one step ahead.

    Time step t has row t as input and row t + 1 as target, so R rows make T = R - 1 steps. A part's
    rows are predicted by the steps one before them.

    Attributes
    ----------
    name
        What the series is called in titles.
    columns
        Names of the C columns.
    values : (R, C)
        In the data's own units, without gaps.
    axis
        The time of each row.
    scale
        Fitted to the training part only.
    train_rows, validation_rows
        How many rows the two parts have; the test part is the rest.
    source
        Where the rows came from.
    config
        What was chosen to make this dataset.
    filled : (R,)
        True where a row had a gap that was filled.
    symbols
        What the rows stand for, where they are symbols.
    """

    name: str
    columns: tuple[str, ...]
    values: Rows
    axis: TimeAxis
    scale: Scale
    train_rows: int
    validation_rows: int
    source: Source
    config: DataConfig
    filled: NDArray[np.bool_]
    symbols: Symbols | None = None

    @property
    def rows(self) -> int:
        """R, how many rows there are."""
        return len(self.values)

    def scaled(self, rows: slice) -> NDArray[np.float64]:
        """Return some rows in the network's units."""
        return self.scale.apply(self.values[rows])

    @property
    def inputs(self) -> NDArray[np.float64]:
        """(T, C) in the network's units."""
        return self.scaled(slice(None, -1))

    @property
    def targets(self) -> NDArray[np.float64]:
        """(T, C) in the network's units: the inputs one step later."""
        return self.scaled(slice(1, None))

    @property
    def train_steps(self) -> int:
        """Time steps whose target is in the training part."""
        return self.train_rows - 1

    @property
    def validation_steps(self) -> int:
        """Time steps whose target is in the validation part."""
        return self.validation_rows

    def part_rows(self, part: Part) -> slice:
        """Rows of a part that a one-step prediction exists for; may be empty."""
        stops = (1, self.train_rows, self.train_rows + self.validation_rows, self.rows)
        index = list(Part).index(part)
        return slice(stops[index], stops[index + 1])

    @property
    def history_rows(self) -> int:
        """Rows before the free run: up to the test part, or all where there is none."""
        test = self.part_rows(Part.TEST)
        return test.start if test.start < test.stop else self.rows


def prepare(table: Table, config: DataConfig, scale: Scale | None = None) -> SequenceDataset:
    """Choose columns, fill gaps if that is wanted, split in time and fit the scale.

    A trained network brings the `scale` it was trained with; without one it is fitted here.

    Raises
    ------
    DataError
        When a column is missing, a gap is not to be filled, a column does not vary or there are
        too few rows.
    """
    if table.symbols is not None:
        return _prepare_symbols(table, table.symbols, config)
    columns = config.columns or table.columns[:1]
    for name in columns:
        if name not in table.columns:
            raise DataError(f"{table.name} has no number column {name!r}; it has {listed(table.columns)}")
    values = np.asarray(table.values[:, [table.columns.index(name) for name in columns]], np.float64)
    gaps = np.isnan(values)
    filled = np.asarray(gaps.any(axis=1))
    if gaps.any():
        _refuse_gaps_not_to_be_filled(table, columns, gaps, config)
        values = _interpolate(table.name, columns, table.axis.positions, values)
    _refuse_infinity(table.name, columns, values)
    train_rows, validation_rows = _split(table.name, len(values), config)
    scale = scale or _fit_scale(table.name, columns, values[:train_rows], config.scaling)
    return SequenceDataset(
        name=table.name,
        columns=columns,
        values=values,
        axis=table.axis,
        scale=scale,
        train_rows=train_rows,
        validation_rows=validation_rows,
        source=table.source,
        config=config.replace(columns=columns),
        filled=filled,
    )


def _prepare_symbols(table: Table, symbols: Symbols, config: DataConfig) -> SequenceDataset:
    """Split a stream of symbols in time. Its vectors are taken whole and as they are."""
    columns = table.columns
    if config.columns not in ((), columns):
        raise DataError(
            f"{table.name} is a stream of symbols, whose vectors are learned whole; no columns of it can be chosen"
        )
    if not (np.diff(symbols.codes) != 0).any():
        name, times = shown(symbols.name(0)), counted(len(symbols), "time")
        raise DataError(f"{table.name} has one symbol only, {name!r}, {times}; there is nothing to learn")
    train_rows, validation_rows = _split(table.name, len(symbols), config, "symbol")
    return SequenceDataset(
        name=table.name,
        columns=columns,
        values=CodedRows(symbols.vocabulary.vectors, symbols.codes),
        axis=table.axis,
        scale=Scale(mean=(0.0,) * len(columns), deviation=(1.0,) * len(columns)),
        train_rows=train_rows,
        validation_rows=validation_rows,
        source=table.source,
        config=config.replace(columns=columns, scaling=Scaling.NONE),
        filled=np.zeros(len(symbols), np.bool_),
        symbols=symbols,
    )


def _refuse_gaps_not_to_be_filled(
    table: Table, columns: tuple[str, ...], gaps: NDArray[np.bool_], config: DataConfig
) -> None:
    if config.fill_gaps:
        return
    row, column = (int(index[0]) for index in np.nonzero(gaps))
    count = int(gaps.any(axis=1).sum())
    raise DataError(
        f"{table.name}: {count:,} of {len(gaps):,} rows have no value, the first in row {row + 1:,} of column "
        f"{columns[column]!r}; choose to fill gaps, or mend the file"
    )


def _interpolate(
    name: str, columns: tuple[str, ...], positions: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fill each gap by a straight line over time between its neighbours; ends take the nearest value."""
    filled = values.copy()
    for column in range(values.shape[1]):
        known = ~np.isnan(values[:, column])
        if not known.any():
            raise DataError(f"{name}: column {columns[column]!r} has no value in any row")
        filled[:, column] = np.interp(positions, positions[known], values[known, column])
    return filled


def _refuse_infinity(name: str, columns: tuple[str, ...], values: NDArray[np.float64]) -> None:
    infinite = np.argwhere(np.isinf(values))
    if len(infinite):
        row, column = infinite[0]
        raise DataError(f"{name}: the value in row {row + 1:,} of column {columns[column]!r} is not finite")


def _split(name: str, rows: int, config: DataConfig, what: str = "row") -> tuple[int, int]:
    if rows < MINIMUM_ROWS:
        raise DataError(f"{name} has {counted(rows, what)}; at least {MINIMUM_ROWS} are needed")
    train_rows = round(rows * config.train_percent / 100)
    validation_rows = min(round(rows * config.validation_percent / 100), rows - train_rows)
    if train_rows < MINIMUM_ROWS - 1:
        raise DataError(
            f"{name}: {config.train_percent:g} % of {rows} {what}s leave {train_rows} to train on; "
            f"at least {MINIMUM_ROWS - 1} are needed"
        )
    return train_rows, validation_rows


def _fit_scale(name: str, columns: tuple[str, ...], train: NDArray[np.float64], scaling: Scaling) -> Scale:
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = train.mean(axis=0), train.std(axis=0)
    for column, spread, size in zip(columns, deviation, np.abs(train).max(axis=0), strict=True):
        if not np.isfinite(spread):
            raise DataError(
                f"{name}: column {column!r} has numbers as large as {size:.3g}, whose squares are beyond what can be "
                "computed with; give it in larger units"
            )
        if spread <= 1e-12 * max(size, 1e-300):
            raise DataError(f"{name}: column {column!r} does not vary in the training part; there is nothing to learn")
    if scaling is Scaling.NONE:
        mean, deviation = np.zeros_like(mean), np.ones_like(deviation)
    return Scale(mean=tuple(mean.tolist()), deviation=tuple(deviation.tolist()))
