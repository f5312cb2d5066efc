"""The many series as parts see them: with all rows before the test part, or with an inner validation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.config import AUTO, AutomaticConfig, DataConfig, Scaling, Strategy
from elman_core.data.dataset import SequenceDataset
from elman_core.data.gaps import fill_gaps
from elman_core.data.panel import Panel
from elman_core.data.preparation import prepare
from elman_core.data.scaling import FittedColumns, fit_columns
from elman_core.data.splits import Parts
from elman_core.data.table import Table
from elman_core.data.transforms import FittedPipeline
from elman_core.forecasting.accumulators import mean_steps
from elman_core.forecasting.automatic.many_choices import horizon_of, lags_of, seen_by_parts
from elman_core.forecasting.automatic.panel_season import detected_season_of_many
from elman_core.support.text_format import counted

__all__ = ["InnerPanel", "PanelViews", "untransformed"]

_FITTING_PERCENT = 80.0
_VALIDATION_SHARE = 0.2
_MOST_ORIGINS = 20_000

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def untransformed(dataset: SequenceDataset, horizon: int) -> SequenceDataset:
    """Return the same rows in their own units, which are scored up to a horizon."""
    config = dataset.config.replace(
        transforms=(), scaling=Scaling.NONE, lags=1, horizon=horizon, strategy=Strategy.RECURSIVE,
        relative_to_last=False,
    )  # fmt: skip
    nothing = FittedPipeline((), (), len(dataset.panel))
    fitted = FittedColumns(
        (nothing,) * len(dataset.columns), (nothing,) * dataset.covariates.shape[1], dataset.panel.names
    )
    return replace(dataset, config=config, fitted=fitted)


@dataclass(frozen=True, eq=False)
class PanelViews:
    """Many series, of which all rows before the test parts are for fitting.

    Attributes
    ----------
    whole
        As parts see them.
    plain
        The same rows in their own units, without transforms.
    inner
        Those of which an inner validation can be spared; None where there are none.
    """

    whole: SequenceDataset
    plain: SequenceDataset
    inner: InnerPanel | None

    @classmethod
    def of(cls, table: Table, data: DataConfig, automatic: AutomaticConfig) -> PanelViews:
        """Divide a table: the test parts are as chosen, or the last 20 % of the rows of each sequence.

        Raises
        ------
        ConfigError
            When settings do not go together.
        DataError
            When a column is missing, or no sequence is long enough.
        """
        config = _fitting_config(data)
        # Which sequences are long enough depends on the horizon, and that on how long they are.
        any_length = prepare(table, seen_by_parts(config, AutomaticConfig(), None, 1, 1))
        fitting = any_length.parts.train_stops - any_length.parts.starts
        lengths = fitting[fitting > 0]
        season = _season_of(untransformed(any_length, 1), data, automatic)
        horizon, lags = horizon_of(data, automatic, lengths), lags_of(automatic, season, lengths)
        whole = prepare(table, seen_by_parts(config, automatic, season, horizon, lags))
        return cls(whole, untransformed(whole, data.horizon), _inner_panel(whole))

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the person: of the table, and of sequences that take no part in the inner validation."""
        validated = 0 if self.inner is None else len(self.inner.dataset.panel)
        left_out, needed = self.whole.train_sequences - validated, 2 * self.whole.config.horizon + 2
        if left_out <= 0:
            return self.whole.notes
        take = "take" if left_out > 1 else "takes"
        return (
            *self.whole.notes,
            f"{self.whole.name}: {counted(left_out, 'sequence')} of {len(self.whole.panel):,} with fewer than "
            f"{needed:,} rows before the test part {take} no part in the inner validation",
        )


def _season_of(plain: SequenceDataset, data: DataConfig, automatic: AutomaticConfig) -> int | None:
    if automatic.season == AUTO:
        return data.season if data.season is not None else detected_season_of_many(plain)
    return None if isinstance(automatic.season, str) else automatic.season


