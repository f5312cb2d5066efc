"""Known ahead: what a file says of the rows beyond the data, for a forecast of so many steps."""

from __future__ import annotations

from pathlib import Path

from elman_core.data.calendar_inputs import is_calendar_column
from elman_core.data.dataset import SequenceDataset
from elman_core.data.future import Future, future_of
from elman_core.data.sources import read_like
from elman_core.errors import DataError
from elman_core.forecasting.forecast import check_steps, times_beyond
from elman_core.support.jobs import Job
from elman_core.support.text_format import joined

__all__ = ["columns_to_give", "held_sentence", "read_known_ahead"]


def columns_to_give(dataset: SequenceDataset) -> tuple[str, ...]:
    """Return the columns known ahead whose values a file has to say; those of the calendar follow from the time."""
    return tuple(name for name in dataset.config.known if not is_calendar_column(name))


def held_sentence(dataset: SequenceDataset, how: str) -> str | None:
    """Say that columns known ahead hold their last value, and `how` they are given; None where there are none."""
    names = columns_to_give(dataset)
    if not names:
        return None
    verb = "hold their last values" if len(names) > 1 else "holds its last value"
    return f"{joined(map(repr, names))} {verb} beyond the data; give what is known ahead {how}"


def read_known_ahead(dataset: SequenceDataset, path: Path, steps: int) -> Job[Future]:
    """Read what is known of `steps` rows beyond each sequence; notes name what the file lacks, and inputs that hold.

    Raises
    ------
    DataError
        When nothing is known ahead in this dataset, or the file lacks a column or has no row beyond the data.
    """
    if not columns_to_give(dataset):
        raise DataError(f"{path.name} is for columns that are known ahead; the model has none")
    check_steps(dataset, steps)
    table = yield from read_like(path, dataset.source)
    found = future_of(dataset, table, times_beyond(dataset, steps), path.name)
    held = dataset.config.inputs
    if not held or dataset.encoding.steps >= steps:
        return found
    said = f"{joined(map(repr, held))}, whose future is not known, held at the last value"
    return Future(found.known, (*found.notes, said))
