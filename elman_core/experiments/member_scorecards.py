"""Scorecards of all networks of an ensemble: each measure as a distribution over seeds, beside the paper's result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.experiments.scorecard import Measure, scorecard
from elman_core.experiments.variants import VARIANTS, Variant, variant_experiment
from elman_core.forecasting.running import first_network
from elman_core.model.network import ElmanNetwork
from elman_core.studies.statistics.summaries import Success, success
from elman_core.support.jobs import Job, within
from elman_core.training.trainer import Trainer

__all__ = ["MeasureOfAll", "compare_all", "score_all"]

_TRAINING_SHARE = 0.8
_NUMBER = r"\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER})(?: to ({_NUMBER}))?")

Array = NDArray[np.float64]
Range = tuple[float, float]


@dataclass(frozen=True, eq=False)
class MeasureOfAll:
    """One line of the scorecards of N networks.

    Attributes
    ----------
    name, paper, goal
        As in `Measure`.
    values : (N,)
        NaN for networks whose weights are no numbers.
    reached : (N,) or None
        Whether each reaches the goal; None where there is none.
    success
        How many that are, with the interval of their share; None where there is no goal.
    beside
        Whether it is of other networks, for comparison.
    """

    name: str
    paper: str
    goal: str
    values: Array
    reached: NDArray[np.bool_] | None
    success: Success | None = None
    beside: bool = False

    @property
    def paper_range(self) -> Range | None:
        """What the paper states in numbers, from and to; None where it is words."""
        found = _RANGE.fullmatch(self.paper)
        return None if found is None else (float(found[1]), float(found[2] or found[1]))

    @property
    def goal_range(self) -> Range | None:
        """Which values reach the goal, from and to, one of them infinite; None where the goal is words or none."""
        for begin, low, high in (("at most ", -np.inf, None), ("at least ", None, np.inf), ("", None, None)):
            found = _RANGE.fullmatch(self.goal.removeprefix(begin))
            if self.goal.startswith(begin) and found is not None:
                first, last = float(found[1]), float(found[2] or found[1])
                return (first if low is None else low, last if high is None else high)
        return None


def score_all(name: str, network: ElmanNetwork, seed: int) -> Job[tuple[MeasureOfAll, ...]]:
    """Return the measures of every network of a built-in experiment; none where that has no scorecard.

    Network n was trained from `seed` + n, and is measured on the fresh stream that follows from that, as it would be
    alone.
    """
    cards: list[tuple[Measure, ...]] = []
    for member in range(network.networks):
        job = scorecard(name, first_network(network, member), seed + member)
        cards.append((yield from within(job, member / network.networks, (member + 1) / network.networks)))
    return _gathered(cards)


def compare_all(name: str, seed: int, networks: int, engine: str = "auto") -> Job[tuple[MeasureOfAll, ...]]:
    """Train every variant of an experiment from as many seeds, and return what they reach; none without variants."""
    yield 0.0
    variants = VARIANTS.get(name, ())
    found: tuple[MeasureOfAll, ...] = ()
    for place, variant in enumerate(variants):
        job = _train_and_score(name, variant, seed, networks, engine)
        found += yield from within(job, place / len(variants), (place + 1) / len(variants))
    return found


def _train_and_score(
    name: str, variant: Variant, seed: int, networks: int, engine: str
) -> Job[tuple[MeasureOfAll, ...]]:
    experiment = variant_experiment(name, variant, seed)
    experiment = replace(experiment, training=experiment.training.replace(networks=networks))
    trainer = Trainer(experiment, device="cpu", engine=engine)
    for update in trainer.updates():
        yield _TRAINING_SHARE * update.epoch / experiment.training.epochs
    measures = yield from within(score_all(name, trainer.network, seed), _TRAINING_SHARE, 1.0)
    told = [measure for measure in measures if measure.name in variant.measures]
    return tuple(
        MeasureOfAll(f"{variant.title}: {measure.name}", "", "", measure.values, None, beside=True) for measure in told
    )


def _gathered(cards: Sequence[tuple[Measure, ...]]) -> tuple[MeasureOfAll, ...]:
    """Put the measures of all networks together; a network that could not be measured has none."""
    first = next((card for card in cards if card), ())
    gathered = []
    for place, measure in enumerate(first):
        own = [card[place] if card else None for card in cards]
        values = np.array([np.nan if one is None else one.value for one in own])
        reached, reaching = None, None
        if measure.reached is not None:
            reached = np.array([one is not None and bool(one.reached) for one in own])
            reaching = success(np.where(reached, 0.0, 1.0), 0.5)
        gathered.append(MeasureOfAll(measure.name, measure.paper, measure.goal, values, reached, reaching))
    return tuple(gathered)
