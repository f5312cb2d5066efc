"""Stamp: which network the rows of a file are of."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Stamp"]


@dataclass(frozen=True)
class Stamp:
    """What is said of the network in every row; nothing is said of what is None or empty.

    Attributes
    ----------
    network
        Its number, counted from 1, among several.
    epoch, time_step
        Whole epochs done, and time steps into the next one.
    held
        Units that are held, in words.
    """

    network: int | None = None
    epoch: int | None = None
    time_step: int = 0
    held: str = ""

    @property
    def columns(self) -> dict[str, int | str]:
        """The columns that say it, by name."""
        said: dict[str, int | str] = {}
        if self.network is not None:
            said["network"] = self.network
        if self.epoch is not None:
            said["epoch"] = self.epoch
        if self.time_step:
            said["time_step"] = self.time_step
        if self.held:
            said["held"] = self.held
        return said
