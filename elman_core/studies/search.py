"""Search: which settings a study tries next: those of a grid in order, some at random, or what TPE proposes.

What is proposed depends on the study, its seed and what the cells before came to, never on how many are trained at once
or how often the study was stopped.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from elman_core.config.study import Axis, AxisValue, Range, SearchKind, StudyConfig
from elman_core.errors import ConfigError
from elman_core.studies.trial import Settings

__all__ = ["GridSearch", "RandomSearch", "Search", "TpeSearch", "TriedCell", "search_of"]

_AT_RANDOM = 10
"""So many cells TPE draws at random before it has an opinion, as Optuna does."""
_TOGETHER = 4
"""So many of its cells may be trained at the same time: each builds on all but those of its own batch."""
_TRIES = 100


@dataclass(frozen=True)
class TriedCell:
    """A cell that was proposed, and the median of its metric over seeds; None where its runs have not all ended."""

    settings: Settings
    metric: float | None = None


class Search(Protocol):
    """Proposes the settings of one cell after the other."""

    def needed(self, cell: int) -> int:
        """Return how many cells, from the first, must have come to an end before this one can be proposed."""
        ...

    def propose(self, cell: int, before: Sequence[TriedCell] = ()) -> Settings:
        """Return the settings of a cell, by full name in the order of axes.

        Parameters
        ----------
        before
            All cells before it, from the first; only those that it needs are looked at for what they came to.
        """
        ...


def search_of(config: StudyConfig, seed: int) -> Search:
    """Return the search that a study asks for; its seed draws what is drawn.

    Raises
    ------
    ConfigError
        When a library is missing.
    """
    match config.search:
        case SearchKind.GRID:
            return GridSearch(config.axes)
        case SearchKind.RANDOM:
            return RandomSearch(config.axes, seed)
    return TpeSearch(config.axes, seed)


class GridSearch:
    """Every combination of values; the last axis changes first."""

    def __init__(self, axes: Sequence[Axis]) -> None:
        self._axes = tuple(axes)
        self._sizes = tuple(len(axis.values) for axis in axes)

    def needed(self, cell: int) -> int:
        """Return 0: the grid is known."""
        return 0

    def propose(self, cell: int, before: Sequence[TriedCell] = ()) -> Settings:
        """Return the combination at a place."""
        return {
            axis.field: axis.values[place]
            for axis, place in zip(self._axes, _digits(cell, self._sizes), strict=True)
        }  # fmt: skip


class RandomSearch:
    """Combinations at random, none of them twice as long as there is another.

    The first cells are the same however many are drawn in the end.
    """

    def __init__(self, axes: Sequence[Axis], seed: int) -> None:
        self._axes, self._seed = tuple(axes), seed
        self._combinations = _combinations(axes)
        self._generator = np.random.default_rng(seed)
        self._drawn: list[tuple[AxisValue, ...]] = []
        self._known: set[tuple[object, ...]] = set()

    def needed(self, cell: int) -> int:
        """Return 0: what is drawn depends on no result."""
        return 0

    def propose(self, cell: int, before: Sequence[TriedCell] = ()) -> Settings:
        """Return the combination that is drawn for a cell; when there is no other, the first ones come again."""
        if self._combinations is None:
            generator = np.random.default_rng([self._seed, cell])
            return {axis.field: _drawn(axis, generator) for axis in self._axes}
        cell %= self._combinations
        while len(self._drawn) <= cell:
            self._draw()
        return {axis.field: value for axis, value in zip(self._axes, self._drawn[cell], strict=True)}

    def _draw(self) -> None:
        """Draw one more; when half of them are drawn, the others are put in an order, so that none is sought for."""
        assert self._combinations is not None
        if 2 * len(self._drawn) >= self._combinations:
            each = itertools.product(*map(_all_values, self._axes))
            left = [values for values in each if _told_apart(values) not in self._known]
            self._drawn += [left[place] for place in self._generator.permutation(len(left)).tolist()]
            return
        while (
            key := _told_apart(values := tuple(_drawn(axis, self._generator) for axis in self._axes))
        ) in self._known:
            pass
        self._known.add(key)
        self._drawn.append(values)


class TpeSearch:
    """Combinations that are probably good by what those before came to.

    The tree-structured Parzen estimator of Optuna (Bergstra et al. 2011): it divides the cells into good ones and
    others, and proposes what is likely among the good ones. Values that are numbers are neighbours in their order.
    Each cell has random numbers of its own, and all that Optuna is to know is told to it anew: so a study that is gone
    on with proposes what it would have proposed.
    """

    def __init__(self, axes: Sequence[Axis], seed: int) -> None:
        try:
            import optuna
        except ImportError:
            raise ConfigError(
                "a search by TPE needs one more library; install it with: pip install 'elman[search]'"
            ) from None
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._optuna = optuna
        self._seed = seed
        self._scales = {axis.field: _Scale(axis) for axis in axes}
        self._distributions: dict[str, Any] = {field: scale.distribution() for field, scale in self._scales.items()}
        self._combinations = _combinations(axes)
        self._random = RandomSearch(axes, seed)

    def needed(self, cell: int) -> int:
        """Return all cells but those of its own batch; none for those that are drawn at random."""
        return 0 if cell < _AT_RANDOM else _AT_RANDOM + (cell - _AT_RANDOM) // _TOGETHER * _TOGETHER

    def propose(self, cell: int, before: Sequence[TriedCell] = ()) -> Settings:
        """Return what is worth a try; see `Search.propose`.

        Raises
        ------
        ValueError
            When a cell that it needs has not come to an end.
        ConfigError
            When a cell was tried with what the study does not have.
        """
        needed = self.needed(cell)
        if len(before) < cell or any(own.metric is None for own in before[:needed]):
            raise ValueError(f"cell {cell} can be proposed when the {needed} first cells have come to an end")
        tried = {self._key(own.settings) for own in before[:cell]}
        study = self._optuna.create_study(direction="minimize")
        study.add_trials([self._trial(own, is_told=place < needed) for place, own in enumerate(before[:cell])])
        for attempt in range(_TRIES):
            settings = self._ask(study, cell, attempt)
            if self._key(settings) not in tried or len(tried) == self._combinations:
                return settings
        # It insists on what is known: the first that was never tried is drawn.
        return next(own for place in itertools.count() if self._key(own := self._random.propose(place)) not in tried)

    def _trial(self, cell: TriedCell, *, is_told: bool) -> Any:
        """Return a cell as Optuna has it, finished or under way."""
        state = self._optuna.trial.TrialState
        return self._optuna.trial.create_trial(
            state=state.COMPLETE if is_told else state.RUNNING,
            value=_or_worst(cell.metric) if is_told else None,
            params={field: scale.number(cell.settings.get(field)) for field, scale in self._scales.items()},
            distributions=self._distributions,
        )

    def _ask(self, study: Any, cell: int, attempt: int) -> Settings:
        drawn = np.random.SeedSequence([self._seed, cell, attempt]).generate_state(1)
        study.sampler = self._optuna.samplers.TPESampler(
            seed=int(drawn[0]), n_startup_trials=_AT_RANDOM, constant_liar=True
        )
        trial = study.ask(self._distributions)
        study.tell(trial, state=self._optuna.trial.TrialState.FAIL)  # so that another attempt knows nothing of it
        return {field: scale.value(trial.params[field]) for field, scale in self._scales.items()}

    def _key(self, settings: Settings) -> tuple[Any, ...]:
        return tuple(scale.number(settings.get(field)) for field, scale in self._scales.items())


# -- axes -------------------------------------------------------------------------------------------


def _digits(number: int, sizes: Sequence[int]) -> list[int]:
    """Return the digits of a number in a system with these bases; the last one changes first."""
    digits = []
    for size in reversed(sizes):
        number, digit = divmod(number, size)
        digits.append(digit)
    return digits[::-1]


def _combinations(axes: Sequence[Axis]) -> int | None:
    sizes = [axis.size for axis in axes if axis.size is not None]
    return math.prod(sizes) if len(sizes) == len(axes) else None


def _all_values(axis: Axis) -> Sequence[AxisValue]:
    """Return every value of an axis that has so many."""
    return axis.values if axis.range is None else range(int(axis.range.low), int(axis.range.high) + 1)


def _told_apart(values: tuple[AxisValue, ...]) -> tuple[object, ...]:
    """Return a key of some values: True equals 1 in Python, but is another setting."""
    return tuple((type(value), value) if isinstance(value, bool) else value for value in values)


def _drawn(axis: Axis, generator: np.random.Generator) -> AxisValue:
    """Draw a value: of some with the same chance each, from a range evenly, or evenly in the logarithm."""
    own = axis.range
    if own is None:
        return axis.values[generator.integers(len(axis.values))]
    whole = own.is_whole
    low, high = (own.low - 0.5, own.high + 0.5) if whole else (own.low, own.high)  # each whole number has its share
    share = generator.random()
    value = low * (high / low) ** share if own.log else low + (high - low) * share
    return min(max(round(value), own.low), own.high) if whole else _rounded(value, own)


def _rounded(value: float, own: Range) -> float:
    """Return a number that can be read: four digits are enough to tell settings apart."""
    return min(max(float(f"{value:.4g}"), float(own.low)), float(own.high))


class _Scale:
    """An axis as Optuna has it: a number within a range, or the place of a value; numbers in their order."""

    def __init__(self, axis: Axis) -> None:
        self._axis = axis
        numbers = [value for value in axis.values if isinstance(value, int | float) and not isinstance(value, bool)]
        self._is_ordered = len(numbers) == len(axis.values)
        self._values: tuple[AxisValue, ...] = tuple(sorted(numbers)) if self._is_ordered else axis.values
        self._places = {_told_apart((value,)): place for place, value in enumerate(self._values)}

    def distribution(self) -> Any:
        """Return what Optuna draws from."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        own, last = self._axis.range, len(self._values) - 1
        if own is None:
            return IntDistribution(0, last) if self._is_ordered else CategoricalDistribution(tuple(range(last + 1)))
        if own.is_whole:
            return IntDistribution(int(own.low), int(own.high), log=own.log)
        return FloatDistribution(float(own.low), float(own.high), log=own.log)

    def number(self, value: AxisValue) -> Any:
        """Return what stands for a value.

        Raises
        ------
        ConfigError
            When the axis does not have it.
        """
        own = self._axis.range
        if own is None:
            place = self._places.get(_told_apart((value,)))
            if place is not None:
                return place
        elif isinstance(value, int | float) and own.low <= value <= own.high:
            return value
        raise ConfigError(f"{self._axis.field} was tried with {value}, which this study does not have")

    def value(self, number: Any) -> AxisValue:
        """Return the value that a number stands for."""
        own = self._axis.range
        if own is None:
            return self._values[int(number)]
        return int(number) if own.is_whole else _rounded(float(number), own)


def _or_worst(metric: float | None) -> float:
    return metric if metric is not None and math.isfinite(metric) else math.inf
