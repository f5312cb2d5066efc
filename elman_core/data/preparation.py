"""From a table to a dataset: choose columns, fill gaps, divide, fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from elman_core.config import DataConfig, Scaling, Split, Strategy
from elman_core.data.calendar_inputs import calendar_values, is_calendar_column
from elman_core.data.dataset import SequenceDataset
from elman_core.data.gaps import fill_gaps, known_span, refuse_gaps
from elman_core.data.panel import Panel
from elman_core.data.scaling import FittedColumns, Scale, fit_columns, pipeline_of, pipelines_of
from elman_core.data.splits import Parts, split
from elman_core.data.table import AxisKind, Table
from elman_core.data.text.vocabulary import CodedRows, Symbols, shown
from elman_core.data.transforms.fitted import FittedPipeline
from elman_core.errors import DataError
from elman_core.support.text_format import counted, listed

__all__ = ["prepare", "usual_targets"]

_SHOWN = 4

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def prepare(table: Table, config: DataConfig, fitted: FittedColumns | Scale | None = None) -> SequenceDataset:
    """Choose columns, fill gaps if that is wanted, divide into parts and fit the transforms.

    A trained network brings the transforms it was trained with; without them they are fitted here. So are those of
    sequences that it has never seen.

    Raises
    ------
    DataError
        When a column is missing, a gap is not to be filled, a column to be scaled does not vary or there are too few
        rows.
    """
    if table.symbols is not None:
        return _prepare_symbols(table, table.symbols, config)
    config = config.replace(columns=config.columns or usual_targets(table))
    everything = np.concatenate(
        [
            _columns(table, config.columns, ""),
            _columns(table, config.inputs, ", which is an input"),
            _columns(table, config.known, ", which is known ahead"),
        ],
        axis=1,
    )
    names = (*config.columns, *config.inputs, *config.known)
    _refuse_infinity(table, names, everything)
    missing = np.isnan(everything)
    notes: list[str] = []
    panel, rows = table.panel, np.arange(len(everything))
    if missing.any():
        if not config.fill_gaps:
            refuse_gaps(table.name, names, missing)
        for column in np.flatnonzero(missing.all(axis=0)).tolist():
            raise DataError(f"{table.name}: column {names[column]!r} has no value in any row")
        rows, panel = _within(table, panel, *known_span(missing, panel), notes)
        everything, missing = everything[rows], missing[rows]
    parts = split(table.name, panel, config)
    if panel.has_several:
        new = _new_sequences(panel, fitted)
        targets = everything[:, : len(config.columns)]
        kept = ~new | _long_enough(table, panel, parts, config, targets, new, notes)
        if not kept.any():
            raise DataError(
                f"{table.name}: none of the {len(panel):,} sequences has {_rows_to_learn(config):,} rows to fit to "
                "that vary; at least one is needed"
            )
        if not kept.all():
            chosen = kept[panel.every.sequence]
            rows, everything, missing = rows[chosen], everything[chosen], missing[chosen]
            panel = _panel_of(panel, kept)
            parts = split(table.name, panel, config)
    axis = table.axis if len(rows) == table.rows else table.axis.taken(rows)
    if missing.any():
        everything = fill_gaps(everything, axis.positions, panel, parts)
        notes.append(_filled_note(table.name, missing))
    values, others = everything[:, : len(config.columns)], everything[:, len(config.columns) :]
    if fitted is None:
        fitted = fit_columns(table.name, config, values, others, panel, parts)
    elif isinstance(fitted, Scale):
        fitted = fitted.fitted()
    dataset = SequenceDataset(
        name=table.name,
        columns=config.columns,
        values=np.ascontiguousarray(values),
        covariates=others,
        axis=axis,
        panel=panel,
        parts=parts,
        fitted=_of_these_sequences(table.name, fitted, config, values, others, panel, parts, notes),
        source=table.source,
        config=config,
        missing=missing[:, : len(config.columns)],
        notes=tuple(notes),
        facts=table.facts,
    )
    dataset.check_transforms()
    return dataset


def usual_targets(table: Table) -> tuple[str, ...]:
    """Return the column that is learned where none is chosen; refuse to choose among parts of dates and the like.

    Raises
    ------
    DataError
        When there is no series that would be learned unasked.
    """
    if table.usual_targets or table.facts is None:
        return table.usual_targets or table.columns[:1]
    doubts = [f"{column.name!r} is {column.doubt}" for column in table.facts.columns if column.doubt]
    more = f" and {len(doubts) - _SHOWN:,} more" if len(doubts) > _SHOWN else ""
    raise DataError(
        f"{table.name}: {', '.join(doubts[:_SHOWN])}{more}: none is learned unasked; choose one as target (--target)"
    )


def _columns(table: Table, names: tuple[str, ...], role: str) -> Array:
    if any(is_calendar_column(name) for name in names):
        table = _with_calendar(table, names)
    lacking = tuple(name for name in names if name not in table.columns)
    if len(lacking) == 1:
        raise DataError(f"{table.name} has no number column {lacking[0]!r}{role}; it has {listed(table.columns)}")
    if lacking:
        raise DataError(
            f"{table.name} lacks {len(lacking):,} of the {len(names):,} number columns that are needed{role}: "
            f"{listed(lacking)}; it has {listed(table.columns)}"
        )
    return np.asarray(table.values[:, [table.columns.index(name) for name in names]], np.float64)


def _with_calendar(table: Table, names: tuple[str, ...]) -> Table:
    """Return the table with the calendar inputs that are named, which follow from its dates."""
    wanted = tuple(name for name in names if is_calendar_column(name) and name not in table.columns)
    if not wanted:
        return table
    if table.axis.kind is not AxisKind.DATE:
        raise DataError(f"{table.name} has no dates, which calendar inputs need")
    values = np.stack([calendar_values(name, table.axis.positions, table.axis) for name in wanted], axis=1)
    return replace(table, columns=(*table.columns, *wanted), values=np.concatenate([table.values, values], axis=1))


def _refuse_infinity(table: Table, names: tuple[str, ...], values: Array) -> None:
    infinite = np.argwhere(np.isinf(values))
    if len(infinite):
        row, column = infinite[0]
        raise DataError(f"{table.name}: the value in row {row + 1:,} of column {names[column]!r} is not finite")


def _within(table: Table, panel: Panel, starts: Integers, stops: Integers, notes: list[str]) -> tuple[Integers, Panel]:
    """Leave out what lies before the first and after the last whole row of each sequence."""
    kept = stops > starts
    if not kept.any():
        raise DataError(f"{table.name}: no row has a value in every column that is used")
    row, sequence = np.arange(panel.rows), panel.every.sequence
    rows = np.flatnonzero((row >= starts[sequence]) & (row < stops[sequence]))
    left_out = panel.rows - len(rows)
    if left_out:
        notes.append(
            f"{table.name}: {counted(left_out, 'row')} without a value before the first or after the last one "
            f"{'are' if left_out > 1 else 'is'} left out"
        )
    lengths = (stops - starts)[kept]
    names = tuple(name for name, there in zip(panel.names, kept.tolist(), strict=True) if there) if panel.names else ()
    phases = (panel.phases + starts - panel.starts)[kept]
    return rows, Panel(np.cumsum(lengths) - lengths, phases, int(lengths.sum()), names)


def _panel_of(panel: Panel, kept: NDArray[np.bool_]) -> Panel:
    lengths = panel.lengths[kept]
    names = tuple(name for name, there in zip(panel.names, kept.tolist(), strict=True) if there) if panel.names else ()
    return Panel(np.cumsum(lengths) - lengths, panel.phases[kept], int(lengths.sum()), names)


def _long_enough(
    table: Table,
    panel: Panel,
    parts: Parts,
    config: DataConfig,
    targets: Array,
    asked: NDArray[np.bool_],
    notes: list[str],
) -> NDArray[np.bool_]:
    """Say which of the sequences asked about can be learned: others are too short, or to be scaled but do not vary.

    Where transforms can be fitted to any sequence, these are kept as well, to be predicted.
    """
    fitting = parts.train_stops - parts.starts
    if config.split is Split.SEQUENCES:  # a whole sequence of another part is fitted to all its rows
        fitting = np.where(fitting > 0, fitting, panel.lengths)
    needed = _rows_to_learn(config)
    short = fitting < needed
    if pipelines_of(config)[0].fits_any_values:
        if (short & asked).any() and not (short | ~asked).all():
            many = int((short & asked).sum())
            notes.append(
                f"{table.name}: {counted(many, 'sequence')} of {len(panel):,} with fewer than {needed:,} rows to fit "
                f"to {'are' if many > 1 else 'is'} predicted, but not learned from"
            )
        return np.asarray(fitting > 0) if not short.all() else ~short
    inside, head = panel.head(np.maximum(np.minimum(fitting, panel.lengths), 1))
    varies = np.ones(len(panel), np.bool_)
    for column in targets[inside].T:
        with np.errstate(invalid="ignore"):
            filled = np.where(np.isnan(column), np.inf, column)
            low = np.minimum.reduceat(filled, head.starts)
            high = np.maximum.reduceat(np.where(np.isnan(column), -np.inf, column), head.starts)
        varies &= high > low
    flat = ~varies & ~short & (config.scaling is not Scaling.NONE)
    for left_out, why in (
        (short & asked, f"with fewer than {needed:,} rows to fit to"),
        (flat & asked, "that {do} not vary in the training part"),
    ):
        many = int(left_out.sum())
        if many:
            notes.append(
                f"{table.name}: {counted(many, 'sequence')} of {len(panel):,} "
                f"{why.format(do='do' if many > 1 else 'does')} {'are' if many > 1 else 'is'} left out"
            )
    return ~(short | flat)


def _new_sequences(panel: Panel, fitted: FittedColumns | Scale | None) -> NDArray[np.bool_]:
    """Say which sequences a network was not trained on; none where it was trained on one, which all are taken for."""
    if fitted is None:
        return np.ones(len(panel), np.bool_)
    if isinstance(fitted, Scale) or fitted.sequences == 1 or (not panel.names and len(panel) == fitted.sequences):
        return np.zeros(len(panel), np.bool_)
    known = set(fitted.names)
    return np.array([name not in known for name in panel.names or ("",) * len(panel)], np.bool_)


def _rows_to_learn(config: DataConfig) -> int:
    """Rows that the fitting part of a sequence needs for a time step that can be learned."""
    return config.horizon + 2 + pipeline_of(config.transforms, config.season, Scaling.NONE).lost_rows


def _filled_note(name: str, missing: NDArray[np.bool_]) -> str:
    count = int(missing.any(axis=1).sum())
    return f"{name}: gaps in {counted(count, 'row')} are filled; these are not scored"


def _of_these_sequences(
    name: str,
    fitted: FittedColumns,
    config: DataConfig,
    values: Array,
    others: Array,
    panel: Panel,
    parts: Parts,
    notes: list[str],
) -> FittedColumns:
    """Return what each sequence was fitted: of one, or by their names; what is new is fitted to its own rows."""
    if fitted.sequences == len(panel) and fitted.names == panel.names:
        return fitted
    if fitted.sequences == 1:
        return fitted.take(np.zeros(len(panel), np.int64), panel.names)
    new = _new_sequences(panel, fitted)
    place = {own: number for number, own in enumerate(fitted.names)}
    order = np.array([place.get(own, -1) for own in panel.names or ("",) * len(panel)], np.int64)
    if new.any():
        inside, lengths = new[panel.every.sequence], panel.lengths[new]
        starts = np.cumsum(lengths) - lengths
        moved = starts - panel.starts[new]
        own_parts = Parts(starts, parts.train_stops[new] + moved, parts.validation_stops[new] + moved, starts + lengths)
        own = fit_columns(name, config, values[inside], others[inside], _panel_of(panel, new), own_parts)
        order[new] = fitted.sequences + np.arange(len(lengths))
        fitted = fitted.joined(own)
        many, of_all = len(lengths), f" of {len(panel):,}" if panel.has_several else ""
        notes.append(
            f"{name}: {counted(many, 'sequence')}{of_all} that the model was not trained on "
            f"{'are' if many > 1 else 'is'} predicted all the same; transforms are fitted to "
            f"{'their' if many > 1 else 'its'} own rows"
        )
    return fitted.take(order, panel.names)


def _prepare_symbols(table: Table, symbols: Symbols, config: DataConfig) -> SequenceDataset:
    """Divide a stream of symbols. Its vectors are taken whole and as they are."""
    columns = table.columns
    if config.columns not in ((), columns):
        raise DataError(
            f"{table.name} is a stream of symbols, whose vectors are learned whole; no columns of it can be chosen"
        )
    _refuse_what_is_for_numbers(table, config)
    if not (np.diff(symbols.codes) != 0).any():
        name, times = shown(symbols.name(0)), counted(len(symbols), "time")
        raise DataError(f"{table.name} has one symbol only, {name!r}, {times}; there is nothing to learn")
    config = config.replace(columns=columns, scaling=Scaling.NONE, transforms=(), relative_to_last=False)
    parts = split(table.name, table.panel, config, "symbol")
    return SequenceDataset(
        name=table.name,
        columns=columns,
        values=CodedRows(symbols.vocabulary.vectors, symbols.codes),
        covariates=np.empty((len(symbols), 0)),
        axis=table.axis,
        panel=table.panel,
        parts=parts,
        fitted=_untransformed(len(columns), table.panel),
        source=table.source,
        config=config,
        missing=np.zeros((len(symbols), 1), np.bool_),
        symbols=symbols,
        facts=table.facts,
    )


def _refuse_what_is_for_numbers(table: Table, config: DataConfig) -> None:
    chosen = {
        "inputs": bool(config.inputs),
        "columns known ahead": bool(config.known),
        "lags": config.lags > 1,
        "a direct horizon": config.strategy is Strategy.DIRECT and config.horizon > 1,
    }
    for what, is_chosen in chosen.items():
        if is_chosen:
            raise DataError(f"{table.name} is a stream of symbols; {what} can be chosen for a table of numbers only")


def _untransformed(columns: int, panel: Panel) -> FittedColumns:
    return FittedColumns(tuple(FittedPipeline((), (), len(panel)) for _ in range(columns)), (), panel.names)
