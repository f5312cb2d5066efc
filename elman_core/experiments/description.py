"""An experiment in words: what was read of its data, and what is learned from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from elman_core.config import Scaling, Strategy
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.data.table import AxisKind, ColumnFacts, TableFacts, TableFormat, TimeFacts
from elman_core.data.transforms.chain import sentence
from elman_core.experiment import Experiment
from elman_core.support.text_format import counted

__all__ = ["data_facts", "learned_sentence", "understood_sentence"]

_SHOWN = 6
_SCALED = {
    Scaling.STANDARDIZE: "standardised",
    Scaling.MIN_MAX: "brought to 0 to 1",
    Scaling.MEAN_ABSOLUTE_STEP: "divided by the mean absolute step",
    Scaling.NONE: "in the data's own units",
}


def learned_sentence(experiment: Experiment) -> str:
    """Say what the network learns from what, and what is done to the numbers before it sees them."""
    dataset, config = experiment.dataset, experiment.dataset.config
    if dataset.symbols is not None:
        vocabulary = dataset.symbols.vocabulary
        kind = "one-hot" if vocabulary.is_one_hot else f"{counted(len(vocabulary.columns), 'feature')} each"
        return f"learns the next of {len(vocabulary.names):,} symbols ({kind})"
    if config.horizon == 1:
        ahead = "one step ahead"
    elif config.strategy is Strategy.DIRECT:
        ahead = f"1 to {config.horizon:,} steps ahead at once"
    else:
        ahead = f"one step ahead, and by feeding that back up to {config.horizon:,} steps"
    seen = _named((*dataset.columns, *config.inputs))
    lags = f" of the last {config.lags:,} rows" if config.lags > 1 else ""
    known = f", and {_named(config.known)} known ahead" if config.known else ""
    done = [_SCALED[config.scaling]]
    if config.transforms:
        done.insert(0, sentence(dataset.fitted.targets[0].transforms[: len(config.transforms)]))
    if config.relative_to_last:
        done.append("relative to the newest value")
    return f"learns {_named(dataset.columns)} {ahead}, from {seen}{lags}{known}; {'; '.join(done)}"


def understood_sentence(dataset: SequenceDataset) -> str:
    """Say what was found in the file behind the data."""
    facts, table_format = _facts_of(dataset), dataset.source.format or TableFormat()
    what = "symbol" if dataset.kind is DataKind.SYMBOLS else "row"
    words = [counted(facts.rows, what)]
    if dataset.panel.has_several:
        apart = f" told apart by {table_format.sequence_column}" if table_format.sequence_column else ""
        words[0] += f" in {counted(facts.sequences, 'sequence')}{apart}"
    if dataset.axis.kind is not AxisKind.STEP:
        first, last = _ends(dataset)
        words.append(f"{dataset.axis.label} from {first} to {last}")
    return f"{dataset.source.name}: {', '.join(words)}"


def data_facts(dataset: SequenceDataset, notes: Iterable[str] = ()) -> dict[str, Any]:
    """Return what was read of the data, as `--json` tells it."""
    facts, table_format = _facts_of(dataset), dataset.source.format or TableFormat()
    time = facts.time or _time_of(dataset, facts)
    return {
        "columns": [
            {"name": c.name, "role": _role(c, dataset, table_format), "kind": c.kind, "missing": c.missing}
            for c in facts.columns
        ],
        "time": asdict(time) | {"columns": list(time.columns)},
        "sequences": facts.sequences,
        "rows": facts.rows,
        "notes": list(notes),
    }


def _facts_of(dataset: SequenceDataset) -> TableFacts:
    """Return what was read; of data that are computed or typed, what they are."""
    if dataset.facts is not None:
        return dataset.facts
    if dataset.symbols is not None:
        sequence = dataset.source.sequence_column
        columns: tuple[ColumnFacts, ...] = () if sequence is None else (ColumnFacts(sequence, "text"),)
        columns += (ColumnFacts(dataset.source.column or dataset.axis.label, "symbol"),)
    else:
        missing = dataset.missing.sum(axis=0).tolist()
        columns = tuple(
            ColumnFacts(name, "number", count) for name, count in zip(dataset.columns, missing, strict=True)
        )
    return TableFacts(columns, dataset.rows, len(dataset.panel))


def _role(column: ColumnFacts, dataset: SequenceDataset, table_format: TableFormat) -> str:
    config = dataset.config
    roles = {
        "target": dataset.columns,
        "input": config.inputs,
        "known": config.known,
        "sequence": (table_format.sequence_column,),
        "time": table_format.time_columns,
    }
    found = next((role for role, names in roles.items() if column.name in names), "ignored")
    return "target" if column.kind == "symbol" else found


def _ends(dataset: SequenceDataset) -> tuple[str, str]:
    positions = dataset.axis.positions
    return dataset.axis.text(float(positions.min())), dataset.axis.text(float(positions.max()))


def _time_of(dataset: SequenceDataset, facts: TableFacts) -> TimeFacts:
    """Return what is known of the time of rows that are computed, typed or just counted."""
    axis = dataset.axis
    if axis.kind is AxisKind.STEP:
        return TimeFacts((), None, None, None, None, facts.order)
    return TimeFacts((axis.label,), None, axis.calendar.frequency, *_ends(dataset), facts.order)


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
