"""Comparison: what two settings have come to on the same seeds, and what may be said of it, in a sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from elman_core.support.text_format import counted

__all__ = ["Comparison", "IntervalMethod"]


class IntervalMethod(StrEnum):
    """How an interval is made."""

    BCA = "bca"
    PERCENTILE = "percentile"
    """Where the bias-corrected and accelerated one is not defined."""
    ORDER_STATISTICS = "order statistics"
    """Of very many pairs."""


@dataclass(frozen=True)
class Comparison:
    """Two settings, compared by their errors on the same seeds; see `compare` for how.

    Attributes
    ----------
    pairs
        Seeds that both were run with, those that diverged among them.
    wins, losses, ties
        On how many of them the first had the smaller error, the greater, and the same.
    ratio, low, high
        The median over seeds of the first error as a share of the second, and its interval; NaN without pairs.
    level
        That of the interval: .95, corrected for the number of comparisons.
    method
        How the interval was made.
    p_value
        Of the sign-flip test, not corrected.
    comparisons
        How many it is corrected for.
    fewest_pairs
        With fewer, no claim can be made.
    claims
        Whether interval and test agree that the settings differ, corrected.
    probability_of_improvement
        How probable it is that a run of the first has a smaller error than any run of the second (a tie is a half);
        NaN without pairs.
    first_diverged, second_diverged
        How many runs of each have no finite error.
    """

    pairs: int
    wins: int
    losses: int
    ties: int
    ratio: float
    low: float
    high: float
    level: float
    method: IntervalMethod
    p_value: float
    comparisons: int
    fewest_pairs: int
    claims: bool
    probability_of_improvement: float
    first_diverged: int = 0
    second_diverged: int = 0

    @property
    def corrected_p_value(self) -> float:
        """The p-value times the number of comparisons (Bonferroni), at most 1."""
        return min(1.0, self.p_value * self.comparisons)

    @property
    def is_too_few(self) -> bool:
        """Whether there are too few pairs for any claim."""
        return self.pairs < self.fewest_pairs

    @property
    def first_is_better(self) -> bool:
        """Whether the first has the smaller error, claimed or not."""
        return self.ratio < 1

    def swapped(self) -> Comparison:
        """Return the same with the second as the first."""
        return Comparison(
            pairs=self.pairs,
            wins=self.losses,
            losses=self.wins,
            ties=self.ties,
            ratio=_inverse(self.ratio),
            low=_inverse(self.high),
            high=_inverse(self.low),
            level=self.level,
            method=self.method,
            p_value=self.p_value,
            comparisons=self.comparisons,
            fewest_pairs=self.fewest_pairs,
            claims=self.claims,
            probability_of_improvement=1 - self.probability_of_improvement,
            first_diverged=self.second_diverged,
            second_diverged=self.first_diverged,
        )

    def sentence(self, first: str, second: str, *, plural: bool = False) -> str:
        """Say in plain words what may be claimed, with what the two settings are called.

        "20 hidden units beat 6 on 97 of 100 seeds; median error 0.8 of it seed by seed, interval 0.74 to 0.86." With
        `plural` the first "beat", otherwise it "beats".
        """
        if self.claims and not self.first_is_better:
            return self.swapped().sentence(second, first, plural=plural)
        said = self._finding(first, second, "beat" if plural else "beats")
        return f"{said[:1].upper()}{said[1:]}{self._of_diverged(first, second)}"

    def _finding(self, first: str, second: str, beats: str) -> str:
        if not self.pairs:
            return f"{first} and {second} have no seed in common, so that they cannot be compared."
        if self.first_diverged == self.second_diverged == self.pairs:
            return f"{first} and {second} cannot be told apart."
        if self.ties == self.pairs:
            return f"{first} and {second} have the same error on {_all(self.pairs)}."
        if self.is_too_few:
            are = "is" if self.pairs == 1 else "are"
            return (
                f"{counted(self.pairs, 'seed')} {are} too few to tell {first} from {second}: a claim needs at least "
                f"{self.fewest_pairs:,}{self._corrected(', corrected for ')}."
            )
        on = f"on {self.wins:,} of {counted(self.pairs, 'seed')}{self._of_ties()}"
        if self.claims and self.second_diverged and self.high == 0:  # a share of what has no bound says nothing
            return f"{first} {beats} {second} {on}{self._corrected(', corrected for ')}."
        figures = (
            f"median error {_figure(self.ratio)} of {'it' if self.claims else 'the other'} seed by seed, interval "
            f"{_figure(self.low)} to {_figure(self.high)}{self._corrected(', corrected for ')}."
        )
        if self.claims:
            return f"{first} {beats} {second} {on}; {figures}{self._of_method()}"
        return (
            f"no difference between {first} and {second} can be claimed: the first is better {on}; "
            f"{figures}{self._of_disagreement()}{self._of_method()}"
        )

    def _corrected(self, before: str) -> str:
        return f"{before}{self.comparisons:,} comparisons" if self.comparisons > 1 else ""

    def _of_ties(self) -> str:
        return f" ({counted(self.ties, 'tie')})" if self.ties else ""

    def _of_method(self) -> str:
        if self.method is not IntervalMethod.PERCENTILE:
            return ""
        return " The interval is that of plain percentiles, as a bias-corrected one is not defined here."

    def _of_disagreement(self) -> str:
        """Say which of the two would have made the claim."""
        if self.low <= 1 <= self.high:
            return " The interval holds 1." if self.corrected_p_value <= 1 - self.level else ""
        return f" The interval is clear of 1, but chance makes such pairs with a probability of {self.p_value:.2g}."

    def _of_diverged(self, first: str, second: str) -> str:
        some = [
            f"{counted(count, 'run')} with {words}"
            for count, words in ((self.first_diverged, first), (self.second_diverged, second))
            if count
        ]
        if not some:
            return ""
        one = self.first_diverged + self.second_diverged == 1
        return f" {' and '.join(some)} diverged, and {'counts' if one else 'count'} as the worst."


def _inverse(ratio: float) -> float:
    return math.inf if ratio == 0 else 1 / ratio


def _all(pairs: int) -> str:
    return "the one seed" if pairs == 1 else f"all {pairs:,} seeds"


def _figure(ratio: float) -> str:
    """Write a ratio with two decimals, or with as many as tell it from 1."""
    if not math.isfinite(ratio) or ratio >= 10:
        return "∞" if math.isinf(ratio) else f"{ratio:,.0f}"
    if ratio < 0.1:
        return f"{ratio:.2g}"
    texts = (f"{ratio:.{decimals}f}" for decimals in range(2, 17))
    text = next((text for text in texts if ratio == 1 or float(text) != 1), "1")
    return text.rstrip("0").rstrip(".")
