"""How well the recipe for many series predicts the monthly series of the M3 competition, which are not shipped.

The file is named by the environment variable `ELMAN_M3_MONTHLY`, or as the argument of
`python -m tests.benchmarks.many_series`: a table of the columns series, step and value, of whose series the last 18
rows are the test part.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from elman_core.config import AutomaticConfig, DataConfig, Precision
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.data.splits import Part
from elman_core.forecasting.automatic.many_series import ManySeriesFit
from elman_core.forecasting.comparison import Baselines
from elman_core.forecasting.scores import Score
from elman_core.support.jobs import complete
from elman_core.training.engines.kernel_cache import prepare_for

from .m3 import M3_PLACE, m3_path
from .measure import Result

__all__ = ["many_series_cases"]

_HORIZON = 18
_SEEDS = (1, 101, 201, 301, 401)
_SMAPE, _MASE, _SECONDS = 13.5, 0.845, 60.0


def many_series_cases() -> Iterator[Result]:
    """Measure five networks from each of five seeds, and one network alone."""
    case = "M3 monthly, 1,428 series, 18 steps: sMAPE, MASE"
    to_reach = f"at most {_SMAPE:g} and {_MASE:g}, in {_SECONDS:g} s"
    path = m3_path()
    if path is None:
        yield Result(case, "", to_reach, None, f"name the file in {M3_PLACE}")
        return
    prepare_for(Precision.SINGLE, lambda message: None)
    for networks, seeds in ((5, _SEEDS), (1, _SEEDS)):
        found = [_measure(path, seed, networks) for seed in seeds]
        smape, mase = (median(getattr(score, name) for score, _ in found) for name in ("smape", "mase"))
        seconds = median(took for _, took in found)
        reached = None if networks == 1 else smape <= _SMAPE and mase <= _MASE and seconds < _SECONDS
        yield Result(
            case if networks > 1 else f"{case}, one network alone",
            f"{smape:.2f}, {mase:.3f} in {seconds:.0f} s",
            to_reach if networks > 1 else "",
            reached,
            f"medians of {len(seeds)} seeds; sMAPE {', '.join(f'{score.smape:.2f}' for score, _ in found)}",
        )


def _measure(path: Path, seed: int, networks: int) -> tuple[Score, float]:
    """Read, fit and score; return the score of the test part and the seconds that it took."""
    begun = time.perf_counter()
    table = complete(read_table(path, detect_format(path, "series")))
    data = DataConfig(columns=("value",), season=12, horizon=_HORIZON, test_rows=_HORIZON)
    fit = ManySeriesFit(
        "m3", table, data, AutomaticConfig(seed=seed, networks=networks, inner_networks=min(networks, 3))
    )
    for _ in fit.updates():
        pass
    assert fit.forecaster is not None
    dataset = fit.forecaster.dataset
    predictor, baselines = complete(fit.forecaster.predictor()), Baselines(dataset)
    origins = np.asarray(dataset.panel.stops - 1 - _HORIZON)
    comparison = baselines.comparison(Part.TEST, origins, _HORIZON)
    comparison.add(origins, predictor.ahead(origins, _HORIZON))
    return comparison.means()["network"], time.perf_counter() - begun


if __name__ == "__main__":
    os.environ[M3_PLACE] = sys.argv[1]
    for result in many_series_cases():
        print(f"{result.case}: {result.found} (to reach: {result.to_reach}; {result.note})")  # noqa: T201
