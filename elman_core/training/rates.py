"""RateSince: what the learning rate of a run has been, from which update on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["RateSince", "rates_sentence", "rates_with"]


@dataclass(frozen=True)
class RateSince:
    """A learning rate that a person chose, and the first update that it moved the weights in.

    It is the rate before any schedule, and that of the settings: networks with rates of their own follow it by the
    same factor. From the same seed, the same rates since the same time steps make the same run.

    Attributes
    ----------
    epoch, time_step
        Whole epochs that were done by then, and time steps into the next one: updates after these have this rate.
    """

    epoch: int
    time_step: int
    rate: float

    @property
    def place(self) -> tuple[int, int]:
        """Where it begins, to be compared with others."""
        return self.epoch, self.time_step


def rates_with(rates: tuple[RateSince, ...], since: RateSince) -> tuple[RateSince, ...]:
    """Return the rates of a run that has this one from its place on; what was to begin there or later does not."""
    before = tuple(known for known in rates if known.place < since.place)
    return before if before and before[-1].rate == since.rate else (*before, since)


def rates_sentence(rates: Sequence[RateSince]) -> str:
    """Say which rates a run has had, where it is more than one; nothing otherwise.

    >>> rates_sentence([RateSince(0, 0, 0.1), RateSince(40, 3, 0.02)])
    'learning rate 0.1, from step 4 of epoch 41 on 0.02'
    """
    if len(rates) < 2:
        return ""
    later = (f", from {_place(since)} on {since.rate:g}" for since in rates[1:])
    return f"learning rate {rates[0].rate:g}{''.join(later)}"


def _place(since: RateSince) -> str:
    step = f"step {since.time_step + 1:,} of " if since.time_step else ""
    return f"{step}epoch {since.epoch + 1:,}"
