"""DataSummary: how a file was read - its columns and their roles, its time, its order - in one line and as facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from elman_core.config import DataConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.data.panel import Panel
from elman_core.data.table import AxisKind, ColumnFacts, Source, Table, TableFacts, TableFormat, TimeAxis, TimeFacts
from elman_core.support.text_format import counted

__all__ = ["DataSummary", "Role", "data_facts", "summary_sentence"]

Role = Literal["target", "input", "known", "sequence", "time", "ignored"]

_SHOWN = 6
_ORDERS = {"as-is": "in the file's order", "reversed": "reversed", "sorted": "sorted by time"}


@dataclass(frozen=True)
class DataSummary:
    """How a file was read.

    Attributes
    ----------
    facts
        What was read.
    source, axis, panel
        Of the table.
    targets, inputs, known
        Columns in these roles.
    """

    facts: TableFacts
    source: Source
    axis: TimeAxis
    panel: Panel
    targets: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    known: tuple[str, ...] = ()

    @classmethod
    def of(cls, dataset: SequenceDataset) -> Self:
        """Return it of data that are learned."""
        config = dataset.config
        facts = dataset.facts or _facts_of_computed(dataset)
        return cls(facts, dataset.source, dataset.axis, dataset.panel, dataset.columns, config.inputs, config.known)

    @classmethod
    def of_table(cls, table: Table, config: DataConfig | None = None) -> Self:
        """Return it of a table, with the roles that a config gives its columns; by default the usual target."""
        config = config or DataConfig()
        facts = table.facts or TableFacts(tuple(ColumnFacts(name, "number") for name in table.columns), table.rows)
        targets = config.columns or table.usual_targets
        return cls(facts, table.source, table.axis, table.panel, targets, config.inputs, config.known)

    def role(self, column: ColumnFacts) -> Role:
        """Return what a column is for."""
        roles: dict[Role, tuple[str, ...]] = {
            "target": self.targets,
            "input": self.inputs,
            "known": self.known,
            "sequence": self._format.sequence_columns,
            "time": self._format.time_columns,
        }
        found: Role = next((role for role, names in roles.items() if column.name in names), "ignored")
        return "target" if column.kind == "symbol" else found

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        facts, time = self.facts, self._time
        what = "symbol" if any(column.kind == "symbol" for column in facts.columns) else "row"
        words = [counted(facts.rows, what)]
        if self.panel.has_several:
            apart = f" told apart by {self._format.sequence_column}" if self._format.sequence_column else ""
            words[0] += f" in {counted(facts.sequences, 'sequence')}{apart}"
        if what == "symbol" and self.source.kind != "csv":
            return f"{self.source.name}: {words[0]}"
        words.append(self._columns)
        if time.columns:
            how = [word for word in (time.format, time.frequency or "no frequency") if word]
            words.append(
                f"time {' and '.join(time.columns)} ({', '.join(how)}) from {time.first} to {time.last}, "
                f"{_ORDERS[time.order]}"
            )
        else:
            words.append("no time column: rows are counted")
        return f"{self.source.name}: {'; '.join(words)}"

    def as_object(self, notes: Iterable[str] = ()) -> dict[str, Any]:
        """Return it as `--json` tells it."""
        return {
            "columns": [
                {"name": c.name, "role": self.role(c), "kind": c.kind, "missing": c.missing} for c in self.facts.columns
            ],
            "time": asdict(self._time) | {"columns": list(self._time.columns)},
            "sequences": self.facts.sequences,
            "rows": self.facts.rows,
            "notes": list(notes),
        }

    @property
    def _format(self) -> TableFormat:
        return self.source.format or TableFormat()

    @property
    def _columns(self) -> str:
        """Name the columns by their roles, those that are ignored last."""
        found: dict[Role, list[str]] = {}
        for column in self.facts.columns:
            found.setdefault(self.role(column), []).append(column.name)
        words: list[str] = []
        for role in ("target", "input", "known", "ignored"):
            if names := found.get(role):
                more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
                words.append(f"{role} {', '.join(names[:_SHOWN])}{more}")
        return "; ".join(words)

    @property
    def _time(self) -> TimeFacts:
        """How the time was read, or of rows that are computed or typed, what there is."""
        if self.facts.time is not None:
            return self.facts.time
        axis, order = self.axis, self.facts.order
        if axis.kind is AxisKind.STEP:
            return TimeFacts((), None, None, None, None, order)
        first, last = (axis.text(float(end)) for end in (axis.positions.min(), axis.positions.max()))
        return TimeFacts((axis.label,), None, axis.calendar.frequency, first, last, order)


def summary_sentence(dataset: SequenceDataset) -> str:
    """Return how the file behind the data was read, in one line."""
    return DataSummary.of(dataset).sentence


def data_facts(dataset: SequenceDataset, notes: Iterable[str] = ()) -> dict[str, Any]:
    """Return what was read of the data, as `--json` tells it."""
    return DataSummary.of(dataset).as_object(notes)


def _facts_of_computed(dataset: SequenceDataset) -> TableFacts:
    """Return what there is of data that are computed or typed."""
    if dataset.kind is DataKind.SYMBOLS:
        sequence = dataset.source.sequence_column
        columns: tuple[ColumnFacts, ...] = () if sequence is None else (ColumnFacts(sequence, "text"),)
        columns += (ColumnFacts(dataset.source.column or dataset.axis.label, "symbol"),)
    else:
        missing = dataset.missing.sum(axis=0).tolist()
        columns = tuple(
            ColumnFacts(name, "number", count) for name, count in zip(dataset.columns, missing, strict=True)
        )
    return TableFacts(columns, dataset.rows, len(dataset.panel))
