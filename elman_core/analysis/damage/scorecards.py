"""Scorecards of Elman (1990) of damaged networks, one level at a time: each takes a run over a long stream."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from elman_core.analysis.damage.damaging import Draw, damaged
from elman_core.analysis.damage.examination import Undamaged
from elman_core.analysis.damage.results import LevelScorecard
from elman_core.analysis.damage.running import Noise
from elman_core.config import NetworkConfig
from elman_core.config.damage import DamageKind
from elman_core.data.table import Source
from elman_core.experiments.built_in import built_in_name
from elman_core.experiments.elman_1990 import has_scorecard
from elman_core.experiments.scorecard import Measure, scorecard_of
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, within

__all__ = ["damaged_network", "level_scorecard"]


def level_scorecard(
    undamaged: Undamaged, source: Source, kind: DamageKind, level: float, seed: int
) -> Job[LevelScorecard]:
    """Score each network at a level, damaged by its first draw, on the fresh stream of its own seed.

    There are no measures where the data are none of Elman's experiments.
    """
    measures: tuple[Measure, ...] = ()
    found: list[tuple[Measure, ...]] = []
    count = undamaged.network.networks if has_scorecard(built_in_name(source)) else 0
    for member in range(count):
        network = damaged_network(undamaged, kind, Draw(member), level, seed)
        own = scorecard_of(source, network, undamaged.seeds[member])
        found.append((yield from within(own, member / count, (member + 1) / count)))
        measures = measures or found[-1]
    values = [[measure.value for measure in own] or [np.nan] * len(measures) for own in found]
    return LevelScorecard(kind, level, measures, np.array(values, np.float64).reshape(len(found), len(measures)))


def damaged_network(undamaged: Undamaged, kind: DamageKind, draw: Draw, level: float, seed: int) -> ElmanNetwork:
    """Return one network, damaged as the study damages it, to be run as any other is."""
    hurt = damaged(undamaged, kind, (draw,), (level,), seed)
    if hurt.noise is None:
        return hurt.network
    return _NoisyNetwork(hurt.network.config, hurt.network.w1, hurt.network.w2, hurt.noise)


class _NoisyNetwork(ElmanNetwork):
    """A network with noise on its hidden units, which goes on being drawn from run to run."""

    _hooks_change_nothing = False

    def __init__(self, config: NetworkConfig, w1: Tensor, w2: Tensor, noise: Noise) -> None:
        super().__init__(config, w1, w2)
        self._noise = noise

    def _hidden_hook(self, hidden: Tensor) -> Tensor:
        return self._noise.added(hidden, self._noise.drawn(1, hidden.shape[1])[0])
