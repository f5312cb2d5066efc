"""Dates: choosing the pattern that a column of times is written in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from elman_core.data.calendar import MICROSECONDS, unevenness
from elman_core.data.csv.centuries import within_century
from elman_core.data.csv.patterns import Pattern, pattern_of
from elman_core.data.csv.spellings import spellings_of

__all__ = ["date_pattern", "date_patterns"]

Array = NDArray[np.float64]

_SHAPES = 6
_MOST_TEXTS = 4_000
"""That a pattern is chosen by."""
_CLEARLY = 2.0


def date_pattern(runs: list[list[str]]) -> str | None:
    """Return the pattern of most of the texts of a column, sequence by sequence; None where they are no dates.

    Where several fit, that whose times go one way, and then with the most even steps, is taken.
    """
    runs = _shortened(runs)
    texts = list(chain(*runs))
    best: _Fit | None = None
    for pattern in _candidates(texts):
        fit = _fit(pattern, runs, len(texts))
        if fit is not None and (best is None or fit.is_better_than(best)):
            best = fit
    return best.pattern if best else None


def date_patterns(runs: list[list[str]]) -> tuple[str, ...]:
    """Return every pattern that most of the texts of a column fit, those first that more of them do."""
    runs = _shortened(runs)
    texts = list(chain(*runs))
    fits = [fit for pattern in _candidates(texts) if (fit := _fit(pattern, runs, len(texts))) is not None]
    return tuple(fit.pattern for fit in sorted(fits, key=lambda fit: -fit.share))


@dataclass(frozen=True)
class _Fit:
    """How well a pattern suits the texts of a column.

    Attributes
    ----------
    share
        Of the texts that are written so.
    one_way
        Whether times rise, or fall, in each sequence.
    unevenness
        The longest step in usual ones.
    step
        The usual one, in days.
    is_ahead
        Whether years would lie in the future.
    is_anchored
        Whether all are the first or the last of a month.
    """

    pattern: str
    share: float
    one_way: bool
    unevenness: float
    step: float
    is_ahead: bool
    is_anchored: bool

    def is_better_than(self, other: _Fit) -> bool:
        """Whether it suits clearly better; `other` is preferred where both do."""
        mine, others = (self.share, not self.is_ahead, self.one_way), (other.share, not other.is_ahead, other.one_way)
        if mine != others:
            return mine > others
        if self.unevenness * _CLEARLY < other.unevenness:
            return True
        # 21-03-01, 21-03-02: the day changes from row to row, and not the year.
        return (
            self.pattern.startswith("%y")
            and self.unevenness < other.unevenness * _CLEARLY
            and self.step < other.step
            and not other.is_anchored
        )


def _candidates(texts: list[str]) -> list[str]:
    """Return the patterns that the texts could be written in, of their longest and of their commonest shapes."""
    shapes: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for text in texts:
        shape = "".join("0" if sign.isdecimal() else "a" if sign.isalpha() else sign for sign in text)
        shapes.setdefault(shape, text)
        counts[shape] += 1
    chosen = (
        dict.fromkeys([max(shapes, key=len), *(shape for shape, _ in counts.most_common(_SHAPES))]) if shapes else {}
    )
    found: dict[str, None] = {}
    for shape in chosen:
        found |= dict.fromkeys(spellings_of(shapes[shape]))
    # What a single text excludes, as 13/01/2020 excludes a month first, others of its shape do not.
    for text in dict.fromkeys(texts[:: max(1, len(texts) // 50)]):
        found |= dict.fromkeys(spellings_of(text))
    return list(found)


def _fit(text: str, runs: list[list[str]], count: int) -> _Fit | None:
    pattern = pattern_of(text)
    if pattern is None:
        return None
    moments, valid, offsets = pattern.moments(list(chain(*runs)))
    share = float(valid.mean())
    if share * 2 <= 1 or _are_days_without_year(pattern, runs):
        return None
    moments = moments - offsets * MICROSECONDS if len(offsets) else moments
    seconds, is_ahead = moments / MICROSECONDS, False
    if "short_year" in pattern.fields:
        moved, newest = within_century(seconds[valid])
        seconds[valid], is_ahead = moved, newest is not None
    sequence = np.repeat(np.arange(len(runs)), [len(run) for run in runs])[valid]
    seconds = seconds[valid]
    within = sequence[1:] == sequence[:-1]
    steps = np.diff(seconds)[within]
    downward = bool((steps < 0).all()) and len(steps) > 0
    # Each sequence may go its own way.
    signs = np.sign(steps)
    lows, highs = (own(np.zeros(len(runs)), sequence[1:][within], signs) for own in (_least, _most))
    one_way = bool(((lows >= 0) | (highs <= 0)).all())
    step = float(np.median(np.abs(steps))) if len(steps) else 0.0
    longest = unevenness(seconds[::-1], within[::-1]) if downward else unevenness(seconds, within)
    dates = (seconds // 86_400).astype(np.int64).astype("datetime64[D]")
    one_day = np.timedelta64(1, "D")
    is_anchored = any(
        (day.astype("datetime64[M]") != (day - one_day).astype("datetime64[M]")).all()
        for day in (dates, dates + one_day)
    )
    return _Fit(text, share, one_way, longest, step / 86_400, is_ahead, is_anchored)


def _are_days_without_year(pattern: Pattern, runs: list[list[str]]) -> bool:
    """Whether what could be a month's name and a year, such as Jan-01, is rather a day, of no known year.

    Texts that are neither, such as those of a footer, say nothing.
    """
    if set(pattern.fields) != {"month_name", "short_year"}:
        return False
    days = pattern_of(pattern.text.replace("%y", "%d") + " %Y")
    assert days is not None
    read = [(pattern.moments(run), days.moments([f"{text} 2000" for text in run])) for run in runs]  # a leap year
    if any((of_day[1] & ~of_year[1]).any() for of_year, of_day in read):
        return True
    for (years, are_years, _), (moments, are_days, _) in read:
        rises, steps = np.diff(years[are_years]), np.diff(moments[are_years])
        if (rises > 0).all() or (rises < 0).all() or not are_days[are_years].all():
            return False
        if not ((steps > 0).all() or (steps < 0).all()):
            return False
    return True


def _least(found: Array, places: NDArray[np.int64], values: Array) -> Array:
    np.minimum.at(found, places, values)
    return found


def _most(found: Array, places: NDArray[np.int64], values: Array) -> Array:
    np.maximum.at(found, places, values)
    return found


def _shortened(runs: list[list[str]]) -> list[list[str]]:
    """Return the first sequences, up to so many texts."""
    kept, count = [], 0
    for run in runs:
        kept.append(run[: _MOST_TEXTS - count])
        count += len(kept[-1])
        if count >= _MOST_TEXTS:
            break
    return kept
