"""Errors by the number of steps ahead, and over all steps up to a horizon."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.errors import DataError
from elman_core.forecasting.comparison import Baselines, Comparison
from elman_core.forecasting.extent import first_test_rows
from elman_core.forecasting.prediction import score_parts
from elman_core.forecasting.predictor import NetworkPredictor, Predictor
from elman_core.forecasting.scores import HorizonScore, PartScores
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, within
from elman_core.training.events import Response

__all__ = [
    "blocks_of",
    "evaluate_predictor",
    "first_rows_of",
    "longest_horizon",
    "origins_within",
    "score_as_trained",
    "score_horizon",
    "score_predictor",
]

_ORIGINS_AT_ONCE = 4_096
_NUMBERS_AT_ONCE = 4_000_000

Integers = NDArray[np.int64]


def score_as_trained(
    network: ElmanNetwork, dataset: SequenceDataset, response: Response | None, baselines: Baselines | None = None
) -> Job[dict[Part, PartScores | None]]:
    """Score one step ahead, or with a horizon all steps up to it; symbols are always scored one step ahead.

    `baselines` are those of the dataset, where they are known already.
    """
    if dataset.config.horizon > 1 and dataset.kind is DataKind.NUMBERS:
        return score_horizon(network, dataset, dataset.config.horizon, baselines)
    return score_parts(network, dataset, response, baselines)


def score_horizon(
    network: ElmanNetwork, dataset: SequenceDataset, horizon: int, baselines: Baselines | None = None
) -> Job[dict[Part, PartScores | None]]:
    """Score steps 1 ... H ahead, from all origins whose H values lie in the part.

    For each sequence, over its origins o, steps h and columns::

        rmse = sqrt(mean (prediction_{o, h} - value_{o + h})^2)

    and likewise for the other errors and the baselines. None for a part without such an origin.
    """
    predictor = yield from within(NetworkPredictor.prepare(network, dataset), 0.0, 0.3)
    return (yield from within(score_predictor(predictor, dataset, horizon, baselines), 0.3, 1.0))


def score_predictor(
    predictor: Predictor,
    dataset: SequenceDataset,
    horizon: int = 1,
    baselines: Baselines | None = None,
    lost_rows: int = 0,
) -> Job[dict[Part, PartScores | None]]:
    """Do as `score_horizon` for whatever predicts; it needs `lost_rows` rows before it can predict from one."""
    baselines, first_rows = baselines or Baselines(dataset), first_rows_of(dataset, lost_rows)
    origins = {part: origins_within(dataset, part, horizon, first_rows) for part in Part}
    total, done, scores = sum(map(len, origins.values())), 0, dict[Part, PartScores | None]()
    for part, own in origins.items():
        sums = baselines.comparison(part, own, horizon)
        for some in blocks_of(dataset, own, horizon):
            yield done / total
            done += len(some)
            sums.add(some, predictor.ahead(some, horizon))
        baselines.keep(part, sums)
        scores[part] = sums.scores()
    return scores


def evaluate_predictor(
    predictor: Predictor, dataset: SequenceDataset, horizon: int, from_row: int | None = None, lost_rows: int = 0
) -> Job[list[HorizonScore]]:
    """Predict from every origin, and score each horizon. The predictor needs `lost_rows` rows before an origin.

    An origin is the last known row; the context comes from the true rows before it.
    The first origin is the row before `from_row`, counted from 0 in each sequence: by default the first row of the
    test part, or the first that can be predicted where no sequence has one. Of several sequences the errors are means
    over those that have rows at the horizon.

    Raises
    ------
    DataError
        When there are too few rows for the horizon.
    """
    _check_horizon(dataset, horizon, from_row)
    first = np.minimum(
        np.maximum(_first_predicted(dataset, from_row) - 1, first_rows_of(dataset, lost_rows)), dataset.panel.stops
    )
    return (yield from _evaluate(predictor, dataset, horizon, _ranges(first, dataset.panel.stops - 1)))


def _check_horizon(dataset: SequenceDataset, horizon: int, from_row: int | None) -> None:
    rows = _first_predicted(dataset, from_row)
    longest = longest_horizon(dataset, from_row)
    if not 1 <= horizon <= longest:
        which = "of the longest sequence " if dataset.panel.has_several else ""
        begin = f"row {rows[0]:,}" if from_row is not None or not dataset.panel.has_several else "its test part"
        raise DataError(f"horizon must be from 1 to {longest:,}, the rows {which}from {begin} on, got {horizon:,}")


def longest_horizon(dataset: SequenceDataset, from_row: int | None = None) -> int:
    """Return how many rows the longest sequence has from its test part or `from_row` on.

    Raises
    ------
    DataError
        When there is no such row.
    """
    return int((dataset.panel.stops - _first_predicted(dataset, from_row)).max())


def _first_predicted(dataset: SequenceDataset, from_row: int | None) -> Integers:
    """Return the first row that is predicted of each sequence, (S,)."""
    if from_row is None:
        return first_test_rows(dataset)
    first, last = dataset.fitted.lost_rows + 1, int(dataset.panel.lengths.max()) - 1
    if not first <= from_row <= last:
        raise DataError(f"from must be a row from {first:,} to {last:,}, got {from_row:,}")
    return np.minimum(dataset.panel.starts + from_row, dataset.panel.stops)


def _evaluate(
    predictor: Predictor, dataset: SequenceDataset, horizon: int, origins: Integers
) -> Job[list[HorizonScore]]:
    baselines = Baselines(dataset)
    left = dataset.parts_stop(origins) - 1 - origins  # rows after each origin
    sums = [Comparison(baselines, origins[left >= h], (h,)) for h in range(1, horizon + 1)]
    done = 0
    for some in blocks_of(dataset, origins, horizon):
        yield done / len(origins)
        ahead = predictor.ahead(some, horizon)
        for h, own in enumerate(sums, start=1):
            known = left[done : done + len(some)] >= h
            if known.any():
                own.add(some[known], ahead[h - 1 : h, known])
        done += len(some)
    return [_score(h, own) for h, own in enumerate(sums, start=1) if own.has_rows]


def _score(horizon: int, sums: Comparison) -> HorizonScore:
    means, chance = sums.means(), sums.chance()
    own, seasonal = means["network"], means.get("seasonal")
    return HorizonScore(
        horizon=horizon,
        rmse=own.rmse,
        mae=own.mae,
        nmse=own.nmse,
        persistence_rmse=means["persistence"].rmse,
        linear_rmse=means["linear"].rmse,
        mase=own.mase,
        smape=own.smape,
        seasonal_persistence_rmse=None if seasonal is None else seasonal.rmse,
        sequences=sums.sequences,
        rows=sums.rows,
        persistence_chance=chance.get("persistence"),
        linear_chance=chance.get("linear"),
    )


def first_rows_of(dataset: SequenceDataset, lost_rows: int = 0) -> Integers:
    """Return the first row of each sequence that can be predicted from."""
    return np.asarray(dataset.panel.starts + max(dataset.fitted.lost_rows, lost_rows), np.int64)


def origins_within(dataset: SequenceDataset, part: Part, horizon: int, first_rows: Integers) -> Integers:
    """Return the origins whose next `horizon` rows lie in a part."""
    starts, stops = dataset.parts.edges(part)
    return _ranges(np.maximum(starts - 1, first_rows), stops - horizon)


def _ranges(starts: Integers, stops: Integers) -> Integers:
    """Return start ... stop - 1 of each pair, one after another."""
    lengths = np.maximum(stops - starts, 0)
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(lengths.sum()) + np.repeat(starts - before, lengths), np.int64)


def blocks_of(dataset: SequenceDataset, origins: Integers, horizon: int) -> Iterator[Integers]:
    """Yield the origins in blocks whose predictions do not take much memory."""
    width = dataset.encoding.network_inputs + max(dataset.encoding.network_outputs, len(dataset.columns))
    at_once = max(1, min(_ORIGINS_AT_ONCE, _NUMBERS_AT_ONCE // (horizon * width)))
    for start in range(0, len(origins), at_once):
        yield origins[start : start + at_once]
