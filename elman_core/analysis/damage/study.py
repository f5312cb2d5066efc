"""The study: every kind of damage, at every level, to every network, as often as is wanted."""

from __future__ import annotations

import numpy as np

from elman_core.analysis.damage.damaging import Draw, damaged
from elman_core.analysis.damage.evaluation_data import evaluation_data_of
from elman_core.analysis.damage.examination import Undamaged, examine
from elman_core.analysis.damage.results import DamageCurve, DamageResults
from elman_core.analysis.damage.running import networks_at_once, run_over
from elman_core.analysis.damage.scoring import ManyScores
from elman_core.config.damage import DamageConfig, DamageKind
from elman_core.experiment import Run
from elman_core.support.jobs import Job, within

__all__ = ["damage_curve", "damage_study"]


def damage_study(run: Run, config: DamageConfig, networks: int | None = None) -> Job[DamageResults]:
    """Damage the first `networks` of a trained run, by default all, and measure what they still reach.

    The same config gives the same results; a network that is damaged alone gets the same damage as among others.

    Raises
    ------
    ConfigError
        When the run is not trained, or has fewer networks.
    DataError
        When there is nothing to measure them on.
    """
    yield 0.0
    data = evaluation_data_of(run.dataset, config.steps, config.seed)
    undamaged = yield from within(examine(run, data, networks), 0.0, 0.05)
    curves, count = [], len(config.kinds)
    for place, kind in enumerate(config.kinds):
        begin, end = (0.05 + 0.95 * (place + done) / count for done in (0, 1))
        curves.append((yield from within(damage_curve(undamaged, kind, config), begin, end)))
    return DamageResults(config, undamaged, tuple(curves))


def damage_curve(undamaged: Undamaged, kind: DamageKind, config: DamageConfig) -> Job[DamageCurve]:
    """Damage networks in one way, at each level and in each repeat.

    Level 0 is the undamaged network itself. Only so many networks are made at once as there is memory for.
    """
    repeats = config.repeats if kind.is_drawn else 1
    networks = undamaged.network.networks
    shape = (len(config.levels), networks, repeats)
    errors = np.broadcast_to(undamaged.reached.error[:, None], shape).copy()
    intact = undamaged.reached.right
    right = None if intact is None else np.broadcast_to(intact[:, None], shape).copy()
    draws = [Draw(member, repeat) for member in range(networks) for repeat in range(repeats)]
    harmful = [place for place, level in enumerate(config.levels) if level > 0]
    most = networks_at_once(undamaged.network, undamaged.data)
    levels_at_once = max(1, min(len(harmful), most))
    draws_at_once = max(1, most // levels_at_once)
    total = len(draws) * max(1, len(harmful))
    done = 0
    for first in range(0, len(draws), draws_at_once):
        some = tuple(draws[first : first + draws_at_once])
        of_members, of_repeats = np.array([(draw.member, draw.repeat) for draw in some]).T
        for start in range(0, len(harmful), levels_at_once):
            places = harmful[start : start + levels_at_once]
            hurt = damaged(undamaged, kind, some, tuple(config.levels[place] for place in places), config.seed)
            scores = ManyScores(hurt.network.networks, undamaged.data, hurt.network.config.output)
            for block in run_over(hurt.network, undamaged.data, hurt.noise):
                yield done / total
                scores.add(block)
            at = np.array(places)[:, None], of_members, of_repeats
            errors[at] = scores.errors().reshape(len(some), len(places)).T
            found = scores.right()
            if right is not None and found is not None:
                right[at] = found.reshape(len(some), len(places)).T
            done += len(some) * len(places)
    return DamageCurve(kind, config.levels, errors, right)
