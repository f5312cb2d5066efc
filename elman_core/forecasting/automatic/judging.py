"""Judging: how far predictions are off in the inner validation, and how much better than the ruler's that surely is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Judge", "Judgement"]

_BLOCKS = 4
_STANDARD_ERRORS = 2.0

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Judgement:
    """Two numbers for one step ahead and for 1 to H steps: smaller is better.

    Attributes
    ----------
    one_step, several
        RMSE, where each column is divided by its mean absolute step.
    sure_one_step, sure_several
        The same, when what may be chance does not count as a gain over the ruler.
    """

    one_step: float
    several: float
    sure_one_step: float
    sure_several: float


@dataclass(frozen=True, eq=False)
class Judge:
    r"""Compares errors with those of plain least squares, the ruler, from the same origins.

    With squared errors e_o of a candidate and r_o of the ruler, means over steps and columns from origin o::

        sure^2 = mean(r) + mean(e - r) + 2 * standard error of mean(e - r)

    whose autocorrelation up to H - 1 origins is allowed for (Newey & West 1987). For several steps it is multiplied by
    the geometric mean of the RMSE over 4 blocks of time as a share of the RMSE, so that one crisis does not choose.

    Attributes
    ----------
    scales : (C,)
        What each column is divided by.
    ruler : (2, n)
        Squared errors of the ruler from each origin, for one step and for all.
    """

    scales: Array
    ruler: Array

    @classmethod
    def of(cls, errors: Array, scales: Array) -> Self:
        """Take the errors of the ruler, (H, n, C)."""
        return cls(scales, _squares(errors, scales))

    def judge(self, errors: Array) -> Judgement:
        """Judge errors (H, n, C), NaN where there is no value."""
        squares = _squares(errors, self.scales)
        one_step, several = (_root(own) for own in squares)
        sure_one_step = _sure(squares[0], self.ruler[0], 1)
        sure_several = _sure(squares[1], self.ruler[1], len(errors))
        if 0 < several < np.inf:
            sure_several *= _root_by_blocks(squares[1]) / several
        return Judgement(one_step, several, sure_one_step, sure_several)


def _squares(errors: Array, scales: Array) -> Array:
    """Return mean squares from each origin, of one step and of all: (2, n), NaN where there is nothing."""
    with np.errstate(over="ignore", invalid="ignore"):
        squares = (errors / scales) ** 2
        squares[np.isinf(errors)] = np.inf
        known = ~np.isnan(squares)
        filled = np.where(known, squares, 0.0)
        return np.stack(
            [
                np.where(
                    known[:k].any(axis=(0, 2)), filled[:k].sum(axis=(0, 2)) / known[:k].sum(axis=(0, 2)).clip(1), np.nan
                )
                for k in (1, len(squares))
            ]
        )


def _root(squares: Array) -> float:
    known = squares[~np.isnan(squares)]
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(known.mean())) if len(known) else np.inf


def _root_by_blocks(squares: Array) -> float:
    found = [_root(block) for block in np.array_split(squares, min(_BLOCKS, len(squares))) if not np.isnan(block).all()]
    return float(np.exp(np.mean(np.log(np.maximum(found, 1e-150)))))


def _sure(squares: Array, ruler: Array, steps: int) -> float:
    """Return the root of the mean square, with two standard errors of its difference from the ruler's added."""
    known = ~np.isnan(squares) & ~np.isnan(ruler)
    own, base = squares[known], ruler[known]
    if not len(own) or not np.isfinite(own).all():
        return np.inf
    if not np.isfinite(base).all():
        return _root(own)
    difference = own - base
    off = difference - difference.mean()
    count = len(off)
    variance = float((off**2).mean())
    for lag in range(1, min(steps, count - 1)):
        variance += 2 * (1 - lag / steps) * float((off[lag:] * off[:-lag]).sum()) / count
    error = np.sqrt(max(variance, 0.0) / count)
    return float(np.sqrt(max(own.mean() + _STANDARD_ERRORS * error, 0.0)))
