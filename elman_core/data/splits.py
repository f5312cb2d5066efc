"""Parts: which rows of each sequence the weights are fitted to, validated on and tested on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from elman_core.config import DataConfig, Split
from elman_core.data.panel import Panel
from elman_core.errors import DataError
from elman_core.support.text_format import counted

__all__ = ["MINIMUM_ROWS", "Part", "Parts", "split"]

MINIMUM_ROWS = 3
Integers = NDArray[np.int64]


class Part(StrEnum):
    """The parts of a series, in the order of time."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, eq=False)
class Parts:
    """Where the parts of each sequence end; a part may be empty.

    Attributes
    ----------
    starts, train_stops, validation_stops, stops : (S,)
        Rows of the table: the training part of sequence s is starts[s] ... train_stops[s] - 1.
    """

    starts: Integers
    train_stops: Integers
    validation_stops: Integers
    stops: Integers

    def rows(self, part: Part, sequence: int) -> slice:
        """Return the rows of a part of a sequence."""
        starts, stops = self.edges(part)
        return slice(int(starts[sequence]), int(stops[sequence]))

    def edges(self, part: Part) -> tuple[Integers, Integers]:
        """Return the first row of a part of each sequence, and the row after its last one: (S,) each."""
        edges = (self.starts, self.train_stops, self.validation_stops, self.stops)
        index = list(Part).index(part)
        return edges[index], edges[index + 1]


def split(name: str, panel: Panel, config: DataConfig, what: str = "row") -> Parts:
    """Divide each sequence in time, or give whole sequences to a part each, the first ones to training.

    Raises
    ------
    DataError
        When a sequence is too short, or nothing is left to train on.
    """
    starts, lengths, stops = panel.starts, panel.lengths, panel.stops
    if config.split is Split.SEQUENCES and panel.has_several:
        return _by_sequences(name, panel, config)
    if not panel.has_several and lengths[0] < MINIMUM_ROWS:
        raise DataError(f"{name} has {counted(int(lengths[0]), what)}; at least {MINIMUM_ROWS} are needed")
    test = None if config.test_rows is None else np.minimum(config.test_rows, lengths)
    rest = lengths if test is None else lengths - test
    # With a number of test rows, the shares divide what is left as they stand to each other.
    share = 100.0 if test is None else max(config.train_percent + config.validation_percent, 1e-9)
    train = np.rint(rest * config.train_percent / share).astype(np.int64)
    if config.validation_rows is not None:
        validation = np.minimum(config.validation_rows, rest)
        train = np.minimum(train, rest - validation) if test is None else rest - validation
    elif test is not None:
        validation = rest - train
    else:
        validation = np.minimum(np.rint(rest * config.validation_percent / 100).astype(np.int64), rest - train)
    if not panel.has_several and train[0] < MINIMUM_ROWS - 1:
        raise DataError(_too_few(name, config, int(lengths[0]), int(train[0]), what))
    return Parts(starts, starts + train, starts + train + validation, stops)


def _too_few(name: str, config: DataConfig, rows: int, train: int, what: str) -> str:
    if config.test_rows or config.validation_rows:
        kept = f"{counted(rows, what)} without those of validation and test"
    else:
        kept = f"{config.train_percent:g} % of {rows} {what}s"
    return f"{name}: {kept} leave {train} to train on; at least {MINIMUM_ROWS - 1} are needed"


def _by_sequences(name: str, panel: Panel, config: DataConfig) -> Parts:
    count = len(panel)
    train = round(count * config.train_percent / 100)
    validation = min(round(count * config.validation_percent / 100), count - train)
    if train < 1:
        raise DataError(
            f"{name}: {config.train_percent:g} % of {count:,} sequences leave {train} to train on; at least 1 is needed"
        )
    number = np.arange(count)
    starts, stops = panel.starts, panel.stops
    train_stops = np.where(number < train, stops, starts)
    validation_stops = np.where(number < train + validation, stops, starts)
    return Parts(starts, train_stops, validation_stops, stops)
