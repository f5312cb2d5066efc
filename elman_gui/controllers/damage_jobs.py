"""The jobs behind the page Damage: measuring networks, damaging them, and their scorecards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elman_core.analysis.damage.results import DamageCurve, LevelScorecard
from elman_core.config.damage import DamageConfig, DamageKind
from elman_core.data.table import Source
from elman_core.experiment import Run
from elman_core.support.jobs import Job, within

if TYPE_CHECKING:  # what imports torch
    from elman_core.analysis.damage.examination import Undamaged

__all__ = ["curve_of", "examined", "scored"]


def examined(run: Run, config: DamageConfig, networks: int) -> Job[Undamaged]:
    """Measure networks before they are damaged."""
    yield 0.0
    # Imported here, in the job's thread: importing torch takes a second.
    import torch

    from elman_core.analysis.damage.evaluation_data import evaluation_data_of
    from elman_core.analysis.damage.examination import examine

    torch.set_num_threads(1)
    return (yield from examine(run, evaluation_data_of(run.dataset, config.steps, config.seed), networks))


def curve_of(undamaged: Undamaged, kind: DamageKind, config: DamageConfig) -> Job[DamageCurve]:
    """Damage networks in one way."""
    import torch

    from elman_core.analysis.damage.study import damage_curve

    torch.set_num_threads(1)
    return (yield from damage_curve(undamaged, kind, config))


def scored(
    undamaged: Undamaged, source: Source, kind: DamageKind, levels: tuple[float, ...], seed: int
) -> Job[tuple[LevelScorecard, ...]]:
    """Score networks at some levels of one kind."""
    import torch

    from elman_core.analysis.damage.scorecards import level_scorecard

    torch.set_num_threads(1)
    cards, count = [], len(levels)
    for place, level in enumerate(levels):
        job = level_scorecard(undamaged, source, kind, level, seed)
        cards.append((yield from within(job, place / count, (place + 1) / count)))
    return tuple(cards)
