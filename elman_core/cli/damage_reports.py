"""Damage as the object that --json prints, and as tables for people to read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman_core.cli.console import print_table, print_text
from elman_core.support.text_format import counted

if TYPE_CHECKING:
    from elman_core.analysis.damage.examination import Level
    from elman_core.analysis.damage.results import DamageCurve, DamageResults, LevelScorecard

__all__ = ["damage_object", "print_damage"]

_NAMES = ("p5", "p25", "median", "p75", "p95")

Array = NDArray[np.float64]


def damage_object(
    name: str, found: DamageResults, cards: Sequence[LevelScorecard], seconds: float, out: Path | None
) -> dict[str, Any]:
    """Return what each kind of damage did at each level, beside the baselines; `right` is None for numbers."""
    undamaged = found.undamaged
    return {
        "name": name,
        "networks": undamaged.network.networks,
        "seeds": list(undamaged.seeds),
        "repeats": found.config.repeats,
        "seed": found.config.seed,
        "measured_on": {"what": undamaged.data.what, "steps": undamaged.data.steps},
        "baselines": {
            "undamaged": _level_object(undamaged.reached),
            "untrained": _level_object(undamaged.untrained),
            "chance": _level_object(undamaged.chance),
        },
        "kinds": [_curve_object(curve) for curve in found.curves],
        "scorecards": [_card_object(card) for card in cards],
        "seconds": seconds,
        "out": None if out is None else str(out),
    }


def _level_object(level: Level) -> dict[str, Any]:
    right = None if level.right is None else _spread(level.right[None, :, None])[0]
    return {"rmse": _spread(level.error[None, :, None])[0], "right": right}


def _curve_object(curve: DamageCurve) -> dict[str, Any]:
    errors = _spread(curve.errors)
    rights = [None] * len(errors) if curve.right is None else _spread(curve.right)
    return {
        "kind": curve.kind.value,
        "level_means": curve.kind.level_means,
        "repeats": curve.errors.shape[2],
        "levels": [
            {"level": level, "rmse": error, "right": right}
            for level, error, right in zip(curve.levels, errors, rights, strict=True)
        ],
    }


def _spread(values: Array) -> list[dict[str, float]]:
    """Return mean and quantiles over networks at each level, of values (L, N, R)."""
    from elman_core.analysis.damage.results import bands

    means = values.mean(axis=(1, 2)).tolist()
    return [
        {"mean": mean, **dict(zip(_NAMES, own, strict=True))}
        for mean, own in zip(means, bands(values).T.tolist(), strict=True)
    ]


def _card_object(card: LevelScorecard) -> dict[str, Any]:
    return {
        "kind": card.kind.value,
        "level": card.level,
        "measures": [
            {"name": measure.name, "paper": measure.paper, **spread, "values": values}
            for measure, spread, values in zip(
                card.measures, _spread(card.values.T[:, :, None]), card.values.T.tolist(), strict=True
            )
        ],
    }


def print_damage(name: str, found: DamageResults, cards: Sequence[LevelScorecard]) -> None:
    """Write a small table of each measure, a column for each kind, and what the scorecards say."""
    undamaged = found.undamaged
    networks, repeats = counted(undamaged.network.networks, "network"), counted(found.config.repeats, "repeat")
    print_text(f"{name}: {networks}, {repeats}, measured on {undamaged.data.what}")
    for measure in ("error", "right"):
        if measure == "error" or undamaged.reached.right is not None:
            print_text(
                f"\nmedian {'RMSE' if measure == 'error' else '% right'}: {_baselines(found, measure)}", keep="\n"
            )
            _print_table(found, measure)
    for card in cards:
        rows = [
            [measure.name, *(f"{own[key]:.4g}" for key in ("p25", "median", "p75")), measure.paper]
            for measure, own in zip(card.measures, _spread(card.values.T[:, :, None]), strict=True)
        ]
        title = f"{card.kind.words}, level {card.level:g}: scorecard over networks"
        print_table(("On a fresh stream", "25 %", "Median", "75 %", "Elman 1990"), rows, title=title)


def _baselines(found: DamageResults, measure: str) -> str:
    own = found.undamaged
    levels = {"undamaged": own.reached, "untrained": own.untrained, "chance": own.chance}
    medians = {
        words: float(np.median(values))
        for words, level in levels.items()
        if (values := level.error if measure == "error" else level.right) is not None
    }
    return ", ".join(f"{words} {_cell(median, measure)}" for words, median in medians.items())


def _print_table(found: DamageResults, measure: str) -> None:
    from elman_core.analysis.damage.results import bands

    headers = ["Level", *(curve.kind.value.replace("-", "\n") for curve in found.curves)]
    columns = [bands(values)[2] for curve in found.curves if (values := curve.values(measure)) is not None]
    rows = [
        [f"{level:g}", *(_cell(float(column[place]), measure) for column in columns)]
        for place, level in enumerate(found.config.levels)
    ]
    print_table(headers, rows, words=0)


def _cell(value: float, measure: str) -> str:
    return f"{value:.4g}" if measure == "error" else f"{100 * value:.3g}"
