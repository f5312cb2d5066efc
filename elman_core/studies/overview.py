"""Overview: what a study has come to so far, in the figures that its views show."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from elman_core.config.study import AxisValue
from elman_core.studies.study import value_words
from elman_core.studies.trial import Settings

__all__ = ["FieldColumn", "Overview", "Profile"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FieldColumn:
    """A field that the study varies.

    Attributes
    ----------
    name, label
        In full, as "network.hidden"; and as the settings call it, "Hidden units".
    values
        Every value that came, numbers in their order.
    places : (G,)
        Which of the values each group has.
    is_logarithmic
        Whether its values belong on a logarithmic axis: they are drawn so.
    importance
        The share of the variance of the metric's ranks that the field explains by itself; NaN while it is not known.
    """

    name: str
    label: str
    values: tuple[AxisValue, ...]
    places: Places
    is_logarithmic: bool = False
    importance: float = float("nan")

    @property
    def numbers(self) -> Array | None:
        """The values as numbers, (V,); None where some are none."""
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values):
            return np.array(self.values, np.float64)
        return None


@dataclass(frozen=True, eq=False)
class Profile:
    """A performance profile: the share of runs that are as good as a threshold, for each threshold.

    Attributes
    ----------
    groups
        Of which group each curve is, the best first.
    thresholds : (T,)
    shares : (P, T)
    low, high : (P, T)
        Between which the share lies with 95 % confidence.
    """

    groups: tuple[int, ...]
    thresholds: Array
    shares: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class Overview:
    """Groups are runs that differ in their seed only, in the order of their cells; G of them, n runs.

    A run that diverged counts as the worst. Where no run of a group gave a figure it is infinite, or NaN where there is
    none to give, as without a validation part.

    Attributes
    ----------
    fields
        What is varied, in the study's order.
    cells, runs, diverged, failed : (G,)
        The number of each group's cell, in rising order; how many runs it has; and how many of them diverged or
        failed.
    median, iqm, low, high : (G,)
        Of the metric over seeds: median, interquartile mean, and its 95 % interval.
    success : (G,)
        The share of runs at or below the threshold; NaN where there is none.
    train, validation, test : (G,)
        Medians of these figures.
    together, between_seeds
        The shares of that variance that fields explain only in combination, and that the seeds of one cell differ by;
        NaN where that is not known.
    order : (G,)
        The groups, the best first; in their own order where cells cannot be compared.
    chosen
        The group that is best on validation; None before the first run, and where cells cannot be compared.
    metric
        What the metric is, in words: "validation loss".
    run_cells, run_values : (n,)
        Of every run in the order in which they ended: the number of its cell, and the metric, infinite where it
        diverged.
    best_so_far : (n,)
        The smallest metric of the runs up to each; infinite where cells cannot be compared.
    threshold
        Below which a run succeeds; None where there is none.
    verdict, comparison
        The chosen group in a sentence, and how it compares with the next in another.
    profile
        None before there is anything to draw.
    """

    fields: tuple[FieldColumn, ...] = ()
    cells: Places = field(default_factory=lambda: np.empty(0, np.int64))
    runs: Places = field(default_factory=lambda: np.empty(0, np.int64))
    diverged: Places = field(default_factory=lambda: np.empty(0, np.int64))
    failed: Places = field(default_factory=lambda: np.empty(0, np.int64))
    median: Array = field(default_factory=lambda: np.empty(0))
    iqm: Array = field(default_factory=lambda: np.empty(0))
    low: Array = field(default_factory=lambda: np.empty(0))
    high: Array = field(default_factory=lambda: np.empty(0))
    success: Array = field(default_factory=lambda: np.empty(0))
    train: Array = field(default_factory=lambda: np.empty(0))
    validation: Array = field(default_factory=lambda: np.empty(0))
    test: Array = field(default_factory=lambda: np.empty(0))
    order: Places = field(default_factory=lambda: np.empty(0, np.int64))
    together: float = float("nan")
    between_seeds: float = float("nan")
    chosen: int | None = None
    metric: str = "validation loss"
    run_cells: Places = field(default_factory=lambda: np.empty(0, np.int64))
    run_values: Array = field(default_factory=lambda: np.empty(0))
    best_so_far: Array = field(default_factory=lambda: np.empty(0))
    threshold: float | None = None
    verdict: str = ""
    comparison: str = ""
    profile: Profile | None = None

    def __len__(self) -> int:
        return len(self.cells)

    def settings_of(self, group: int) -> Settings:
        """Return what a group's runs have in common, by the full names of the fields."""
        return {column.name: column.values[column.places[group]] for column in self.fields}

    def words_of(self, group: int) -> str:
        """Write "Hidden units 20, Learning rate 0.05"."""
        words = (f"{column.label} {value_words(column.values[column.places[group]])}" for column in self.fields)
        return ", ".join(words) or "the settings as they are"

    def group_of(self, cell: int) -> int | None:
        """Return the group of a cell; None where none of its runs has ended."""
        place = int(np.searchsorted(self.cells, cell))
        return place if place < len(self) and self.cells[place] == cell else None
