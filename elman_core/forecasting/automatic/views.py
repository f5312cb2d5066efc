"""The series as parts may see it: transformed in one way or another, with or without an inner validation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.config import AUTO, NO_SEASON, AutomaticConfig, DataConfig, Scaling, Strategy, TransformName
from elman_core.data.calendar_inputs import calendar_columns
from elman_core.data.dataset import SequenceDataset
from elman_core.data.preparation import prepare
from elman_core.data.table import Table
from elman_core.forecasting.automatic.candidates import Candidate
from elman_core.forecasting.automatic.season import detected_season
from elman_core.support.text_format import counted, listed

__all__ = ["SeriesViews"]

_FITTING_PERCENT = 80.0
_VALIDATION_SHARE, _MOST_VALIDATION_ROWS, _FEW_VALIDATION_ROWS = 0.2, 2_000, 20

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SeriesViews:
    """One series, of which all rows before the test part are for fitting.

    Their last 20 %, at least H rows, at most half of them, and of a very long series 2,000 rows, are the inner
    validation.

    Attributes
    ----------
    table
        What datasets are made of.
    plain
        The series in its own units, without transforms.
    validation_rows
        Of the inner validation.
    steps
        H, how many rows ahead parts are judged by.
    season
        Rows after which a pattern may come again; None where there is none.
    notes
        What the person should know of this.
    """

    table: Table
    plain: SequenceDataset
    validation_rows: int
    steps: int
    season: int | None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: Table, data: DataConfig, automatic: AutomaticConfig) -> SeriesViews:
        """Divide a table: the test part is as chosen, or the last 20 % of its rows.

        Raises
        ------
        DataError
            When a column is missing, has no value at all, or there are too few rows.
        """
        given = data.model_fields_set
        shares = {}
        if not {"train_percent", "validation_percent"} & given:
            shares = {"train_percent": _FITTING_PERCENT, "validation_percent": 0.0}
        config = data.replace(
            known=tuple(dict.fromkeys((*data.known, *calendar_columns(automatic.calendar)))),
            transforms=(), lags=1, strategy=Strategy.RECURSIVE, relative_to_last=False, scaling=Scaling.NONE,
            fill_gaps=True, **shares,
        )  # fmt: skip
        dataset = prepare(table, config)
        config, left_out = _without_constants(dataset, config, automatic.horizon)
        test_rows = int(dataset.parts.stops[0] - dataset.parts.validation_stops[0])
        plain = prepare(table, config.replace(test_rows=test_rows, validation_rows=0))
        rows = _validation_rows(plain.train_rows, automatic.horizon)
        season = _season_of(plain, data, automatic)
        plain = replace(plain, config=plain.config.replace(season=season))
        return cls(table, plain, rows, min(automatic.horizon, rows), season, (*left_out, *_notes_of(plain, rows)))

    @property
    def origins(self) -> Integers:
        """(n,), the rows that the inner validation is predicted from."""
        stop = int(self.plain.parts.train_stops[0])
        return np.arange(stop - self.validation_rows - 1, stop - 1)

    @property
    def varies(self) -> NDArray[np.bool_]:
        """(C,), whether each target varies in the rows before the inner validation."""
        return _vary(self.plain.values[: self.plain.train_rows - self.validation_rows])

    @property
    def scales(self) -> Array:
        """(C,), the mean absolute step of each target, by which columns are compared."""
        steps = np.abs(np.diff(self.plain.values[: self.plain.train_rows], axis=0)).mean(axis=0)
        return np.where(steps > 0, steps, 1.0)

    def errors(self, ahead: Array) -> Array:
        """Take the values off what was predicted from the origins, (H, ..., n, C); NaN where there is none."""
        dataset, origins, steps = self.plain, self.origins, len(ahead)
        rows = origins + np.arange(1, steps + 1)[:, None]
        inside = rows < dataset.parts.train_stops[0]
        rows = np.where(inside, rows, 0)
        values = np.where(inside[:, :, None] & ~dataset.missing[rows], dataset.values[rows], np.nan)
        ahead = np.where(np.isnan(ahead), np.inf, ahead)  # what is no number is as far off as can be
        return ahead - values.reshape(steps, *(1,) * (ahead.ndim - 3), *values.shape[1:])

    def whole(self, transforms: tuple[TransformName, ...], season: int | None, lags: int) -> SequenceDataset:
        """Return the dataset of a part that is fitted to all rows before the test part."""
        return self._dataset(transforms, season, lags, 0)

    def inner(self, transforms: tuple[TransformName, ...], season: int | None, lags: int) -> SequenceDataset:
        """Return the dataset of a part that is judged by the inner validation."""
        return self._dataset(transforms, season, lags, self.validation_rows)

    def whole_of(self, candidate: Candidate) -> SequenceDataset:
        """Return `whole` of a candidate."""
        return self.whole(candidate.transforms, candidate.season, candidate.lags)

    def inner_of(self, candidate: Candidate) -> SequenceDataset:
        """Return `inner` of a candidate."""
        return self.inner(candidate.transforms, candidate.season, candidate.lags)

    def _dataset(
        self, transforms: tuple[TransformName, ...], season: int | None, lags: int, validation_rows: int
    ) -> SequenceDataset:
        config = self.plain.config.replace(
            transforms=transforms,
            season=season,
            lags=lags,
            scaling=Scaling.STANDARDIZE,
            validation_rows=validation_rows,
        )
        return prepare(self.table, config)


def _without_constants(dataset: SequenceDataset, config: DataConfig, horizon: int) -> tuple[DataConfig, list[str]]:
    """Leave out targets that do not vary before the inner validation, if others do: no part could be fitted to all."""
    fitting = int(dataset.parts.validation_stops[0])
    rows = fitting - _validation_rows(fitting, horizon)
    varies = _vary(dataset.values[:rows])
    if varies.all() or not varies.any():
        return config, []
    constant = tuple(name for name, is_varying in zip(dataset.columns, varies, strict=True) if not is_varying)
    many = len(constant) > 1
    note = (
        f"{dataset.name}: column{'s' if many else ''} {listed(constant)} {'do' if many else 'does'} not vary in the "
        f"first {counted(rows, 'row')}, and {'are' if many else 'is'} left out"
    )
    return config.replace(columns=tuple(name for name in dataset.columns if name not in constant)), [note]


def _vary(values: Array) -> NDArray[np.bool_]:
    """Say which columns of some rows, (R, C), vary by more than rounding; of a single row nobody can say."""
    if len(values) < 2:
        return np.ones(values.shape[1], np.bool_)
    return np.asarray(np.ptp(values, axis=0) > 1e-12 * np.abs(values).max(axis=0))


def _validation_rows(fitting: int, horizon: int) -> int:
    """Return how many of the rows for fitting are the inner validation."""
    wanted = max(min(round(_VALIDATION_SHARE * fitting), _MOST_VALIDATION_ROWS), horizon)
    return max(min(wanted, fitting // 2), 1)


def _notes_of(plain: SequenceDataset, validation_rows: int) -> tuple[str, ...]:
    notes = list(plain.notes)
    if validation_rows < _FEW_VALIDATION_ROWS:
        notes.append(
            f"{plain.name}: the choice rests on {counted(validation_rows, 'row')} of inner validation, so chance has a "
            "large part in it"
        )
    if plain.config.inputs:
        notes.append(
            f"{plain.name}: what {listed(plain.config.inputs)} will be is not known, so forecasts of several steps "
            "hold the last value"
        )
    return tuple(notes)


def _season_of(plain: SequenceDataset, data: DataConfig, automatic: AutomaticConfig) -> int | None:
    if automatic.season == NO_SEASON:
        return None
    if automatic.season == AUTO:
        return data.season or detected_season(plain)
    return automatic.season