def _fitting_config(data: DataConfig) -> DataConfig:
    """Return settings with which all rows before the test part are for fitting; gaps are filled, and never scored."""
    shares = {"train_percent": _FITTING_PERCENT}
    if {"train_percent", "validation_percent"} & data.model_fields_set:
        shares = {"train_percent": data.train_percent + data.validation_percent}
    if data.test_rows is not None:
        shares = {"train_percent": 100.0}
    return data.replace(validation_percent=0.0, validation_rows=None, fill_gaps=True, **shares)


@dataclass(frozen=True, eq=False)
class InnerPanel:
    """The sequences that are long enough, up to their test part, of which the last rows are the inner validation.

    Attributes
    ----------
    dataset
        What parts are fitted to: its test part is the inner validation, of which fitting knows nothing.
    origins : (n,)
        The rows of it that are predicted from, as many from each sequence, 20,000 together at most.
    rows : (n,)
        The same as rows of the whole panel.
    scale : (n, C)
        The mean |x_t - x_(t-m)| of the sequence that each belongs to; NaN where it is 0.
    """

    dataset: SequenceDataset
    origins: Integers
    rows: Integers
    scale: Array

    def errors(self, ahead: Array) -> Array:
        """Take the values off what was predicted from the origins, (H, n, C); NaN where there is none."""
        dataset = self.dataset
        rows = self.origins + np.arange(1, len(ahead) + 1)[:, None]
        inside = rows < dataset.panel.stops[dataset.panel.sequence_of(self.origins)]
        rows = np.where(inside, rows, 0)
        known = inside[:, :, None] & ~dataset.missing[rows]
        return np.where(known, ahead - dataset.values[rows], np.nan)

    def score(self, errors: Array) -> float:
        """Return the mean |error| by the scale of its sequence; infinite where a prediction is no finite number."""
        with np.errstate(all="ignore"):
            scaled = np.abs(errors) / self.scale
        known = ~np.isnan(self.scale) & ~np.isnan(errors)
        found = float(scaled[known].mean()) if known.any() else np.inf
        return found if np.isfinite(found) else np.inf


def _inner_panel(whole: SequenceDataset) -> InnerPanel | None:
    """Take the last 20 % of each sequence's fitting rows, at least H, for validation; None where none has 2H + 2."""
    horizon, panel, parts = whole.config.horizon, whole.panel, whole.parts
    fitting = parts.train_stops - parts.starts
    chosen = np.flatnonzero(fitting >= 2 * horizon + 2)
    if not len(chosen):
        return None
    lengths = fitting[chosen]
    rows = np.arange(panel.rows)
    sequence = panel.every.sequence
    rows = rows[(rows < parts.train_stops[sequence]) & np.isin(sequence, chosen)]
    starts = np.cumsum(lengths) - lengths
    names = tuple(panel.names[place] for place in chosen.tolist()) if panel.names else ()
    own = Panel(starts, panel.phases[chosen], len(rows), names)
    validation = np.maximum(np.rint(_VALIDATION_SHARE * lengths).astype(np.int64), horizon)
    stops, begins = starts + lengths, starts + lengths - validation
    own_parts = Parts(starts, begins, begins, stops)
    axis, missing = whole.axis.taken(rows), whole.missing[rows]
    values, covariates = np.asarray(whole.values[rows]), whole.covariates[rows]
    if missing.any():  # a gap is not to be filled from the validation part
        values = fill_gaps(np.where(missing, np.nan, values), axis.positions, own, own_parts)
    dataset = replace(
        whole, values=values, covariates=covariates, axis=axis, panel=own, parts=own_parts, missing=missing,
        fitted=fit_columns(whole.name, whole.config, values, covariates, own, own_parts), notes=(),
    )  # fmt: skip
    origins = _some_origins(begins, stops)
    scale = mean_steps(dataset)[own.sequence_of(origins)]
    return InnerPanel(dataset, origins, rows[origins], scale)


def _some_origins(begins: Integers, stops: Integers) -> Integers:
    """Return rows from the one before each validation part on, evenly spaced where there are too many."""
    most = max(1, _MOST_ORIGINS // len(begins))
    found = []
    for begin, stop in zip(begins.tolist(), stops.tolist(), strict=True):
        count = min(stop - begin, most)
        found.append(begin - 1 + np.arange(count) * (stop - begin) // count)
    return np.concatenate(found)
