"""Studies that nobody ran: runs with a known best cell, some of which diverged, in any size."""

from __future__ import annotations

from itertools import product

import numpy as np

from elman_core.config.study import Axis, AxisValue, StudyConfig
from elman_core.studies.overview import Overview
from elman_core.studies.results import StudyResults
from elman_core.studies.survey import Survey
from elman_core.studies.trial import Outcome, Trial

__all__ = ["BEST", "GRID", "made_up_overview", "made_up_study"]

GRID: dict[str, tuple[AxisValue, ...]] = {
    "network.hidden": (2, 4, 6, 10, 20),
    "training.learning_rate": (0.01, 0.03, 0.1, 0.3),
    "training.optimizer": ("sgd", "adam"),
}
BEST: dict[str, AxisValue] = {"network.hidden": 10, "training.learning_rate": 0.1, "training.optimizer": "adam"}


def made_up_study(
    grid: dict[str, tuple[AxisValue, ...]] | None = None,
    seeds: int = 20,
    known: int | None = None,
    threshold: float | None = 0.01,
) -> tuple[StudyConfig, StudyResults]:
    """Return a grid of which the first `known` cells have run.

    The error grows with the distance from `BEST`; with a high rate and plain gradient steps, the more hidden units
    there are, the more runs diverge. Cells end in a random order.
    """
    grid = GRID if grid is None else grid
    config = StudyConfig(
        axes=tuple(Axis(field=name, values=values) for name, values in grid.items()), seeds=seeds, threshold=threshold
    )
    generator = np.random.default_rng(7)
    trials = []
    for cell, values in enumerate(list(product(*grid.values()))[:known]):
        settings = dict(zip(grid, values, strict=True))
        far = sum(
            abs(options.index(settings[name]) - options.index(BEST[name])) / len(options)
            for name, options in grid.items()
            if BEST.get(name) in options
        )
        is_wild = settings.get("training.learning_rate") == 0.3 and settings.get("training.optimizer") == "sgd"
        luck = generator.gamma(1.5, 0.15, seeds)
        for place in range(seeds):
            error = 0.002 * 10 ** (1.6 * far + float(luck[place]))
            diverges = is_wild and generator.random() < 0.05 * float(settings.get("network.hidden") or 6)
            trials.append(
                Trial(
                    cell * seeds + place, cell, settings, 1 + place,
                    Outcome.DIVERGED if diverges else Outcome.FINISHED, 300, 250,
                    float("nan") if diverges else 0.7 * error,
                    float("nan") if diverges else error,
                    None if diverges else error * float(np.exp(generator.normal(0.1, 0.2))),
                    1_700_000_000.0 + cell, 0.05,
                )
            )  # fmt: skip
    results = StudyResults()
    results.add(trials[place] for place in generator.permutation(len(trials)))
    return config, results


def made_up_overview(
    grid: dict[str, tuple[AxisValue, ...]] | None = None, seeds: int = 20, known: int | None = None
) -> Overview:
    """Return the overview of such a study."""
    config, results = made_up_study(grid, seeds, known)
    return Survey(config).overview(results)
