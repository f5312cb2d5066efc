"""Small studies, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from elman_core.config.study import Keep, StudyConfig
from elman_core.studies.axes import parse_axis
from elman_core.studies.results import StudyResults
from elman_core.studies.runner import run_study
from elman_core.studies.store import StudyStore
from elman_core.studies.study import Study, StudyBase
from elman_core.studies.trial import Trial


def study_of(what: str = "sine", *axes: str, config: dict[str, Any] | None = None, **base: Any) -> Study:
    """Return a study of a built-in experiment or a file, by default with three seeds a cell."""
    ranges = (config or {}).get("search", "grid") != "grid"
    own = tuple(parse_axis(axis, ranges=ranges) for axis in axes)
    settings = {"seeds": 3, "keep": Keep.NONE, **(config or {})}
    return Study(StudyBase(name=what.rpartition("/")[2], what=what, **base), StudyConfig(axes=own, **settings))


def run_all(study: Study, store: StudyStore | None = None, workers: int = 2) -> StudyResults:
    """Train all runs that are missing, and return what there is then."""
    results = StudyResults() if store is None else store.results
    for _ in run_study(study, store, results=results, workers=workers):
        pass
    return results


def figures(trials: Sequence[Trial] | StudyResults) -> list[Any]:
    """Return what the runs came to, in the order of their numbers, without when and how long."""
    names = ("number", "cell", "seed", "outcome", "epochs", "best_epoch", "train", "validation", "test", "message")
    told = [(*(repr(getattr(trial, name)) for name in names), dict(trial.settings)) for trial in trials]
    return sorted(told, key=lambda each: int(each[0]))
