"""Another series: how a network does on data that it was not trained on, beside persistence and least squares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.known_range import KnownRange, OutsideValues
from elman_core.data.known_step import KnownStep
from elman_core.data.splits import Parts
from elman_core.forecasting.baselines import LinearPredictor, Standards, least_squares
from elman_core.forecasting.comparison import Baselines
from elman_core.forecasting.horizons import score_predictor
from elman_core.forecasting.prediction import score_parts
from elman_core.forecasting.predictor import Predictor
from elman_core.forecasting.scores import PartScores
from elman_core.forecasting.verdict import RULERS, doubt
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted, joined
from elman_core.training.events import Response

__all__ = ["AnotherSeries", "as_unseen", "score_another", "score_predictor_on_another"]


@dataclass(frozen=True)
class AnotherSeries:
    """What is known of a network on a series that it was not trained on.

    Attributes
    ----------
    scores
        One step ahead over all rows, or None where none can be predicted. Where `has_linear`, least squares were fitted
        to the training part of the network's own data; where those are gone, there is no such score.
    outside
        Values beyond those of the training part, by column; None where the network's own data are gone.
    step
        What is to be said of how far apart the rows are; None where that is as it was.
    """

    scores: PartScores | None
    has_linear: bool
    outside: tuple[OutsideValues, ...] | None
    step: str | None = None

    def sentences(self, columns: tuple[str, ...]) -> list[str]:
        """Say how large the errors of some columns are."""
        found = self.scores
        return [] if found is None else [self._errors(found, column) for column in columns if column in found.columns]

    @property
    def warnings(self) -> list[str]:
        """Say what the network does not know."""
        step = [] if self.step is None else [self.step]
        if self.outside is None:
            return [*step, "The data it was trained on are gone, so that values it does not know cannot be told"]
        return [*step, *(found.sentence for found in self.outside)]

    def _errors(self, found: PartScores, column: str) -> str:
        own = found.columns[column]
        names = {"network": "the network"} | {
            name: RULERS[name] for name in RULERS if self.has_linear or name != "linear"
        }
        errors = joined(f"{getattr(own, name).rmse:.4g} of {said}" for name, said in names.items())
        what = f" of {column}" if len(found.columns) > 1 else ""
        of_many = f", mean of {counted(found.sequences, 'sequence')}" if found.sequences > 1 else ""
        doubtful = doubt(own.chance, found.rows, {name: RULERS[name] for name in names if name in RULERS})
        said = f"One step ahead on {counted(found.rows, 'row')}{of_many}: RMSE{what} {errors}"
        return f"{said}. {doubtful}" if doubtful else said


def score_another(
    network: ElmanNetwork,
    dataset: SequenceDataset,
    response: Response | None,
    own: SequenceDataset | None,
    step: KnownStep | None = None,
) -> Job[AnotherSeries]:
    """Score a network on all rows of another series, and see what it does not know.

    `own` are the data that it was trained on, or None where they are gone; then `step` is what a model file keeps of
    how far apart their rows are.
    """
    unseen = as_unseen(dataset)
    scores = yield from score_parts(network, unseen, response, _baselines(unseen, own))
    return _known_of(scores, dataset, own, step)


def score_predictor_on_another(
    predictor: Predictor,
    dataset: SequenceDataset,
    own: SequenceDataset | None,
    lost_rows: int = 0,
    seen: SequenceDataset | None = None,
    step: KnownStep | None = None,
) -> Job[AnotherSeries]:
    """Do as `score_another` for whatever predicts, which needs `lost_rows` rows before it can.

    `seen` is the series as the part sees it that learned from `own`, where that is not in the data's own units.
    """
    unseen = as_unseen(dataset)
    scores = yield from score_predictor(predictor, unseen, 1, _baselines(unseen, own), lost_rows)
    return _known_of(scores, seen or dataset, own, step)


def _known_of(
    scores: Mapping[Part, PartScores | None],
    dataset: SequenceDataset,
    own: SequenceDataset | None,
    step: KnownStep | None,
) -> AnotherSeries:
    outside = None if own is None else KnownRange.of(own).outside(dataset)
    step = step if own is None else KnownStep.of(own)
    return AnotherSeries(
        scores[Part.TEST], own is not None, outside, None if step is None else step.sentence_of(dataset)
    )


def as_unseen(dataset: SequenceDataset) -> SequenceDataset:
    """Return the same data as one test part: a network that was trained on others has seen none of them."""
    panel = dataset.panel
    return replace(dataset, parts=Parts(panel.starts, panel.starts, panel.starts, panel.stops))


def _baselines(dataset: SequenceDataset, own: SequenceDataset | None) -> Baselines:
    """Return the baselines of another series, with least squares fitted to the training part of the network's own data.

    Of several sequences each is standardised by its own rows.
    """
    columns = len(dataset.columns)
    if own is None:
        return Baselines(dataset, LinearPredictor(1, np.zeros((columns + 1, columns))))  # whose scores are not shown
    linear = least_squares(own)
    assert isinstance(linear, LinearPredictor)
    shape = (len(dataset.panel), columns)
    as_they_are = Standards(dataset.panel, np.zeros(shape), np.ones(shape))
    standards = as_they_are if linear.standards is None else Standards.of(dataset)
    return Baselines(dataset, replace(linear, standards=standards))
