"""The season of many series: by the calendar, or by what all of them show together."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.panel import Panel
from elman_core.data.splits import Parts
from elman_core.data.table import AxisKind
from elman_core.data.transforms import parse_transforms
from elman_core.forecasting.automatic.season import detected_season

__all__ = ["detected_season_of_many"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

_MOST_SEQUENCES, _MOST_DATED = 500, 100
_FEWEST_ROWS = 12
_LONGEST = 400
_SURE = 2.6
"""Standard deviations: many lags are tried, of which chance makes one the strongest."""
_CLEARLY = 1.2
"""How much stronger a longer season has to be than a shorter one: multiples of a season are as strong as itself."""
_LEAST = 0.15
"""Mean autocorrelation below which a season is not worth the name, however sure it is."""


def detected_season_of_many(plain: SequenceDataset) -> int | None:
    """Return the season of many series in their own units, or None; only rows before the test part are looked at."""
    fitting = plain.parts.train_stops - plain.parts.starts
    longest = np.argsort(-fitting, kind="stable")[:_MOST_SEQUENCES]
    if plain.axis.kind is AxisKind.DATE:
        some = longest[:_MOST_DATED]
        votes = Counter(detected_season(_one_of(plain, sequence)) for sequence in some[fitting[some] > 0].tolist())
        del votes[None]  # a few series with a season suffice: a test says for each whether it has it
        return max(votes, key=lambda season: votes[season]) if votes else None
    log = parse_transforms("log-where-positive")
    found: list[Array] = []
    for sequence in longest[fitting[longest] > _FEWEST_ROWS].tolist():
        values = np.asarray(plain.values[_fitting_rows(plain, sequence)])
        found += [np.diff(log.fit(column).apply(column)) for column in values.T]
    return _season_of(found)


def _fitting_rows(plain: SequenceDataset, sequence: int) -> slice:
    return slice(int(plain.parts.starts[sequence]), int(plain.parts.train_stops[sequence]))


def _one_of(plain: SequenceDataset, sequence: int) -> SequenceDataset:
    """Return the fitting rows of one sequence as a series of its own."""
    rows = np.arange(plain.rows)[_fitting_rows(plain, sequence)]
    count = np.array([len(rows)])
    return replace(
        plain,
        values=plain.values[rows],
        covariates=plain.covariates[rows],
        axis=plain.axis.taken(rows),
        panel=Panel.of(len(rows)),
        parts=Parts(0 * count, count, count, count),
        missing=plain.missing[rows],
        fitted=plain.fitted.take(np.array([sequence]), ()),
    )


def _season_of(series: list[Array]) -> int | None:
    """Return the lag at which differenced series go most with themselves, on average, where it is a peak and no chance.

    A lag counts in those that are at least three times as long.
    """
    sums, counts = np.zeros(_LONGEST + 2), np.zeros(_LONGEST + 2)
    for steps in series:
        most = min(len(steps) // 3, _LONGEST)
        off = steps - steps.mean()
        if not off.any():
            continue
        size = int(2 ** np.ceil(np.log2(2 * len(steps))))
        spectrum = np.fft.rfft(off, size)
        products = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[: most + 2]
        pairs = len(steps) - np.arange(most + 2)
        sums[: most + 2] += len(steps) * (products / pairs) / (products[0] / len(steps))
        counts[: most + 2] += len(steps)
    longest = int(np.count_nonzero(counts)) - 2
    r = sums[: longest + 2] / np.maximum(counts[: longest + 2], 1)
    best, strongest = None, 0.0
    for lag in range(2, longest + 1):
        limit = max(_LEAST, _SURE * float(np.sqrt((1 + 2 * (r[1:lag] ** 2).sum()) / counts[lag])))
        if r[lag] > r[lag - 1] and r[lag] >= r[lag + 1] and r[lag] > max(limit, _CLEARLY * strongest):
            best, strongest = lag, float(r[lag])
    return best
