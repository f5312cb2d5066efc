"""Looking at what damage did: one measure of one kind over the levels, beside what is reached without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.analysis.damage.results import DamageResults, LevelScorecard, bands
from elman_core.config.damage import DamageKind

__all__ = ["ERROR", "RIGHT", "DamageLook", "OverLevels"]

ERROR, RIGHT = "RMSE", "% right"
"""Measures that are always there, and there for symbols; the others are those of a scorecard, by their names."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OverLevels:
    """One measure over the levels.

    Attributes
    ----------
    levels : (L,)
        From 0 on, which is undamaged, where that is known.
    values : (L, N, R)
        By level, network and repeat.
    """

    levels: Array
    values: Array

    @property
    def bands(self) -> Array:
        """(5, L), the quantiles of `SHARES` over networks; of a single one over its repeats."""
        return bands(self.values) if len(self.levels) else np.empty((5, 0))

    def of_network(self, member: int) -> Array:
        """Return the mean over the repeats of one network, (L,); nothing where it was not damaged."""
        return self.values[:, member].mean(axis=1) if 0 <= member < self.values.shape[1] else np.empty(0)


@dataclass(frozen=True, eq=False)
class DamageLook:
    """What is looked at: results, and which of them.

    Attributes
    ----------
    cards
        Scorecards at some levels; those at level 0 are of the undamaged networks, whatever the kind.
    measure
        `ERROR`, `RIGHT` or the name of a scorecard's measure.
    level
        That is marked; None where none is.
    member
        The network that is looked at in all views, from 0 on.
    """

    results: DamageResults | None = None
    cards: tuple[LevelScorecard, ...] = ()
    kind: DamageKind = DamageKind.REMOVE_UNITS
    measure: str = ERROR
    level: float | None = None
    member: int = 0

    @property
    def kinds(self) -> tuple[DamageKind, ...]:
        """Those that are known, in their order."""
        return () if self.results is None else tuple(curve.kind for curve in self.results.curves)

    @property
    def measures(self) -> tuple[str, ...]:
        """Those that are known."""
        if self.results is None:
            return ()
        of_symbols = (RIGHT,) if self.results.undamaged.reached.right is not None else ()
        of_cards = tuple(measure.name for measure in self.cards[0].measures) if self.cards else ()
        return (ERROR, *of_symbols, *of_cards)

    def over_levels(self, kind: DamageKind) -> OverLevels:
        """Return the measure of one kind."""
        results = self.results
        if self.measure not in (ERROR, RIGHT):
            return self._of_cards(kind)
        curve = None if results is None else results.curve(kind)
        if results is None or curve is None:
            return OverLevels(np.empty(0), np.empty((0, 0, 0)))
        reached = results.undamaged.reached
        values, intact = (curve.errors, reached.error) if self.measure == ERROR else (curve.right, reached.right)
        if values is None or intact is None:
            return OverLevels(np.empty(0), np.empty((0, 0, 0)))
        levels = np.array(curve.levels)
        if levels[0] > 0:
            levels = np.concatenate([[0.0], levels])
            values = np.concatenate([np.broadcast_to(intact[None, :, None], (1, *values.shape[1:])), values])
        return OverLevels(levels, values if self.measure == ERROR else 100 * values)

    def _of_cards(self, kind: DamageKind) -> OverLevels:
        own = sorted((card for card in self.cards if card.kind is kind or card.level == 0), key=lambda card: card.level)
        names = [measure.name for measure in own[0].measures] if own else []
        if self.measure not in names:
            return OverLevels(np.empty(0), np.empty((0, 0, 0)))
        place = names.index(self.measure)
        return OverLevels(
            np.array([card.level for card in own]), np.stack([card.values[:, place : place + 1] for card in own])
        )

    @property
    def baselines(self) -> dict[str, float]:
        """What is reached without damage, without training, and by chance: medians over networks."""
        if self.results is None or self.measure not in (ERROR, RIGHT):
            return {}
        own = self.results.undamaged
        found = {}
        for name, level in (("undamaged", own.reached), ("untrained", own.untrained), ("chance", own.chance)):
            values = level.error if self.measure == ERROR else level.right
            if values is not None:
                found[name] = float(np.median(values)) * (1.0 if self.measure == ERROR else 100.0)
        return found

    @property
    def paper(self) -> str:
        """What the paper says of the measure; empty where it says nothing."""
        measures = self.cards[0].measures if self.cards else ()
        return next((measure.paper for measure in measures if measure.name == self.measure), "")

    @property
    def sentence(self) -> str:
        """What is reached at the level that is marked; empty where none is."""
        over = self.over_levels(self.kind)
        if self.level is None or not len(over.levels):
            return ""
        place = int(np.abs(over.levels - self.level).argmin())
        if abs(over.levels[place] - self.level) > 1e-9:
            return f"{self.kind.words}, level {self.level:g}: no scorecard was made there yet."
        low, lower, median, upper, high = over.bands[:, place].tolist()
        networks = over.values.shape[1]
        if networks == 1 and over.values.shape[2] == 1:
            spread = ""
        else:
            of_what = "networks" if networks > 1 else "repeats"
            spread = f", half of the {of_what} {lower:.3g} to {upper:.3g}, nine in ten {low:.3g} to {high:.3g}"
        before = f" (undamaged {over.bands[2, 0]:.3g})" if over.levels[0] == 0 and place else ""
        return f"{self.kind.words}, level {self.level:g}: median {self.measure} {median:.3g}{before}{spread}."
