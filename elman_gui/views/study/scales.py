"""Scales: places of the values of a field along an axis, and colours of a metric."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from elman_core.studies.overview import FieldColumn, Overview
from elman_core.studies.study import value_words
from elman_core.support.text_format import counted, in_digits
from elman_gui.views.colors import sequence_table

__all__ = ["Bins", "ErrorScale", "along_axis", "bins_of", "figure", "group_words", "scale_of"]

_MOST_BINS = 16
_BINS = 10
_USUAL, _FAR, _LEAST_CUT = 0.9, 3.0, 10
"""Where the worst of so many errors is so many times this quantile of them, the scale ends there."""
_LOGARITHMIC_FROM = 20.0
"""Errors that differ by more than this factor are told apart by their logarithms."""

Array = NDArray[np.float64]
Places = NDArray[np.int64]


def figure(value: float) -> str:
    """Write a metric in three digits; one that diverged as that."""
    if np.isnan(value):
        return "–"
    return in_digits(value) if np.isfinite(value) else "diverged"


@dataclass(frozen=True)
class Bins:
    """The values of a field in order, each a place of its own; of very many numbers, ranges of them.

    Attributes
    ----------
    labels
        A short one for each place.
    places : (G,)
        Where each group is.
    """

    labels: tuple[str, ...]
    places: Places


def bins_of(column: FieldColumn) -> Bins:
    """Return a place for each value, or for ranges of numbers where there are more than 16."""
    numbers = column.numbers
    if numbers is None or len(numbers) <= _MOST_BINS:
        return Bins(tuple(map(value_words, column.values)), column.places)
    is_wide = column.is_logarithmic and numbers[0] > 0
    low, high = numbers[0], numbers[-1]
    edges = np.geomspace(low, high, _BINS + 1) if is_wide else np.linspace(low, high, _BINS + 1)
    inner = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, _BINS - 1)
    labels = tuple(f"{first:.2g}–{last:.2g}" for first, last in pairwise(edges))
    return Bins(labels, inner[column.places])


def along_axis(column: FieldColumn) -> tuple[Array, list[tuple[float, str]]]:
    """Return a place from 0 to 1 for each value, (V,), and labelled ticks.

    Numbers that were drawn stand where they belong, on a logarithmic axis where they were drawn so; few values stand
    at even distances.
    """
    numbers = column.numbers
    count = len(column.values)
    if numbers is None or count <= _MOST_BINS:
        even = np.linspace(0, 1, count) if count > 1 else np.full(count, 0.5)
        return even, [(float(place), value_words(value)) for place, value in zip(even, column.values, strict=True)]
    is_wide = column.is_logarithmic and numbers[0] > 0
    scaled = np.log(numbers) if is_wide else numbers
    low, high = scaled[0], scaled[-1]
    ends = np.linspace(low, high, 5)
    shown = np.exp(ends) if is_wide else ends
    ticks = [(part / 4, f"{value:.3g}") for part, value in enumerate(shown)]
    return (scaled - low) / (high - low), ticks


@dataclass(frozen=True)
class ErrorScale:
    """Which colour an error has: the smaller the lighter; one that is infinite has none.

    Attributes
    ----------
    low, high
        The smallest finite error, and the greatest; where that is far beyond most, one that a few exceed.
    is_cut
        Whether some exceed it; they have the colour of the greatest.
    is_logarithmic
        Whether the errors differ so much that their logarithms are told apart.
    """

    low: float
    high: float
    is_logarithmic: bool
    is_cut: bool = False

    @classmethod
    def of(cls, errors: Array) -> ErrorScale:
        """Return the scale that these errors need."""
        known = errors[np.isfinite(errors)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        usual = float(np.quantile(known, _USUAL)) if len(known) else high
        is_cut = len(known) >= _LEAST_CUT and high > _FAR * usual > 0
        high = usual if is_cut else high
        return cls(low, high, bool(0 < _LOGARITHMIC_FROM * low < high), is_cut)

    def shares(self, errors: Array) -> Array:
        """Return how good errors are, from 0 for the greatest to 1 for the smallest; NaN where they are not finite."""
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.is_logarithmic:
                found = (np.log(self.high) - np.log(errors)) / (np.log(self.high) - np.log(self.low))
            else:
                found = (self.high - errors) / ((self.high - self.low) or 1.0)
        return np.where(np.isfinite(errors), np.clip(found, 0, 1), np.nan)

    def error_at(self, share: float) -> float:
        """Return the error of a share."""
        if self.is_logarithmic:
            return float(np.exp(np.log(self.high) + share * (np.log(self.low) - np.log(self.high))))
        return self.high + share * (self.low - self.high)

    def words_at(self, share: float) -> str:
        """Write the error of a share; at the end that some exceed with a sign that says so."""
        return f"{'≥ ' if self.is_cut and share == 0 else ''}{figure(self.error_at(share))}"

    @staticmethod
    def color(share: float) -> QColor:
        """Return the colour of a share."""
        table = sequence_table()
        return QColor(*table[round(share * (len(table) - 1))].tolist())

    @staticmethod
    def ink_on(color: QColor) -> QColor:
        """Return black or white, whichever is read better on a colour."""
        return QColor("#101418") if color.lightnessF() > 0.42 or color.green() > 150 else QColor("#FFFFFF")


def scale_of(overview: Overview) -> ErrorScale:
    """Return the scale of the groups' medians."""
    return ErrorScale.of(overview.median)


def group_words(overview: Overview, group: int) -> str:
    """Say the settings of a group, and what its runs came to."""
    runs, diverged, failed = (int(figures[group]) for figures in (overview.runs, overview.diverged, overview.failed))
    words = [
        overview.words_of(group),
        f"median {figure(overview.median[group])}, interquartile mean {figure(overview.iqm[group])}",
    ]
    if np.isfinite(overview.low[group]) and np.isfinite(overview.high[group]):
        words[-1] += f" ({figure(overview.low[group])} to {figure(overview.high[group])})"
    told = counted(runs, "run")
    told += f", {diverged:,} diverged" if diverged else ""
    told += f", {failed:,} failed" if failed else ""
    words.append(told)
    if np.isfinite(overview.test[group]):
        words.append(f"test {figure(overview.test[group])}")
    return "\n".join(words)
