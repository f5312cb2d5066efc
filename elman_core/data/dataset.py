"""SequenceDataset: what a network learns from, made of a table and a DataConfig."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from elman_core.config import DataConfig, Scaling
from elman_core.data.calendar_inputs import calendar_values, is_calendar_column
from elman_core.data.encoding import Encoding
from elman_core.data.kind import DataKind
from elman_core.data.panel import Panel, Places
from elman_core.data.scaling import FittedColumns, Scale
from elman_core.data.splits import MINIMUM_ROWS, Part, Parts
from elman_core.data.table import Rows, Source, TableFacts, TimeAxis
from elman_core.data.text.vocabulary import CodedRows, Symbols
from elman_core.data.transforms.chain import Chain
from elman_core.data.transforms.fitted import FittedPipeline
from elman_core.errors import DataError

__all__ = ["MINIMUM_ROWS", "Part", "Scale", "SequenceDataset"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SequenceDataset:
    """Sequences to be predicted, one after another in one array of rows.

    At time step t the network sees row t (and what the encoding adds), and predicts row t + 1 (or several). Time steps
    are named by the row they begin with; the last row of a sequence is one only for a forecast beyond it.

    Attributes
    ----------
    name
        What the series is called in titles.
    columns
        Names of the C targets.
    values : (R, C)
        Targets in the data's own units, without gaps.
    covariates : (R, D + K)
        Inputs, then columns known ahead, in the data's own units.
    axis
        The time of each row, which rises within each sequence.
    panel
        Where the sequences begin, and their names.
    parts
        Where the parts of each sequence end.
    fitted
        The transforms, fitted to the training part of each sequence only.
    source
        Where the rows came from.
    config
        What was chosen to make this dataset.
    missing : (R, C)
        True where a target had a gap that was filled.
    symbols
        What the rows stand for, where they are symbols.
    notes
        Sentences the person should read before training.
    facts
        What was read of the file behind it, where there is one.
    """

    name: str
    columns: tuple[str, ...]
    values: Rows
    covariates: Array
    axis: TimeAxis
    panel: Panel
    parts: Parts
    fitted: FittedColumns
    source: Source
    config: DataConfig
    missing: NDArray[np.bool_]
    symbols: Symbols | None = None
    notes: tuple[str, ...] = field(default=())
    facts: TableFacts | None = None

    # -- sizes and parts ------------------------------------------------------------------------

    @property
    def kind(self) -> DataKind:
        """What the rows are."""
        return DataKind.NUMBERS if self.symbols is None else DataKind.SYMBOLS

    @property
    def rows(self) -> int:
        """R, how many rows there are."""
        return len(self.values)

    @property
    def filled(self) -> NDArray[np.bool_]:
        """(R,), True where a row had a gap that was filled."""
        return np.asarray(self.missing.any(axis=1))

    @cached_property
    def encoding(self) -> Encoding:
        """What goes in and comes out at a time step."""
        return Encoding.of(self.config, len(self.columns))

    @cached_property
    def first_rows(self) -> Integers:
        """(S,), the first row of each sequence that can go in."""
        return self.panel.starts + self.fitted.lost_rows

    @cached_property
    def sequence_of_row(self) -> Integers:
        """(R,), the sequence that each row belongs to."""
        return self.panel.every.sequence

    @cached_property
    def is_predicted(self) -> NDArray[np.bool_]:
        """(R,), True for each row that a one-step prediction exists for."""
        sequence = self.sequence_of_row
        return np.arange(self.rows) > self.first_rows[sequence]

    def part_rows(self, part: Part, sequence: int = 0) -> slice:
        """Rows of a part of a sequence that a one-step prediction exists for; may be empty."""
        rows = self.parts.rows(part, sequence)
        first = int(self.first_rows[sequence]) + 1
        return slice(max(rows.start, first), max(rows.stop, min(first, int(self.parts.stops[sequence]))))

    def scored_rows(self, part: Part) -> Integers:
        """Rows of a part, of all sequences, that a one-step prediction exists for."""
        return np.flatnonzero((self.part_of_row == list(Part).index(part)) & self.is_predicted)

    @cached_property
    def part_of_row(self) -> NDArray[np.int8]:
        """(R,), the place of each row's part in `Part`."""
        row, sequence = np.arange(self.rows), self.sequence_of_row
        after_train = row >= self.parts.train_stops[sequence]
        after_validation = row >= self.parts.validation_stops[sequence]
        return np.add(after_train, after_validation, dtype=np.int8)

    @property
    def train_rows(self) -> int:
        """Rows of the training part of the first sequence."""
        return int(self.parts.train_stops[0] - self.panel.starts[0])

    @cached_property
    def train_steps(self) -> int:
        """Time steps whose targets are all in the training part."""
        return int(self.train_lengths.sum())

    @cached_property
    def train_lengths(self) -> Integers:
        """(S,), those of each sequence."""
        return self._steps_up_to(self.parts.train_stops)

    @cached_property
    def train_sequences(self) -> int:
        """Sequences that are learned: those with a time step whose targets are all in the training part."""
        return int(np.count_nonzero(self.train_lengths))

    @cached_property
    def validation_steps(self) -> int:
        """Time steps whose targets are all in the validation part."""
        ahead, first = self.encoding.steps, np.maximum(self.first_rows, self.parts.train_stops - 1)
        return int(np.maximum(self.parts.validation_stops - ahead - first, 0).sum())

    def _steps_up_to(self, stops: Integers) -> Integers:
        """Return how many steps of each sequence have all their targets before a row."""
        return np.asarray(np.maximum(stops - self.encoding.steps - self.first_rows, 0), np.int64)

    def history_rows_of(self, sequence: int) -> int:
        """Return the row that the free run of a sequence begins with: of its test part, or the one after its last."""
        test = self.parts.rows(Part.TEST, sequence)
        row = min(test.stop, test.start)
        return int(max(row, int(self.first_rows[sequence]) + 1))

    @property
    def history_rows(self) -> int:
        """Rows before the free run of the first sequence."""
        return self.history_rows_of(0)

    # -- in the network's units -----------------------------------------------------------------

    @property
    def scale(self) -> Scale:
        """Mean and deviation of each target, where it is only standardised, and of a single sequence."""
        return self.fitted.scale

    @cached_property
    def past(self) -> Array:
        """(R, C + D), targets and inputs in the network's units; NaN where a difference has nothing before it."""
        if isinstance(self.values, CodedRows):
            return self.values[:]
        inputs = self._covariate_chains[: self.encoding.inputs]
        return np.stack([chain.transformed for chain in (*self._chains, *inputs)], axis=1)

    @cached_property
    def ahead(self) -> Array:
        """(R, K), the columns known ahead in the network's units."""
        known = self._covariate_chains[self.encoding.inputs :]
        return np.stack([chain.transformed for chain in known], axis=1) if known else np.empty((self.rows, 0))

    def targets_at(self, rows: Integers | slice) -> Array:
        """Return the targets of some rows in the network's units, (..., C)."""
        if isinstance(self.values, CodedRows):
            return self.values[rows]
        found: Array = self.past[rows]
        return found[..., : len(self.columns)]

    def windows(self, rows: Integers) -> Array:
        """Return what the network sees of the past at some rows: (n, p, C + D), the newest row first.

        Before the first row of a sequence it sees that row again.
        """
        first = self.first_rows[self.panel.sequence_of(rows)]
        seen = np.maximum(rows[:, None] - np.arange(self.encoding.lags), first[:, None])
        found: Array = (self.values if isinstance(self.values, CodedRows) else self.past)[seen]
        return found

    def known_at(self, rows: Integers) -> Array:
        """Return what is known ahead at some rows: (n, S, K), of the S rows after each."""
        return self.known_after(rows, self.parts_stop(rows))

    def known_after(self, rows: Integers, stops: Integers) -> Array:
        """Return what is known ahead of the S rows after some, (n, S, K), of sequences that end before `stops` (n,).

        The rows may lie beyond the last one: there a column holds its last value, and the calendar goes on.
        """
        steps = self.encoding.steps
        if not self.encoding.known:
            return np.empty((len(rows), steps, 0))
        wanted = rows[:, None] + np.arange(1, steps + 1)
        found: Array = self.ahead[np.minimum(wanted, stops[:, None] - 1)]
        beyond = wanted - stops[:, None] + 1  # 1 is the first row beyond
        if self._calendar and (beyond > 0).any():
            for stop in np.unique(stops[(beyond > 0).any(axis=1)]):
                own = (stops[:, None] == stop) & (beyond > 0)
                for place in self._calendar:
                    found[own, place] = self._calendar_beyond(place, int(stop), int(beyond.max()))[beyond[own] - 1]
        return found

    @cached_property
    def _calendar(self) -> tuple[int, ...]:
        """Which of the columns known ahead are calendar inputs."""
        return tuple(place for place, name in enumerate(self.config.known) if is_calendar_column(name))

    def _calendar_beyond(self, place: int, stop: int, count: int) -> Array:
        """Return a calendar input of some rows beyond the sequence that ends before a row, in the network's units."""
        sequence = int(self.sequence_of_row[stop - 1])
        rows = self.panel.rows_of(sequence)
        positions = self.axis.taken(np.arange(rows.start, rows.stop)).extended(count)
        values = calendar_values(self.config.known[place], positions, self.axis)
        fitted = self.fitted.covariates[self.encoding.inputs + place].parameters
        for own in fitted:  # none, or the scale
            values = (values - own["offset"][sequence]) / own["spread"][sequence]
        return values

    def step_inputs(self, rows: Integers) -> Array:
        """Return what goes into the network at some rows, (n, inputs)."""
        if self.encoding.is_plain:
            return self.targets_at(rows)
        return self.encoding.input(self.windows(rows), self.known_at(rows))

    def step_targets(self, rows: Integers) -> Array:
        """Return what is to come out at some rows, (n, outputs); NaN for what is not there or was filled."""
        stop = self.parts_stop(rows)
        wanted = rows[:, None] + np.arange(1, self.encoding.steps + 1)
        there = wanted < stop[:, None]
        wanted = np.where(there, wanted, rows[:, None])
        ahead = np.where(there[:, :, None] & ~self.missing[wanted], self.targets_at(wanted), np.nan)
        return self.encoding.target(ahead, self.targets_at(rows))

    def parts_stop(self, rows: Integers) -> Integers:
        """Return the row after the last one of the sequence that each row belongs to."""
        return np.asarray(self.panel.stops[self.panel.sequence_of(rows)], np.int64)

    # -- back to the data's own units -----------------------------------------------------------

    def undo_one_step(self, outputs: Array, rows: Integers) -> Array:
        """Return the predictions, (n, C) in the data's own units, that outputs (n, outputs) at some rows stand for.

        Each is of the row after; of several steps predicted at once it is the first.
        """
        if isinstance(self.values, CodedRows):
            return np.asarray(outputs, np.float64)
        first = self.encoding.decoded(np.asarray(outputs, np.float64), self.targets_at(rows))[:, 0]
        return np.asarray(self.undo_ahead(first[None], rows)[0])

    def undo_ahead(self, predicted: Array, rows: Integers) -> Array:
        """Return predictions (H, n, C) of the H rows after some rows, from the network's units to the data's own."""
        if isinstance(self.values, CodedRows):
            return np.asarray(predicted, np.float64)
        sequence = self.panel.sequence_of(rows)
        steps = rows + 1 - self.panel.starts[sequence] + np.arange(len(predicted))[:, None]
        places = Places(self.panel, sequence, steps)
        undone = [chain.undone_ahead(predicted[:, :, place], places) for place, chain in enumerate(self._chains)]
        return np.stack(undone, axis=-1)

    @cached_property
    def _chains(self) -> tuple[Chain, ...]:
        """The targets before, between and after their transforms."""
        assert not isinstance(self.values, CodedRows)
        return self._chains_of(self.columns, self.fitted.targets, self.values)

    @cached_property
    def _covariate_chains(self) -> tuple[Chain, ...]:
        """The same of inputs, then of columns known ahead."""
        columns = (*self.config.inputs, *self.config.known)
        return self._chains_of(columns, self.fitted.covariates, self.covariates)

    def _chains_of(
        self, columns: tuple[str, ...], fitted: tuple[FittedPipeline, ...], values: Array
    ) -> tuple[Chain, ...]:
        chains = []
        for column, own, numbers in zip(columns, fitted, values.T, strict=True):
            with self._naming(column):
                chains.append(Chain.of(own.transforms, own.parameters, numbers, self.panel))
        return tuple(chains)

    @contextmanager
    def _naming(self, column: str) -> Iterator[None]:
        """Let an error that comes up inside say of what data and which column it is."""
        try:
            yield
        except DataError as error:
            raise DataError(f"{self.name}: column {column!r}: {error}") from None

    def check_transforms(self) -> None:
        """Find out whether every value comes back from its transforms.

        Raises
        ------
        DataError
            When a value cannot be transformed, or rounding takes too much of it.
        """
        names = (*self.columns, *self.config.inputs, *self.config.known)
        for column, chain in zip(names, (*self._chains, *self._covariate_chains), strict=True):
            with self._naming(column):
                chain.refuse_what_does_not_come_back()

    @property
    def is_scaled(self) -> bool:
        """Whether the network sees other numbers than the data's own."""
        return self.config.scaling is not Scaling.NONE or bool(self.config.transforms)

    # -- of the whole series, for looking at it ---------------------------------------------------

    @property
    def inputs(self) -> Array:
        """(T, inputs) of a single sequence, in the network's units."""
        return self.step_inputs(np.arange(self.first_rows[0], self.rows - 1))

    @property
    def targets(self) -> Array:
        """(T, outputs) of a single sequence, in the network's units."""
        return self.step_targets(np.arange(self.first_rows[0], self.rows - 1))
